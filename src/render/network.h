/* render/network.h - a lip-sync U-Net ready to paint one face at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_NETWORK_H
#define RENDER_NETWORK_H

#include "base/threads.h"
#include "render/compiled_network.h"
#include "render/output_range.h"

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
 * number: what depends on it alone is not computed again where it was kept, and kept within the
 * budget where the frame `returns` often enough (kept_frames_take). */
const float *network_run_footage(network *n, int footage, int64_t returns, const float *window,
                                 double *ms);

/* The same with the visual input of the last network_run, under another sound. */
const float *network_run_again(network *n, const float *window, double *ms);

#endif
