/* inside/face_network.h - a lip-sync U-Net that paints one face at a time, as a render runs it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INSIDE_FACE_NETWORK_H
#define INSIDE_FACE_NETWORK_H

#include "base/threads.h"
#include "networks/model.h"

/* One thread at a time. */
typedef struct network network;

/* In float32; `reference`: on the plain C kernels, for checking. `pool` NULL: the calling thread
 * alone. Model and pool must outlive it. VIS_ERR_MISMATCH, VIS_ERR_USAGE (not a decided U-Net),
 * VIS_ERR_MEMORY. */
vis_status face_network_create(const model *m, thread_pool *pool, bool reference, network **out,
                               vis_error *err);
void face_network_free(network *n); /* NULL is fine */

/* Where the caller puts the visual input, [6, S, S]; belongs to the network. */
float *face_network_visual(network *n);

/* Runs on the visual input put there and a window [C, H, W]. The output [3, S, S] belongs to the
 * network and lives until the next run. */
const float *face_network_run(network *n, const float *window);

/* The same with the visual input of the last face_network_run, under another sound. */
const float *face_network_run_again(network *n, const float *window);

#endif
