/* engine/cpu/generic/c.c - the kernels in plain C, element by element, for any number of lanes: what each
 * table is tested against. Sums are kept in double.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/kernels.h"

#include <math.h>

static float activate(const nn_activation *act, double v, int channel)
{
    switch (act->kind) {
    case NN_ACTIVATION_RELU:
        return (float)(v < 0 ? 0 : v);
    case NN_ACTIVATION_CLIP:
        v = v < (double)act->low ? (double)act->low : v;
        return (float)(v > (double)act->high ? (double)act->high : v);
    case NN_ACTIVATION_SLOPE:
        return (float)(v < 0 ? v * (double)act->slope[channel] : v);
    default:
        return (float)v;
    }
}

/* B[k, n] in its panel. */
static double packed(const nn_gemm *g, int k, int n)
{
    int panel = 2 * g->lanes, first = n / panel * panel;
    int width = g->n - first > g->lanes ? panel : g->lanes;
    return (double)g->b[n / panel * g->panel_stride + (g->first + k) * width + (n - first)];
}

static float gemm_one(const nn_gemm *g, int r, int i, int n)
{
    const float *a = g->a + r * g->a_row + i * g->a_stride;
    double sum = g->bias ? (double)g->bias[n] : (double)g->c[r * g->c_row + i * g->c_stride + n];
    for (int k = 0; k < g->k; k++)
        sum += (double)a[k] * packed(g, k, n);
    if (g->tap)
        for (int j = 0; j < 2; j++)
            sum += (double)g->tap[i].weight[j] *
                   (double)g->low[r * g->low_row + g->tap[i].at[j] * g->low_stride + n];
    if (g->residual) sum += (double)g->residual[r * g->residual_row + i * g->residual_stride + n];
    return activate(&g->activation, sum, n);
}

static void c_gemm(const nn_gemm *g)
{
    for (int r = 0; r < g->rows; r++)
        for (int i = 0; i < g->m; i++)
            for (int n = 0; n < g->n; n++)
                g->c[r * g->c_row + i * g->c_stride + n] = gemm_one(g, r, i, n);
}

static void c_depthwise(const nn_depthwise *d)
{
    for (int i = 0; i < d->m; i++)
        for (int c = 0; c < d->n; c++) {
            const float *w = d->weights + c / d->lanes * 10 * d->lanes + c % d->lanes;
            double sum = (double)w[9 * d->lanes];
            for (int t = 0; t < 9; t++)
                sum += (double)w[t * d->lanes] *
                       (double)d->row[t / 3][(i * d->step + t % 3) * d->stride + c];
            d->out[i * d->out_stride + c] = activate(&d->activation, sum, c);
        }
}

static void c_blend(float *out, const float *a, const float *b, float wa, float wb, int m, int n,
                    ptrdiff_t stride)
{
    for (int i = 0; i < m; i++)
        for (int c = 0; c < n; c++)
            out[i * n + c] = (float)((double)a[i * stride + c] * (double)wa +
                                     (double)b[i * stride + c] * (double)wb);
}

static void c_sigmoid(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(1 / (1 + exp(-(double)x[i])));
}

/* Column x of the row that a tile is cut from. */
static double winograd_column(const nn_winograd_in *w, int x, int c)
{
    if (x < w->left || x >= w->right) return 0;
    x -= w->left;
    return (double)w->a[x * w->a_stride + c] + (double)w->sign * (double)w->b[x * w->b_stride + c];
}

static void c_winograd_in(const nn_winograd_in *w)
{
    static const int weight[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
    for (int i = 0; i < w->m; i++)
        for (int p = 0; p < 4; p++)
            for (int c = 0; c < w->n; c++) {
                double sum = 0;
                for (int x = 0; x < 4; x++)
                    if (weight[p][x]) sum += weight[p][x] * winograd_column(w, 2 * i + x, c);
                w->out[p * w->position + i * w->out_stride + c] = (float)sum;
            }
}

/* Output pixel (y, x) of tile i. */
static double winograd_output(const nn_winograd_out *w, int i, int y, int x, int c)
{
    static const int weight[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
    const float *sums = w->sums + i * w->stride + c;
    double sum = 0;
    for (int p = 0; p < (w->along_rows ? 1 : 4); p++)
        for (int q = 0; q < 4; q++) {
            int factor = weight[x][q] * (w->along_rows ? 1 : weight[y][p]);
            if (factor) sum += factor * (double)sums[(4 * p + q) * w->position];
        }
    return sum;
}

static void c_winograd_out(const nn_winograd_out *w)
{
    for (int y = 0; y < (w->along_rows || !w->out[1] ? 1 : 2); y++)
        for (int x = 0; x < w->columns; x++)
            for (int c = 0; c < w->n; c++) {
                double sum = winograd_output(w, x / 2, y, x % 2, c);
                if (w->residual[y]) sum += (double)w->residual[y][x * w->residual_stride + c];
                w->out[y][x * w->out_stride + c] = activate(&w->activation, sum, c);
            }
}

#define TABLE(LANES, TILE)                                                                         \
    {                                                                                              \
        "c" #LANES, LANES, TILE, c_gemm, c_depthwise, c_blend, c_sigmoid, c_winograd_in,           \
            c_winograd_out                                                                         \
    }

const nn_kernels nn_kernels_c4 = TABLE(4, 6);
const nn_kernels nn_kernels_c8 = TABLE(8, 6);
const nn_kernels nn_kernels_c16 = TABLE(16, 12);
