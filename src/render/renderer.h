/* render/renderer.h - one output frame: footage frame + feature window -> composited frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_RENDERER_H
#define RENDER_RENDERER_H

#include "base/threads.h"
#include "face/blend_mask.h"
#include "face/character.h"
#include "face/geometry.h"
#include "render/network.h"
#include "render/output_range.h"

/* One thread at a time. Model, character and pool must outlive it. */
typedef struct renderer renderer;

typedef struct renderer_options {
    const resize_mode *crop_mode;  /* NULL: the family's */
    const resize_mode *paste_mode; /* NULL: the family's */
    bool seamless;                 /* blended in, instead of pasted as the Python pipeline does */
    bool output_shown;  /* render_frame's `visual` and `output` are looked at: all of them is to be
                          there; else, where `seamless`, only what the blending shows is computed */
    size_t cache_bytes; /* of the activation cache; 0: none */
} renderer_options;

/* A frame to render. */
typedef struct frame_job {
    int footage;     /* number of the footage frame */
    int64_t returns; /* how often it will be rendered again, so that its activations may be worth
                              caching; RETURNS_UNKNOWN, RETURNS_ALWAYS */
    const picture *filmed; /* the frame itself, held of the character */
    const float *window;   /* [C, H, W] of the model's audio input */
    bool any_output;       /* render what is no picture too, for who looks at the numbers himself */
    float spoken;          /* 1: as heard; 0: the mouth at rest; between: a mixture of both */
    const float *silence;  /* a window of silence, to paint the mouth at rest where it was filmed
                              open; NULL: as heard, */
    bool as_filmed;        /* or, so, as it was filmed */
} frame_job;

/* What one frame was made of. `picture` is where the caller wanted it; all else belongs to the
 * renderer and lives until the next job. */
typedef struct render_frame {
    int footage;         /* number of the footage frame */
    int rect[4];         /* crop square in the frame: x1, y1, x2, y2 */
    const float *visual; /* [6, S, S]; NULL where nothing was painted, and where `seamless` it was
                               not read: see output_shown */
    const float *output; /* [3, S, S]; NULL where nothing was painted; see output_shown */
    const picture *picture; /* the composited frame */
    output_range range;     /* of the output */
    double network_ms;      /* wall clock of the network alone */
} render_frame;

/* How the painting is blended in, for all renderers of this character; *out is the caller's, or NULL
 * where it is not. VIS_ERR_MISMATCH (not a U-Net), VIS_ERR_MEMORY. */
vis_status renderer_mask(const model *m, character *c, const renderer_options *options,
                         blend_mask **out, vis_error *err);

/* For a network that renderers of this character share: the cache that the options ask for, the
 * sample, a pool for measuring it (may be NULL), and the part of the output that they show through
 * the mask, of which the caller is to free out->rows. VIS_ERR_UNSUPPORTED as face_geometry_for,
 * VIS_ERR_MEMORY. */
vis_status renderer_network(const model *m, character *c, const renderer_options *options,
                            const blend_mask *mask, thread_pool *pool, network_options *out,
                            vis_error *err);

/* On a compiled network and with a mask (NULL: exact), which others may use as well, and which must
 * outlive it. `pool` may be NULL: one thread. */
vis_status renderer_create(compiled_network *compiled, character *c, thread_pool *pool,
                           const renderer_options *options, const blend_mask *mask, renderer **out,
                           vis_error *err);
void renderer_free(renderer *r); /* NULL is fine */

/* Renders a job into the caller's `result`, valid or empty before. VIS_ERR_MISMATCH where what the
 * network gives is no picture (output_range_check), unless any_output is set. */
vis_status renderer_draw(renderer *r, const frame_job *job, picture *result, render_frame *frame,
                         vis_error *err);

#endif
