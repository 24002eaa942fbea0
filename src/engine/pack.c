/* engine/pack.c - weights in the order in which the kernels read them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/pack.h"

#include <string.h>

#define PACK_BLOCK 16 /* floats: a cache line of w */

/* One panel, B[k, width]: a cache line of each row of w at a time. Column by column, rows whose
 * distance is a power of two would push each other out of the cache. */
static void pack_panel(float *b, const float *w, int64_t stride, int64_t k, int64_t width,
                       int64_t columns)
{
    for (int64_t first = 0; first < k; first += PACK_BLOCK) {
        int64_t end = first + PACK_BLOCK < k ? first + PACK_BLOCK : k;
        for (int64_t c = 0; c < columns; c++)
            for (int64_t i = first; i < end; i++)
                b[i * width + c] = w[c * stride + i];
    }
}

vis_status pack_gemm(nn_program *p, const float *w, int64_t stride, int64_t k, int64_t outputs,
                     const float **out, vis_error *err)
{
    int lanes = p->kernels->lanes;
    int64_t padded = nn_padded(outputs, lanes);
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)(k * padded), sizeof(float), &memory, err));
    float *b = memory;
    for (int64_t n = 0; n < padded; n += 2 * lanes) {
        int64_t width = padded - n > lanes ? 2 * lanes : lanes;
        int64_t columns = outputs - n < width ? outputs - n : width;
        pack_panel(b + k * n, w + n * stride, stride, k, width, columns);
    }
    *out = memory;
    return VIS_OK;
}

vis_status pack_depthwise(nn_program *p, const conv_layer *layer, const float **out, vis_error *err)
{
    int lanes = p->kernels->lanes;
    int64_t padded = nn_padded(layer->outputs, lanes);
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
    VIS_TRY(program_alloc(p, (size_t)nn_padded(outputs, p->kernels->lanes), sizeof(float), &memory,
                          err));
    memcpy(memory, values, (size_t)outputs * sizeof(float));
    *out = memory;
    return VIS_OK;
}

vis_status pack_doubles(nn_program *p, const double *values, int64_t outputs, const float **out,
                        vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)nn_padded(outputs, p->kernels->lanes), sizeof(float), &memory,
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
