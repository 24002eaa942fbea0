/* render/sample.h - the frame on which the fast precision is measured: the first of the footage,
 * under sound of no particular kind, so that the choice is the same wherever a clip begins and
 * whatever is said in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_SAMPLE_H
#define RENDER_SAMPLE_H

#include "face/character.h"
#include "model/model.h"

typedef struct network_sample {
    float *visual; /* [batch, 6, S, S] of footage frame 0, in the model's own crop */
    float *audio;  /* [batch, C, H, W] noise as loud as features are, the same each time */
} network_sample;

/* Released with network_sample_free, also after a failure. `m` must pass model_require_unet.
 * VIS_ERR_MEMORY, and what character_frame says. */
vis_status network_sample_create(const model *m, character *c, int batch, network_sample *out,
                                 vis_error *err);
void network_sample_free(network_sample *s);

#endif
