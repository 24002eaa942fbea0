/* measure/timed_network.h - a network laid out so that runs of it can be timed: compiled, with its
 * inputs and outputs in memory of its own, and footage that comes back.
 *
 * The caller holds the clock. After creation nothing allocates and nothing fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_TIMED_NETWORK_H
#define MEASURE_TIMED_NETWORK_H

#include "engine/nn.h"
#include "viseme/viseme.h"

typedef struct timed_network timed_network;

#define TIMED_MAX_BATCH 1024

/* Frames of the footage, unless what is kept of them takes more than this many bytes: with one
 * frame alone, what is kept would never leave the processor's cache, as it does in a render. */
#define TIMED_FOOTAGE_FRAMES 8
#define TIMED_FOOTAGE_BYTES ((size_t)512 << 20)

/* Compiles `m` for `batch` frames (0: what the file fixes; else 25 rows for an AVE encoder, one
 * frame for others) on `threads` workers (0: all processors). The model may be closed afterwards.
 * Inputs hold the same numbers in [0, 1) each time. VIS_ERR_USAGE (audio mode undecided, batch out
 * of range, sizes that the file leaves open), VIS_ERR_MISMATCH (another batch than the file fixes),
 * VIS_ERR_MEMORY, and what compiling says. */
vis_status timed_network_create(const vis_model *m, int batch, int threads, timed_network **out,
                                vis_error *err);
void timed_network_free(timed_network *t); /* NULL is fine */

int timed_network_batch(const timed_network *t);
int timed_network_threads(const timed_network *t);

/* The tensors, float32 row-major; inputs are the caller's to change between runs. */
int timed_network_input_count(const timed_network *t);
const graph_shape *timed_network_input_shape(const timed_network *t, int i);
float *timed_network_input(timed_network *t, int i);
int timed_network_output_count(const timed_network *t);
const graph_shape *timed_network_output_shape(const timed_network *t, int i);
const float *timed_network_output(const timed_network *t, int i);

/* What became of the fast precision, whose sample were the first inputs. */
const nn_fast *timed_network_fast(const timed_network *t);

/* Bytes: packed weights; working memory of a run; what is kept of a run over one footage frame (a
 * batch of them), 0 where nothing can be. */
size_t timed_network_weight_bytes(const timed_network *t);
size_t timed_network_work_bytes(const timed_network *t);
size_t timed_network_kept_bytes(const timed_network *t);

/* One run, nothing kept from before. */
void timed_network_run(timed_network *t);

/* The steady state of a bounce: see_footage shows every footage frame to the network once; from
 * then on each run_cached paints the next of them with what was kept. The visual input must stay as
 * it was. Only where something is kept. */
void timed_network_see_footage(timed_network *t);
void timed_network_run_cached(timed_network *t);

#endif
