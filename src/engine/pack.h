/* engine/pack.h - weights in the order in which the kernels read them (engine/cpu/kernels.h).
 *
 * All results are program memory; channels are padded with zeros as nn_padded says.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PACK_H
#define ENGINE_PACK_H

#include "engine/layer.h"

/* B of a gemm, with B[k, o] = w[o * stride + k]. */
vis_status pack_gemm(nn_program *p, const float *w, int64_t stride, int64_t k, int64_t outputs,
                     const float **out, vis_error *err);

/* The 3x3 weights and biases of a depthwise layer. */
vis_status pack_depthwise(nn_program *p, const conv_layer *layer, const float **out,
                          vis_error *err);

/* One number a channel. */
vis_status pack_channels(nn_program *p, const float *values, int64_t outputs, const float **out,
                         vis_error *err);

/* One number a channel, rounded. */
vis_status pack_doubles(nn_program *p, const double *values, int64_t outputs, const float **out,
                        vis_error *err);

/* The layer's activation with its slopes packed. */
vis_status pack_activation(nn_program *p, const conv_layer *layer, nn_activation *out,
                           vis_error *err);

#endif
