/* audio/window.h - the window of feature rows around a video frame, as the network's audio input.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Window of frame i with half-width h = window_rows / 2: rows i - h ... i + h - 1, rows outside the
 * clip zero, laid out row-major [window_rows * row_size], which is the model's [C, H, W] as it
 * stands. There is one window for every feature row. Frames before row 0 have windows too, for who
 * leads in: as soon as row 0 is there, and where there is any row at all.
 */
#ifndef AUDIO_WINDOW_H
#define AUDIO_WINDOW_H

#include "base/log.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct feature_source feature_source; /* audio/features.h */
typedef struct window_source window_source;

/* Windows of frames first_row, first_row + 1, ... over `features`, which must not have been read
 * yet, must outlive the windows, stays the caller's and must not be read by others meanwhile.
 * window_rows: even, 2 to 256. first_row >= -256; beyond the last row there simply are no windows.
 */
vis_status window_source_create(feature_source *features, int window_rows, int64_t first_row,
                                window_source **out, vis_error *err);
void window_source_free(window_source *w); /* NULL is fine */

/* From the next window on, those of frame i are made of rows up to i + rows (row 0 at least), and
 * wait for no others; the last of these stands for all behind it. Negative, as at first: all rows of
 * the window. */
void window_source_look_ahead(window_source *w, int rows);

/* Numbers in a window. */
int window_source_size(const window_source *w);

/* The next frame's window into window[window_source_size]; *got false when the rows have ended.
 * VIS_AGAIN as feature_source_next. */
vis_status window_source_next(window_source *w, float *window, bool *got, vis_error *err);

/* For who was asked for `asked` frames (-1: all): a warning where the rows ended before. */
void window_warn_fewer(const vis_log *log, int64_t made, int64_t asked);

#endif
