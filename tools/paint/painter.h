/* paint/painter.h - paints a footage frame under any contract, right or wrong.
 *
 * Under the declared contract the result is render's, byte for byte.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_PAINTER_H
#define PAINT_PAINTER_H

#include "base/threads.h"
#include "measure/examples.h"
#include "networks/model.h"
#include "paint/contract.h"

/* One thread at a time. Model, pool and features must outlive it. */
typedef struct painter painter;

/* What was painted; belongs to the painter and lives until the next call. */
typedef struct painted {
    const float *output;  /* [3, S, S] as the network gave it */
    const picture *face;  /* [S, S] pixels: the output decoded */
    const picture *frame; /* the whole frame with the face in it */
} painted;

/* `geometry` is that of the examples, with the modes that count as declared. `pool` may be NULL.
 * VIS_ERR_MISMATCH, VIS_ERR_USAGE (not a decided U-Net), VIS_ERR_MEMORY. */
vis_status painter_create(const model *m, const face_geometry *geometry,
                          const feature_table *features, thread_pool *pool, painter **out,
                          vis_error *err);
void painter_free(painter *p); /* NULL is fine */

/* The face that REFERENCE_OTHER shows from now on: a padded crop, copied. Needed before the first
 * painting under such a contract. */
vis_status painter_set_reference(painter *p, const picture *crop, vis_error *err);

/* Paints an example. The network runs only where its input differs from that of the last painting.
 */
vis_status painter_paint(painter *p, const contract *c, const example *e, painted *out,
                         vis_error *err);

#endif
