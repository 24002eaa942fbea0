/* engine/ops/gemm_term.c - weights of 1x1 convolutions, composed where a convolution before was put
 * off.
 *
 *   value = P d + b,  y = W value + c   =>   y = (W P) d + (W b + c)
 *
 * which is fewer sums when d has fewer channels than value.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/steps.h"
#include "engine/pack.h"

#include <stdlib.h>

/* In double, rounded once. */
void compose_layers(const conv_layer *w, int64_t first, const conv_layer *p, float *rows,
                    double *bias)
{
    int64_t k = p->group_inputs, n = p->outputs;
    for (int64_t o = 0; o < w->outputs; o++) {
        const float *row = w->weights + o * w->group_inputs + first;
        for (int64_t i = 0; i < k; i++) {
            double sum = 0;
            for (int64_t c = 0; c < n; c++)
                sum += (double)row[c] * (double)p->weights[c * k + i];
            rows[o * k + i] = (float)sum;
        }
        for (int64_t c = 0; c < n; c++)
            bias[o] += (double)row[c] * p->bias[c];
    }
}

vis_status make_gemm_term(lowering *l, const conv_layer *layer, int value, int64_t first,
                          double *bias, gemm_term *out, vis_error *err)
{
    const composed *from = &l->compose[value];
    if (!from->layer) {
        VIS_TRY(lowering_read(l, NN_NHWC, value, &out->tensor, err));
        out->k = l->p->tensor[out->tensor].shape.dim[1];
        return pack_gemm(l->p, layer->weights + first, layer->group_inputs, out->k, layer->outputs,
                         &out->weights, err);
    }
    out->tensor = from->from;
    out->k = from->layer->group_inputs;
    float *rows = malloc((size_t)(layer->outputs * out->k + 1) * sizeof *rows);
    if (!rows) return vis_fail_memory(err, "network weights");
    compose_layers(layer, first, from->layer, rows, bias);
    vis_status status = pack_gemm(l->p, rows, out->k, out->k, layer->outputs, &out->weights, err);
    free(rows);
    return status;
}
