/* sides/feed.h - what networks are fed, frame by frame: footage, a folder of raw tensors, or
 * numbers out of nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SIDES_FEED_H
#define SIDES_FEED_H

#include "measure/examples.h"
#include "sides/node_compare.h"

#define FEED_SEED 1 /* of synthetic inputs */

typedef enum feed_kind { FEED_FOOTAGE, FEED_FOLDER, FEED_SYNTHETIC } feed_kind;

typedef struct feed_options {
    const char *character; /* footage; else */
    const char *data;      /* a folder of raw tensors (measure/tensor_folder.h); else synthetic */
    vis_speech speech;     /* what goes with the footage; empty: its own features */
    int64_t start;         /* footage: frame and feature row that come first */
    int threads;
    const vis_log *log;
} feed_options;

typedef struct feed feed;

/* One frame: the arrays of `inputs` (every sample of a batch the same), and the footage under it
 * (NULL without). All of it belongs to the feed and lives until the next frame. */
typedef struct feed_frame {
    const float *const *data; /* [inputs->count] */
    const example *footage;
} feed_frame;

/* A feed of the inputs paired (node_inputs_pair) for `model`, the first of the two; an undecided
 * audio mode must be settled before. Footage and folder are for U-Nets. `model` must outlive the
 * feed. VIS_ERR_USAGE, VIS_ERR_MISMATCH (a folder of other shapes), and what opening says. */
vis_status feed_open(vis_model *model, const node_inputs *inputs, const feed_options *options,
                     feed **out, vis_error *err);
void feed_close(feed *f); /* NULL is fine */

feed_kind feed_kind_of(const feed *f);
int64_t feed_count(const feed *f);                 /* frames there are; -1: any number */
const face_geometry *feed_geometry(const feed *f); /* NULL unless a U-Net is fed */

/* Frame i, 0 <= i < count. */
vis_status feed_get(feed *f, int64_t i, feed_frame *out, vis_error *err);

#endif
