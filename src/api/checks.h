/* api/checks.h - what a caller hands in is looked at before it is used: a number out of range or a
 * pointer that is missing is VIS_ERR_USAGE, and nothing worse.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CHECKS_H
#define API_CHECKS_H

#include "viseme/viseme.h"

/* `what` is missing where `pointer` is NULL. */
vis_status api_given(const void *pointer, const char *what, vis_error *err);

/* `name` is how the number is called, on the command line or in viseme.h. */
vis_status api_in_range(const char *name, int64_t value, int64_t min, int64_t max, vis_error *err);

#define API_MAX_THREADS 256 /* as of a thread pool; 0 is a default */
#define API_MAX_SMOOTH 100  /* frames; SMOOTHING_MAX */
#define API_MAX_FPS 240
#define API_MAX_FRAME INT32_MAX /* the first frame of a clip */

/* How frames are made of what is filmed and what is painted. */
typedef struct api_drawing {
    vis_interpolation crop, paste;
    vis_composite composite;
    bool tensors; /* frames carry the network's whole output */
} api_drawing;

/* Enumerations hold what a caller writes into them. */
vis_status api_check_drawing(const api_drawing *d, vis_error *err);
vis_status api_check_model(int checkpoint, vis_precision precision, vis_error *err);

/* Structures of options and results as the caller knows them, who may be older or newer than this
 * library (viseme.h, conventions). Gives `own` bytes of `from`, as far as there is room for; the
 * rest of the caller's is zero. */
void api_give(void *to, size_t size, const void *from, size_t own);

/* Takes what the caller gave over the defaults in own[own_size]; NULL: nothing. VIS_ERR_USAGE: it
 * was never filled; VIS_ERR_UNSUPPORTED: it asks for what only a later library has. */
vis_status api_take(const void *given, void *own, size_t own_size, const char *name,
                    vis_error *err);

#endif
