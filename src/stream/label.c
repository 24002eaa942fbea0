/* stream/label.c - drawn once, copied into each frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/label.h"

#include "media/draw.h"

#include <string.h>

#define HEIGHTS 20 /* of a letter in the frame's shorter side */
#define FONT_DOTS 8

vis_status label_check(const char *text, vis_error *err)
{
    size_t length = strlen(text), blanks = strspn(text, " ");
    if (blanks == length) return vis_fail(err, VIS_ERR_USAGE, "`label`: there is no letter in it");
    if (length > LABEL_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "`label`: %zu letters; %d at most are drawn", length,
                        LABEL_MAX);
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            return vis_fail(err, VIS_ERR_USAGE,
                            "`label`: only the letters of ASCII can be drawn, without accents");
    return VIS_OK;
}

/* As large as it should be, or as fits; 0: does not. */
static int choose_scale(const char *text, int width, int height)
{
    int shorter = width < height ? width : height;
    int scale = (shorter + HEIGHTS * FONT_DOTS / 2) / (HEIGHTS * FONT_DOTS);
    if (scale < 1) scale = 1;
    while (scale > 0 && (draw_text_width(scale, text) + 6 * scale > width ||
                         draw_text_height(scale) + 6 * scale > height))
        scale--;
    return scale;
}

vis_status label_make(const char *text, int width, int height, label *out, vis_error *err)
{
    const draw_color black = {0, 0, 0}, white = {255, 255, 255};
    *out = (label){0};
    VIS_TRY(label_check(text, err));
    if (strcmp(text, "eu") == 0) text = LABEL_EU;
    int scale = choose_scale(text, width, height);
    if (scale == 0)
        return vis_fail(err, VIS_ERR_USAGE, "`label`: too long for frames of %dx%d", width, height);
    int border = 2 * scale, margin = scale;
    picture *plate = &out->plate;
    VIS_TRY(picture_reserve(plate, draw_text_width(scale, text) + 2 * border,
                            draw_text_height(scale) + 2 * border, err));
    draw_fill(plate, 0, 0, plate->width, plate->height, black);
    draw_text(plate, border, border, scale, text, white);
    out->x = width - plate->width - margin;
    out->y = margin;
    return VIS_OK;
}

void label_draw(const label *l, picture *frame)
{
    if (l->plate.data) draw_picture(frame, &l->plate, l->x, l->y);
}

void label_free(label *l)
{
    picture_free(&l->plate);
}
