/* compare/compare_output.c - pictures of the worst frames, and the page around them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_output.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "compare/compare_json.h"
#include "compare/compare_page.h"
#include "report/sheet.h"

#include <stdio.h>
#include <stdlib.h>

#define PICTURE_WIDTH 1060 /* CSS pixels of a four-way view in the page, at most */

static vis_status save(const char *folder, const char *kind, int64_t number, const picture *p,
                       vis_error *err)
{
    char *path = text_format("%s/%s_%04lld.png", folder, kind, (long long)number);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = picture_write_png(path, p, err);
    free(path);
    return status;
}

static vis_status draw_frame(const compare_result *r, const char *folder, int64_t i,
                             const side_frame *a, const side_frame *b, picture *sheet, page *p,
                             vis_error *err)
{
    const compared_frame *f = &r->frame[i];
    const picture *input = a->input ? a->input : b->input, *both[] = {a->shown, b->shown};
    const char *labels[] = {r->label_a, r->label_b};
    VIS_TRY(sheet_make(both, labels, 2, 0, sheet, err));
    VIS_TRY(save(folder, "side_by_side", f->number, sheet, err));
    VIS_TRY(sheet_four_way(input, a->shown, r->label_a, b->shown, r->label_b, sheet, err));
    VIS_TRY(save(folder, "four_way", f->number, sheet, err));
    char caption[256];
    snprintf(caption, sizeof caption, "Frame %lld: at most %d/255, PSNR %.2f dB, SSIM %.5f",
             (long long)f->number, f->max, f->psnr, f->ssim);
    page_picture(p, sheet, sheet->width > PICTURE_WIDTH ? PICTURE_WIDTH : 0, caption);
    return VIS_OK;
}

static vis_status draw_pictures(comparison *c, const char *folder, int wanted, page *p,
                                vis_error *err)
{
    const compare_result *r = comparison_result(c);
    int64_t worst[COMPARE_MAX_PICTURES];
    int count = r->pixels ? comparison_worst(c, worst, wanted) : 0;
    if (count == 0) return VIS_OK;
    page_heading(p, r->verdict == VERDICT_BITS ? "Frames" : "The frames furthest apart");
    page_text(p, "What went in, A, B, and how far they lie apart, ten times as strong.");
    page_pictures(p);
    picture sheet = {0};
    vis_status status = VIS_OK;
    for (int i = 0; i < count && status == VIS_OK; i++) {
        side_frame a, b;
        status = comparison_frame(c, worst[i], &a, &b, err);
        if (status == VIS_OK) status = draw_frame(r, folder, worst[i], &a, &b, &sheet, p, err);
    }
    picture_free(&sheet);
    page_pictures_end(p);
    return status;
}

static vis_status write_page(comparison *c, verdict required, const char *folder, int pictures,
                             page *p, vis_error *err)
{
    const compare_result *r = comparison_result(c);
    compare_page_head(p, r, required);
    VIS_TRY(draw_pictures(c, folder, pictures, p, err));
    VIS_TRY(compare_page_plots(p, r, err));
    VIS_TRY(compare_page_nodes(p, r, err));
    VIS_TRY(compare_page_frames(p, c, err));
    compare_page_foot(p, r);
    char *path = path_join(folder, "report.html");
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = page_save(p, path, err);
    free(path);
    return status;
}

static vis_status write_json(const compare_result *r, verdict required, const char *folder,
                             vis_error *err)
{
    char *path = path_join(folder, "compare.json");
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = json_write(path, compare_json(r, required), err);
    free(path);
    return status;
}

vis_status compare_output(comparison *c, verdict required, const char *folder, int pictures,
                          vis_error *err)
{
    const compare_result *r = comparison_result(c);
    char subtitle[1024];
    page *p;
    snprintf(subtitle, sizeof subtitle, "%.480s against %.480s", r->path_a, r->path_b);
    VIS_TRY(folder_make(folder, err));
    VIS_TRY(page_create("Are they the same?", subtitle, &p, err));
    vis_status status = write_page(c, required, folder, pictures, p, err);
    page_free(p);
    return status == VIS_OK ? write_json(r, required, folder, err) : status;
}
