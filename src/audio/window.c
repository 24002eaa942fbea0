/* audio/window.c - a ring of feature rows, copied out in order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/window.h"

#include "audio/features.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX_ROWS 256

struct window_source {
    feature_source *features;
    int rows, row_size;
    float *ring;   /* [rows, row_size]: row r of the clip stands at r mod rows */
    int64_t frame; /* of the next window */
    int64_t read;  /* rows before this one were taken from `features` */
    bool ended;    /* and there are no more */
    int ahead;     /* rows behind the frame's own that are heard */
};

static float *place(const window_source *w, int64_t row)
{
    return w->ring + (size_t)(row % w->rows) * (size_t)w->row_size;
}

vis_status window_source_create(feature_source *features, int window_rows, int64_t first_row,
                                window_source **out, vis_error *err)
{
    *out = NULL;
    int row_size = feature_source_row_size(features);
    size_t numbers = 0;
    if (window_rows < 2 || window_rows > WINDOW_MAX_ROWS || window_rows % 2 != 0)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "a window of %d feature rows; it must be even, 2 to %d", window_rows,
                        WINDOW_MAX_ROWS);
    if (first_row < -WINDOW_MAX_ROWS || first_row > INT64_MAX / 2 ||
        feature_source_position(features) != 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "windows must begin at row %d or later of unread features",
                        -WINDOW_MAX_ROWS);
    window_source *w = calloc(1, sizeof *w);
    if (w == NULL || !size_mul((size_t)window_rows, (size_t)row_size, &numbers) ||
        (w->ring = calloc(numbers, sizeof(float))) == NULL) {
        free(w);
        return vis_fail_memory(err, "a window of features");
    }
    w->features = features;
    w->rows = window_rows;
    w->row_size = row_size;
    w->frame = first_row;
    w->ahead = window_rows / 2 - 1;
    int64_t before = first_row - window_rows / 2; /* rows that no window sees */
    if (before > 0) {
        vis_status status = feature_source_skip(features, before, &w->read, err);
        if (status != VIS_OK) {
            window_source_free(w);
            return status;
        }
        w->ended = w->read < before;
    }
    *out = w;
    return VIS_OK;
}

void window_source_free(window_source *w)
{
    if (w == NULL) return;
    free(w->ring);
    free(w);
}

void window_source_look_ahead(window_source *w, int rows)
{
    int all = w->rows / 2 - 1;
    w->ahead = rows < 0 || rows > all ? all : rows;
}

int window_source_size(const window_source *w)
{
    return w->rows * w->row_size;
}

/* Reads the rows before `until`, or as many as there are. */
static vis_status read_rows(window_source *w, int64_t until, vis_error *err)
{
    for (; !w->ended && w->read < until; w->read++) {
        bool more;
        VIS_TRY(feature_source_next(w->features, place(w, w->read), &more, err));
        w->ended = !more;
        if (w->ended) break;
    }
    return VIS_OK;
}

/* A row of the window as the next frame hears it; NULL: zeros. What is not heard yet is taken to be
 * like the last that is: to the lips a nearer guess than silence (docs/live.md has figures). */
static const float *heard(const window_source *w, int64_t row)
{
    int64_t last = w->frame + w->ahead > 0 ? w->frame + w->ahead : 0;
    if (row > last) row = last;
    return row >= 0 && row < w->read ? place(w, row) : NULL;
}

vis_status window_source_next(window_source *w, float *window, bool *got, vis_error *err)
{
    int64_t own = w->frame > 0 ? w->frame : 0, last = w->frame + w->ahead;
    size_t bytes = (size_t)w->row_size * sizeof *window;
    *got = false;
    VIS_TRY(read_rows(w, last > own ? last + 1 : own + 1, err));
    if (w->read <= own) return VIS_OK; /* the frame lies behind the last row */
    for (int i = 0; i < w->rows; i++) {
        const float *row = heard(w, w->frame - w->rows / 2 + i);
        float *to = window + (size_t)i * (size_t)w->row_size;
        if (row != NULL)
            memcpy(to, row, bytes);
        else
            memset(to, 0, bytes);
    }
    w->frame++;
    *got = true;
    return VIS_OK;
}

void window_warn_fewer(const vis_log *log, int64_t made, int64_t asked)
{
    if (made >= asked) return;
    vis_warn(log, "%lld of the %lld frames asked for: the features end there", (long long)made,
             (long long)asked);
}
