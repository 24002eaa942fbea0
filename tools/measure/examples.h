/* measure/examples.h - footage frames with the audio that belongs to them: where the truth is known.
 *
 * Example i is feature row i and the footage frame under it: frame i, back and forth beyond the
 * last one, as `viseme frames` pairs them from frame 0 on. What is filmed there is what a good
 * network paints.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_EXAMPLES_H
#define MEASURE_EXAMPLES_H

#include "face/geometry.h"
#include "measure/feature_table.h"
#include "media/picture.h"
#include "viseme/viseme.h"

typedef struct examples examples;

/* One example; everything belongs to the examples and lives until the next one is taken. */
typedef struct example {
    int64_t index;
    int footage;          /* number of the footage frame */
    int rect[4];          /* crop square x1, y1, x2, y2 in it */
    const picture *frame; /* as filmed */
    const picture *crop;  /* [crop, crop] pixels: the square resized */
    const float *visual;  /* [6, S, S], the network's input */
    const float *window;  /* [C, H, W], its audio input */
} example;

/* The examples of a character under features that were not read yet (they are read to their end;
 * both stay the caller's, and so does the model, a U-Net whose audio mode is decided).
 * `crop_mode` NULL: the family's. VIS_ERR_MISMATCH, VIS_ERR_USAGE (the model), VIS_ERR_LIMIT,
 * VIS_ERR_MEMORY, and what reading the features says. */
vis_status examples_open(const vis_model *model, vis_character *character, vis_features *features,
                         const resize_mode *crop_mode, examples **out, vis_error *err);
void examples_close(examples *e); /* NULL is fine */

/* Belong to the examples. */
const face_geometry *examples_geometry(const examples *e);
const feature_table *examples_features(const examples *e);
int examples_footage(const examples *e);   /* frames of the footage */
int64_t examples_count(const examples *e); /* feature rows */

/* Pairs from now on as `viseme render` does: feature row i with frame i of the bounce that starts
 * at 1. */
void examples_bounce(examples *e);

/* Numbers of one window, C x H x W. */
size_t examples_window_size(const examples *e);

/* Takes example i, 0 <= i < examples_count (VIS_ERR_USAGE otherwise). Fast forward, slower at
 * random. */
vis_status examples_get(examples *e, int64_t i, example *out, vis_error *err);

#endif
