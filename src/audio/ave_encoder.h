/* audio/ave_encoder.h - the AVE audio encoder compiled: mel frames in, feature rows out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_AVE_ENCODER_H
#define AUDIO_AVE_ENCODER_H

#include "engine/nn.h"
#include "networks/model.h"

/* Immutable; may be shared by any number of threads and sources. */
typedef struct ave_encoder {
    int batch;          /* features of a run of `whole` */
    nn_program *whole;  /* [batch, 1, MEL_BANDS, FEATURE_MEL_FRAMES] -> [batch, FEATURE_AVE_SIZE] */
    nn_program *single; /* the same with a batch of 1, whose numbers are the same; NULL where an
                           ONNX file insists on its batch, or it was not asked for */
} ave_encoder;

/* Checks that `m` takes and gives what an AVE encoder does, and compiles it. `live`: in short
 * batches, and features one by one, as sound that is pushed wants them. Needs `m` no longer. VIS_ERR_MISMATCH:
 * it is something else; VIS_ERR_UNSUPPORTED; VIS_ERR_MEMORY. */
vis_status ave_encoder_create(const model *m, bool live, ave_encoder **out, vis_error *err);
void ave_encoder_free(ave_encoder *e); /* NULL is fine */

#endif
