/* render/network.h - a lip-sync U-Net: compiled once, run by any number of networks, each of which
 * runs one frame at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_NETWORK_H
#define RENDER_NETWORK_H

#include "base/threads.h"
#include "engine/nn.h"
#include "face/character.h"
#include "networks/model.h"
#include "render/activation_cache.h"
#include "render/output_range.h"

typedef struct network_options {
    bool reference;     /* on the plain C kernels, for checking */
    int footage;        /* frames of the footage, of which activations may be cached; 0: none */
    size_t cache_bytes; /* that these may take */
    character *sample;  /* whose first frame decides what the fast precision runs in 16 bits; NULL:
                          float32 */
    thread_pool *pool;  /* that this may use, or NULL */
    nn_region region;   /* of the output, all that is looked at; x1 = 0: all of it. The rest is
                           zeros, or more of the same */
    nn_span *rows; /* [region.y1] and of each of its rows the columns, as nn_options; or NULL */
} network_options;

/* May be shared by any number of threads: after its making only `cache` changes, which guards
 * itself. */
typedef struct compiled_network {
    const model_info *info;
    nn_program *program;
    activation_cache *cache; /* NULL: none */
    int batch;               /* 1, or what an ONNX file insists on */
} compiled_network;

/* `m` must pass model_require_unet, and must outlive it. Of an ONNX file with a fixed batch nothing
 * is cached. `options` may be NULL: none of them. VIS_ERR_MISMATCH (not a U-Net, an output of
 * another shape), VIS_ERR_USAGE (audio mode undecided), VIS_ERR_UNSUPPORTED (weights that are not
 * finite, in the fast precision), VIS_ERR_MEMORY, and what reading the sample says. */
vis_status compiled_network_create(const model *m, const network_options *options,
                                   compiled_network **out, vis_error *err);
void compiled_network_free(compiled_network *c); /* NULL is fine */

/* One thread at a time. */
typedef struct network network;

/* With a compiled network of its own; see compiled_network_create. A fixed batch is run with the
 * frame repeated. Model and pool must outlive it; `pool` may be NULL: one thread. */
vis_status network_create(const model *m, thread_pool *pool, const network_options *options,
                          network **out, vis_error *err);

/* On one that others use as well, and that must outlive it. VIS_ERR_MEMORY. */
vis_status network_create_on(compiled_network *compiled, thread_pool *pool, network **out,
                             vis_error *err);
void network_free(network *n); /* NULL is fine */

/* Where the caller puts the visual input, [6, S, S]; belongs to the network. */
float *network_visual(network *n);

/* Of the output of the last run, its first frame. */
output_range network_range(const network *n);

/* Runs on the visual input put there and a window [C, H, W]. The output [3, S, S] belongs to the
 * network and lives until its next run; *ms (may be NULL) is the wall clock. */
const float *network_run(network *n, const float *window, double *ms);

/* The same where the visual input belongs to footage frame `footage`, as it always does for this
 * number, from network_take_footage on until network_leave_footage: activations that depend on it
 * alone are computed once between them, not at all where they are cached, and are cached within the
 * budget where the frame `returns` often enough (activation_cache_acquire). The visual input must be
 * there unless network_take_footage says that it is not read. */
bool network_take_footage(network *n, int footage, int64_t returns);
const float *network_run_footage(network *n, const float *window, double *ms);
void network_leave_footage(network *n);

/* The same with the visual input of the last network_run, under another sound. */
const float *network_run_again(network *n, const float *window, double *ms);

#endif
