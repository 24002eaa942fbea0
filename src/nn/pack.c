/* nn/pack.c - weights in the order in which the kernels read them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/pack.h"

#include <string.h>

vis_status pack_gemm(nn_program *p, const float *w, int64_t stride, int64_t k, int64_t outputs,
                     const float **out, vis_error *err)
{
    int64_t lanes = p->kernels->lanes, padded = round_up(outputs, lanes);
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(k * padded), sizeof(float), &memory, err));
    float *b = memory;
    for (int64_t n = 0; n < padded; n += 2 * lanes) {
        int64_t width = padded - n > lanes ? 2 * lanes : lanes;
        for (int64_t i = 0; i < k; i++, b += width)
            for (int64_t c = 0; c < width && n + c < outputs; c++)
                b[c] = w[(n + c) * stride + i];
    }
    *out = memory;
    return VIS_OK;
}

vis_status pack_depthwise(nn_program *p, const conv_layer *layer, const float **out, vis_error *err)
{
    int64_t lanes = p->kernels->lanes, padded = round_up(layer->outputs, lanes);
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(10 * padded), sizeof(float), &memory, err));
    float *b = memory;
    for (int64_t c = 0; c < layer->outputs; c++) {
        float *vector = b + c / lanes * 10 * lanes + c % lanes;
        for (int i = 0; i < 9; i++)
            vector[i * lanes] = layer->weights[c * 9 + i];
        vector[9 * lanes] = (float)layer->bias[c];
    }
    *out = memory;
    return VIS_OK;
}

vis_status pack_channels(nn_program *p, const float *values, int64_t outputs, const float **out,
                         vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)round_up(outputs, p->kernels->lanes), sizeof(float), &memory,
                          err));
    memcpy(memory, values, (size_t)outputs * sizeof(float));
    *out = memory;
    return VIS_OK;
}

vis_status pack_doubles(nn_program *p, const double *values, int64_t outputs, const float **out,
                        vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)round_up(outputs, p->kernels->lanes), sizeof(float), &memory,
                          err));
    float *rounded = memory;
    for (int64_t i = 0; i < outputs; i++)
        rounded[i] = (float)values[i];
    *out = rounded;
    return VIS_OK;
}

vis_status pack_activation(nn_program *p, const conv_layer *layer, nn_activation *out,
                           vis_error *err)
{
    *out = layer->activation;
    out->slope = NULL;
    if (!layer->slope) return VIS_OK;
    return pack_channels(p, layer->slope, layer->outputs, &out->slope, err);
}
