/* measure/dump.h - what the network sees and hears on a character's footage, as raw tensors.
 *
 * Frame K, K+1, ... of the footage, each with the window around the feature row of its number: the
 * inputs of what `viseme frames` paints, in a tensor folder (measure/tensor_folder.h). No network
 * runs; beside the footage's cache, memory does not grow with the number of frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_DUMP_H
#define MEASURE_DUMP_H

#include "viseme/viseme.h"

typedef struct dump_options {
    int64_t start;          /* K: first footage frame and feature row */
    int64_t frames;         /* how many at most; -1: to the last feature row */
    vis_interpolation crop; /* square to crop */
    vis_progress_fn progress;
    void *progress_user;
} dump_options;

/* Writes the folder, whole or not at all. The model is a U-Net whose audio mode is decided, the
 * features were not read yet; all stay the caller's. *frames: how many there were.
 * VIS_ERR_MISMATCH, VIS_ERR_USAGE (the model, or a start beyond footage or features),
 * VIS_ERR_CANCELLED, VIS_ERR_WRITE, VIS_ERR_MEMORY, and what decoding says. */
vis_status dump_write(const vis_model *model, vis_character *character, vis_features *features,
                      const dump_options *options, const char *folder, int64_t *frames,
                      vis_error *err);

#endif
