/* face/square_warnings.c - tells of squares that are no squares, jump, shake, or are tiny.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/square_warnings.h"

#include "face/square_figures.h"

#include <stdbool.h>
#include <stdio.h>

void frame_numbers_add(frame_numbers *list, int frame)
{
    if (list->count < FRAME_NUMBERS_SHOWN) list->first[list->count] = frame;
    list->count++;
}

const char *frame_numbers_text(const frame_numbers *list, char text[FRAME_NUMBERS_TEXT])
{
    bool all = list->count <= FRAME_NUMBERS_SHOWN;
    int shown = all ? list->count : FRAME_NUMBERS_SHOWN;
    int at = all ? snprintf(text, FRAME_NUMBERS_TEXT, "frame%s ", shown == 1 ? "" : "s")
                 : snprintf(text, FRAME_NUMBERS_TEXT, "%d frames (", list->count);
    for (int i = 0; i < shown; i++) {
        bool last = all && i == shown - 1;
        const char *before = i == 0 ? "" : last ? " and " : ", ";
        at +=
            snprintf(text + at, (size_t)(FRAME_NUMBERS_TEXT - at), "%s%d", before, list->first[i]);
    }
    if (!all) snprintf(text + at, (size_t)(FRAME_NUMBERS_TEXT - at), ", ...)");
    return text;
}

static void warn_kind(const frame_numbers *found, const char *what, const char *where,
                      const vis_log *log)
{
    char text[FRAME_NUMBERS_TEXT];
    if (found->count > 0) vis_warn(log, "%s: %s: %s", where, frame_numbers_text(found, text), what);
}

static void warn_trembling(const square_figures *f, const char *where, const vis_log *log)
{
    if (!(f->tremble >= square_tremble_limit(f->side_mean))) return;
    vis_warn(log,
             "%s: the face square trembles from frame to frame, by %.1f pixels of its %.0f, as no "
             "head moves; the mouth will shake: smooth the landmarks over time",
             where, f->tremble, f->side_mean);
}

vis_status squares_warn(const int (*squares)[4], int count, int width, int height,
                        const char *where, const vis_log *log, vis_error *err)
{
    frame_numbers found[SQUARE_KINDS] = {0}, small = {0};
    for (int n = 0; n < count; n++) {
        frame_numbers_add(&found[square_judge(squares, count, n, width, height)], n);
        if (squares[n][2] - squares[n][0] < SQUARE_SMALL) frame_numbers_add(&small, n);
    }
    warn_kind(&found[SQUARE_OBLONG],
              "the face square is not square, and the face comes out stretched; corners x1, y1, "
              "x2, y2 are wanted, of a square",
              where, log);
    warn_kind(&found[SQUARE_ASTRAY],
              "the face square jumps away from those around it; look at these frames, and correct "
              "or leave out what was detected there",
              where, log);
    warn_kind(&small,
              "the face square is tiny: too small for a mouth, or not around the face; look at "
              "these frames",
              where, log);
    square_figures figures;
    VIS_TRY(square_figures_of(squares, count, width, height, &figures, err));
    warn_trembling(&figures, where, log);
    return VIS_OK;
}
