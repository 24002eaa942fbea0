/* networks/ave_encoder.h - the AVE audio encoder, built from the weights of a checkpoint.
 *
 * 13 blocks of convolution (with bias) + batch norm (+ input when residual) + ReLU;
 * mel [N, 1, 80, 16] -> features [N, 512]. Keys "0.conv_block.0.weight", or with "audio_encoder."
 * before.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_AVE_ENCODER_H
#define NETWORKS_AVE_ENCODER_H

#include "base/log.h"
#include "formats/state_dict.h"
#include "graph/graph.h"

/* Does this look like the encoder? *prefix becomes "audio_encoder." or "". */
bool ave_encoder_recognise(const state_dict *dict, const char **prefix);

/* Checks and builds in one: input "mel" [-1, 1, 80, 16], output "features" [-1, 512]. The weights
 * move out of `dict`. *parameters: learnable numbers. Errors name the file and what is wrong. */
vis_status ave_encoder_build(state_dict *dict, const char *prefix, const char *path,
                             const vis_log *log, graph **out, int64_t *parameters, vis_error *err);

#endif
