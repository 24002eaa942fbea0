/* render/network.h - a lip-sync U-Net ready to paint one face at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_NETWORK_H
#define RENDER_NETWORK_H

#include "base/threads.h"
#include "model/model.h"

/* One thread at a time. Model and pool must outlive it. */
typedef struct network network;

typedef struct network_options {
    bool reference;    /* on the plain C kernels, for checking */
    int footage;       /* frames of the footage, of which results may be kept; 0: none */
    size_t kept_bytes; /* that these may take */
} network_options;

/* `m` must pass model_require_unet. An ONNX file with a fixed batch is run at that batch with the
 * frame repeated, and nothing is kept of it. `pool` may be NULL: one thread. `options` may be NULL:
 * none of them. VIS_ERR_MISMATCH (not a U-Net, an output of another shape), VIS_ERR_USAGE (audio
 * mode undecided), VIS_ERR_MEMORY. */
vis_status network_create(const model *m, thread_pool *pool, const network_options *options,
                          network **out, vis_error *err);
void network_free(network *n); /* NULL is fine */

/* Where the caller puts the visual input, [6, S, S]; belongs to the network. */
float *network_visual(network *n);

/* Runs on the visual input put there and a window [C, H, W]. The output [3, S, S] belongs to the
 * network and lives until its next run; *ms (may be NULL) is the wall clock. */
const float *network_run(network *n, const float *window, double *ms);

/* The same where the visual input belongs to footage frame `footage`, as it always does for this
 * number: what depends on it alone is not computed again where it was kept, and kept within the
 * budget where the frame `returns`, that is, will be wanted again. */
const float *network_run_footage(network *n, int footage, bool returns, const float *window,
                                 double *ms);

/* The same with the visual input of the last network_run, under another sound. */
const float *network_run_again(network *n, const float *window, double *ms);

#endif
