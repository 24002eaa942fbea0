/* compare/compare_output.c - pictures of the worst frames, and the page around them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_output.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "compare/compare_json.h"
#include "report/page.h"
#include "report/sheet.h"

#include <stdlib.h>
#include <string.h>

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
    const picture *input = a->input ? a->input : b->input, *both[] = {a->shown, b->shown};
    const char *labels[] = {r->label_a, r->label_b};
    int64_t number = r->frame[i].number;
    VIS_TRY(sheet_make(both, labels, 2, 0, sheet, err));
    VIS_TRY(save(folder, "side_by_side", number, sheet, err));
    VIS_TRY(sheet_four_way(input, a->shown, r->label_a, b->shown, r->label_b, sheet, err));
    VIS_TRY(save(folder, "four_way", number, sheet, err));
    return page_picture(p, "four_way", i, sheet, err);
}

static vis_status draw_pictures(comparison *c, const char *folder, int wanted, page *p,
                                vis_error *err)
{
    const compare_result *r = comparison_result(c);
    int64_t worst[COMPARE_MAX_PICTURES];
    int count = r->pixels ? comparison_worst(c, worst, wanted) : 0;
    picture sheet = {0};
    vis_status status = VIS_OK;
    for (int i = 0; i < count && status == VIS_OK; i++) {
        side_frame a, b;
        status = comparison_frame(c, worst[i], &a, &b, err);
        if (status == VIS_OK) status = draw_frame(r, folder, worst[i], &a, &b, &sheet, p, err);
    }
    picture_free(&sheet);
    return status;
}

static bool is_listed(const compare_result *r, size_t frame)
{
    for (int i = 0; i < r->n_furthest; i++)
        if ((size_t)r->furthest[i] == frame) return true;
    return false;
}

/* Takes away what is not among the words, each followed by a space. */
static void keep_only(json_t *object, const char *words)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        const char *place = strstr(words, key);
        if (!place || place[strlen(key)] != ' ') json_object_del(object, key);
    }
}

/* The facts for the page: of frames that it does not list only what its plots show, so that hours
 * of frames make a page that still opens. */
static json_t *page_facts(const compare_result *r, verdict required)
{
    json_t *facts = compare_json(r, required), *frame;
    size_t i;
    json_array_foreach(json_object_get(facts, "per_frame"), i, frame)
    {
        if (is_listed(r, i)) continue;
        keep_only(frame, "number values pixels ");
        keep_only(json_object_get(frame, "pixels"), "max mean psnr ");
    }
    return facts;
}

static vis_status write_page(comparison *c, verdict required, const char *folder, int pictures,
                             vis_error *err)
{
    page p;
    char *path = path_join(folder, "report.html");
    vis_status status = page_begin("compare", "compare.json", &p, err);
    if (!path) status = vis_fail_memory(err, "a file name");
    if (status == VIS_OK) status = draw_pictures(c, folder, pictures, &p, err);
    if (status == VIS_OK)
        status = page_save(&p, page_facts(comparison_result(c), required), path, err);
    page_free(&p);
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
    VIS_TRY(folder_make(folder, err));
    VIS_TRY(write_page(c, required, folder, pictures, err));
    return write_json(comparison_result(c), required, folder, err);
}
