/* inside/handles.h - what stands behind the handles of viseme.h, for judges.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INSIDE_HANDLES_H
#define INSIDE_HANDLES_H

#include "audio/window.h"
#include "engine/nn.h"
#include "media/resize.h"
#include "networks/model.h"
#include "viseme/viseme.h"

/* The network of a checkpoint; belongs to the handle. Its graph changes when the audio mode is
 * settled. */
const model *inside_model(const vis_model *m);

/* What gives the rows of features; belongs to the handle. */
feature_source *inside_rows(vis_features *f);

/* The interpolation asked for into *mode; returns `mode`, or NULL for the family's default. */
const resize_mode *inside_interpolation(vis_interpolation wanted, resize_mode *mode);

/* How often what the network keeps of each footage frame was there for streams of this one's model
 * and character, and how often not. Any thread. */
void inside_cached(const vis_stream *s, int64_t *hits, int64_t *misses);

/* What became of the fast precision, as viseme.h has it. */
vis_fast inside_fast(const nn_fast *fast);

#endif
