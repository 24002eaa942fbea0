/* report/sheet.c - pictures in cells, with their labels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/sheet.h"

#include "media/draw.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 3
#define GAIN 10         /* of the four-way view */
#define LARGE_CELL 200  /* pixels; wide enough for letters of double size */
#define LABEL_LIMIT 512 /* characters */
#define CUT ".."        /* after a label that is longer than its cell */

static const draw_color ground = {30, 27, 25}, ink = {228, 230, 232};

typedef struct sheet_layout {
    int width, height; /* of a cell's picture */
    int columns, rows;
    int scale;   /* of the letters */
    int padding; /* around and between cells */
    int label;   /* height of the band above a picture, 0 when there is no label */
} sheet_layout;

static sheet_layout lay_out(const picture *const *pictures, const char *const *labels, int count,
                            int columns)
{
    sheet_layout l = {.columns = columns > 0 && columns < count ? columns : count};
    l.rows = (count + l.columns - 1) / l.columns;
    bool labelled = false;
    for (int i = 0; i < count; i++) {
        l.width = pictures[i]->width > l.width ? pictures[i]->width : l.width;
        l.height = pictures[i]->height > l.height ? pictures[i]->height : l.height;
        labelled = labelled || (labels && labels[i]);
    }
    l.scale = l.width >= LARGE_CELL ? 2 : 1;
    l.padding = 6 * l.scale;
    l.label = labelled ? draw_text_height(l.scale) + 3 * l.scale : 0;
    return l;
}

/* The label, cut to the width of a cell. */
static void draw_label(picture *out, const sheet_layout *l, int x, int y, const char *label)
{
    char text[LABEL_LIMIT];
    size_t length = strnlen(label, sizeof text - sizeof CUT);
    bool cut = label[length] != '\0';
    do {
        memcpy(text, label, length);
        snprintf(text + length, sizeof text - length, "%s", cut ? CUT : "");
        if (draw_text_width(l->scale, text) <= l->width) break;
        cut = true;
    } while (length-- > 0);
    if (draw_text_width(l->scale, text) <= l->width) draw_text(out, x, y, l->scale, text, ink);
}

static void draw_cell(picture *out, const sheet_layout *l, int index, const picture *p,
                      const char *label)
{
    int x = l->padding + index % l->columns * (l->width + l->padding);
    int y = l->padding + index / l->columns * (l->label + l->height + l->padding);
    if (label) draw_label(out, l, x, y, label);
    draw_picture(out, p, x + (l->width - p->width) / 2, y + l->label + (l->height - p->height) / 2);
}

vis_status sheet_make(const picture *const *pictures, const char *const *labels, int count,
                      int columns, picture *out, vis_error *err)
{
    if (count < 1 || count > SHEET_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "a sheet holds 1 to %d pictures, not %d", SHEET_MAX,
                        count);
    sheet_layout l = lay_out(pictures, labels, count, columns);
    int64_t width = l.padding + (int64_t)l.columns * (l.width + l.padding);
    int64_t height = l.padding + (int64_t)l.rows * (l.label + l.height + l.padding);
    VIS_TRY(picture_check_size(width, height, "the sheet of pictures", err));
    VIS_TRY(picture_reserve(out, (int)width, (int)height, err));
    draw_fill(out, 0, 0, out->width, out->height, ground);
    for (int i = 0; i < count; i++)
        draw_cell(out, &l, i, pictures[i], labels ? labels[i] : NULL);
    return VIS_OK;
}

vis_status sheet_difference(const picture *a, const picture *b, int gain, picture *out,
                            vis_error *err)
{
    if (a->width != b->width || a->height != b->height)
        return vis_fail(err, VIS_ERR_MISMATCH, "pictures of %d x %d and %d x %d cannot be compared",
                        a->width, a->height, b->width, b->height);
    VIS_TRY(picture_reserve(out, a->width, a->height, err));
    uint8_t of[256];
    for (int d = 0; d < 256; d++)
        of[d] = (uint8_t)((int64_t)d * gain < 255 ? d * gain : 255);
    for (int y = 0; y < a->height; y++) {
        const uint8_t *one = a->data + (ptrdiff_t)y * a->stride;
        const uint8_t *other = b->data + (ptrdiff_t)y * b->stride;
        uint8_t *row = out->data + (ptrdiff_t)y * out->stride;
        for (int i = 0; i < a->width * CHANNELS; i++)
            row[i] = of[abs(one[i] - other[i])];
    }
    return VIS_OK;
}

vis_status sheet_four_way(const picture *input, const picture *a, const char *name_a,
                          const picture *b, const char *name_b, picture *out, vis_error *err)
{
    picture difference = {0};
    vis_status status = sheet_difference(a, b, GAIN, &difference, err);
    const picture *pictures[] = {input, a, b, &difference};
    const char *labels[] = {"input", name_a, name_b, "|A - B| x 10"};
    int without = input ? 0 : 1;
    if (status == VIS_OK)
        status = sheet_make(pictures + without, labels + without, 4 - without, 0, out, err);
    picture_free(&difference);
    return status;
}
