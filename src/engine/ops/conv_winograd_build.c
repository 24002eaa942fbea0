/* engine/ops/conv_winograd_build.c - which convolutions are done after Winograd, and their weights.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/conv.h"

#include <stdlib.h>

#define TRANSFORM_PRODUCTS 4 /* that take as long as transforming one number */

/* Pairs of an output and an input that a tap connects, along one dimension. */
static int64_t pairs(const conv_step *q, int axis)
{
    int64_t count = 0;
    for (int64_t tap = 0; tap < q->kernel[axis]; tap++) {
        int64_t first, end;
        conv_tap_range(q, axis, tap, &first, &end);
        count += end > first ? end - first : 0;
    }
    return count;
}

/* What an image costs, in products. */
static int64_t winograd_products(const conv_step *q, int positions)
{
    int64_t rows = positions == 4 ? q->out_height : (q->out_height + 1) / 2;
    int64_t depth = positions == 4 ? 3 * q->pitch : q->pitch;
    return rows * ((q->out_width + 1) / 2) * positions *
           (depth * q->padded + TRANSFORM_PRODUCTS * (depth + q->padded));
}

int winograd_positions(const conv_step *q)
{
    if (q->kernel[0] != 3 || q->kernel[1] != 3 || q->stride[1] != 1 || q->dilation[1] != 1)
        return 0;
    if (q->plain_output) return 0;
    int positions = q->stride[0] == 1 && q->dilation[0] == 1 ? 16 : 4;
    int64_t direct = pairs(q, 0) * pairs(q, 1) * q->channels * q->padded; /* padding is skipped */
    return winograd_products(q, positions) < direct ? positions : 0;
}

/* u = G g for the three weights g[0], g[stride], g[2 * stride]; results `to` apart. */
static void transform_three(const double *g, int stride, double *u, int to)
{
    double outer = g[0] + g[2 * stride], inner = g[stride];
    u[0] = g[0];
    u[to] = (outer + inner) / 2;
    u[2 * to] = (outer - inner) / 2;
    u[3 * to] = g[2 * stride];
}

/* The 3x3 weights of a pair of channels at all positions: u[4][4], or u[4][3 rows]. */
static void transform_kernel(const float *w, int positions, double u[16])
{
    double g[9], rows[12];
    for (int i = 0; i < 9; i++)
        g[i] = (double)w[i];
    for (int y = 0; y < 3; y++)
        transform_three(g + 3 * y, 1, positions == 4 ? u + y : rows + 4 * y,
                        positions == 4 ? 3 : 1);
    for (int x = 0; x < 4 && positions == 16; x++)
        transform_three(rows + x, 4, u + x, 4);
}

/* Weights [O, C, 3, 3] -> rows of K = (position, row of the kernel, channel) -> packed. Channels
 * are padded as those of a pixel are. */
static vis_status pack_positions(lowering *l, const conv_layer *layer, conv_step *q, vis_error *err)
{
    int64_t k = q->part[0].k, rows = q->depth / q->pitch;
    float *w = calloc((size_t)(layer->outputs * k + 1), sizeof *w);
    if (!w) return vis_fail_memory(err, "network weights");
    for (int64_t o = 0; o < layer->outputs; o++)
        for (int64_t c = 0; c < q->channels; c++) {
            double u[16];
            transform_kernel(layer->weights + (o * q->channels + c) * 9, q->positions, u);
            for (int64_t i = 0; i < q->positions * rows; i++)
                w[o * k + i * q->pitch + c] = (float)u[i];
        }
    vis_status status = pack_gemm(l->p, w, k, k, layer->outputs, &q->part[0].weights, err);
    free(w);
    return status;
}

vis_status winograd_prepare(lowering *l, const conv_layer *layer, conv_step *q, vis_error *err)
{
    void *zeros, *no_bias;
    VIS_TRY(program_alloc(l->p, (size_t)q->pitch, sizeof(float), &zeros, err));
    VIS_TRY(program_alloc(l->p, (size_t)q->padded, sizeof(float), &no_bias, err));
    q->zeros = zeros;
    q->no_bias = no_bias;
    q->depth = q->positions == 4 ? 3 * q->pitch : q->pitch;
    q->part[0].k = q->positions * q->depth;
    return pack_positions(l, layer, q, err);
}
