/* sweep/sweep_output.c - four files in a folder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_output.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "report/sheet.h"
#include "sweep/sweep_json.h"
#include "sweep/sweep_page.h"
#include "sweep/sweep_plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 8 /* of the strip */
#define LABEL 64

_Static_assert(SWEEP_STRIP + 1 <= SHEET_MAX, "the strip is one sheet");

typedef vis_status (*file_writer)(const sweep_result *r, const char *character, const char *path,
                                  vis_error *err);

static vis_status write_json(const sweep_result *r, const char *character, const char *path,
                             vis_error *err)
{
    return json_write(path, sweep_json(r, character), err);
}

static vis_status write_plot(const sweep_result *r, const char *character, const char *path,
                             vis_error *err)
{
    (void)character;
    return sweep_plot_save(r, path, err);
}

static vis_status write_strip(const sweep_result *r, const char *character, const char *path,
                              vis_error *err)
{
    (void)character;
    const sweep_strip *s = &r->strip;
    const picture *pictures[SWEEP_STRIP + 1] = {&s->filmed};
    char label[SWEEP_STRIP + 1][LABEL];
    const char *labels[SWEEP_STRIP + 1] = {label[0]};
    snprintf(label[0], LABEL, "frame %lld as filmed", (long long)s->frame);
    for (int i = 0; i < s->count; i++) {
        pictures[i + 1] = &s->face[i];
        labels[i + 1] = label[i + 1];
        snprintf(label[i + 1], LABEL, "%.48s: %.1f dB", r->row[s->row[i]].label, s->psnr[i]);
    }
    picture sheet = {0};
    vis_status status = sheet_make(pictures, labels, s->count + 1, COLUMNS, &sheet, err);
    if (status == VIS_OK) status = picture_write_png(path, &sheet, err);
    picture_free(&sheet);
    return status;
}

vis_status sweep_output(const sweep_result *r, const char *character, const char *folder,
                        vis_error *err)
{
    static const struct {
        const char *name;
        file_writer write;
    } files[] = {{"strip.png", write_strip},
                 {"sweep.svg", write_plot},
                 {"report.html", sweep_page_save},
                 {"sweep.json", write_json}};
    VIS_TRY(folder_make(folder, err));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = path_join(folder, files[i].name);
        if (!path) return vis_fail_memory(err, "a file name");
        vis_status status = files[i].write(r, character, path, err);
        free(path);
        VIS_TRY(status);
    }
    return VIS_OK;
}
