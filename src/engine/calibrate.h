/* engine/calibrate.h - what flows through a float32 program on a sample: what the fast precision sets
 * its units by, and what it is judged by.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CALIBRATE_H
#define ENGINE_CALIBRATE_H

#include "engine/ops/i16_blocks.h"

/* Of a tensor that a block reads or writes. */
typedef struct calibrated_tensor {
    const float *data; /* as the sample left it, laid out as in the program; NULL: no block's */
    float *equaliser;  /* [pitch] powers of two, 1 for padding; NULL: no block reads it */
    float length;      /* of the longest pixel, channels times equaliser: about 1 */
} calibrated_tensor;

typedef struct calibration {
    nn_session *session; /* of the run */
    int n_tensors, n_blocks, n_outputs;
    i16_block *block;          /* [n_blocks] */
    calibrated_tensor *tensor; /* [n_tensors] */
    float **results;           /* by block: the largest depthwise result of each hidden channel on
                                  the sample; NULL: has none */
    float **outputs;           /* the network's results, row-major */
    bool *lasts;               /* [n_tensors] what a block reads or writes, after the run */
    bool finite;               /* is all of it? */
} calibration;

/* Runs `p`, lowered, planned here for this run alone, on its inputs `sample` (row-major, as for
 * nn_run) and gathers all of that. `pool` NULL: on this thread. VIS_ERR_MEMORY. */
vis_status calibration_run(nn_program *p, const float *const *sample, thread_pool *pool,
                           calibration *out, vis_error *err);
void calibration_free(calibration *c);

#endif
