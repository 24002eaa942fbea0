/* engine/cpu/generic/c_i16.c - the 16-bit kernels in plain C, element by element: what each table is tested
 * against.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/kernels_i16.h"

#include <math.h>

/* A sum, modulo 2^16. */
static int16_t wrap(int32_t v)
{
    return (int16_t)(uint16_t)v;
}

/* start + A B of one pixel and channel. */
static int32_t sum_of(const nn_gemm_i16 *g, int r, int i, int n)
{
    bool halves = g->c != NULL;
    const int16_t *a = g->a + r * g->a_row + i * g->a_stride;
    uint32_t sum = (uint32_t)g->start[nn_i16_packed_index(1, halves, 0, n) / 2];
    for (int k = 0; k < 2 * g->pairs; k++)
        sum += (uint32_t)((int32_t)a[k] * g->b[nn_i16_packed_index(g->pairs, halves, k, n)]);
    return (int32_t)sum;
}

static int16_t half_of(const nn_gemm_i16 *g, int r, int i, int n)
{
    int16_t v = (int16_t)(sum_of(g, r, i, n) >> 16);
    if (g->scales) v = nn_i16_scale(v, g->factor);
    if (g->ready) {
        int16_t ready = g->ready[r * g->ready_row + i * g->ready_stride + n];
        v = wrap(v + nn_i16_scale(ready, g->ready_factor));
    }
    for (int j = 0; g->tap && j < 2; j++) {
        int16_t low = g->low[r * g->low_row + g->tap[i].at[j] * g->low_stride + n];
        v = wrap(v + nn_i16_scale(low, g->tap[i].weight[j][0]));
    }
    return (int16_t)(g->relu && v < 0 ? 0 : v);
}

static float float_of(const nn_gemm_i16 *g, int r, int i, int n)
{
    float v = fmaf((float)sum_of(g, r, i, n), g->scale[n], g->bias[n]);
    if (g->residual) v += g->residual[r * g->residual_row + i * g->residual_stride + n];
    return g->relu && v < 0 ? 0 : v;
}

static void c_i16_gemm(const nn_gemm_i16 *g)
{
    for (int r = 0; r < g->rows; r++)
        for (int i = 0; i < g->m; i++)
            for (int n = 0; n < g->n; n++) {
                if (g->c)
                    g->c[r * g->c_row + i * g->c_stride + n] = half_of(g, r, i, n);
                else if (n < g->floats)
                    g->f[r * g->f_row + i * g->f_stride + n] = float_of(g, r, i, n);
            }
}

static void c_i16_depthwise(const nn_depthwise_i16 *d)
{
    for (int i = 0; i < d->m; i++)
        for (int c = 0; c < d->n; c++) {
            uint32_t sum = (uint32_t)d->bias[nn_i16_bias(c)];
            for (int t = 0; t < 9; t++) {
                int32_t x = d->row[t / 3][(i * d->step + t % 3) * d->stride + c];
                sum += (uint32_t)(x * d->weights[nn_i16_tap(c, t)]);
            }
            int32_t v = (int32_t)sum >> NN_I16_TAP_BITS;
            d->out[i * d->out_stride + c] = (int16_t)(v < 0 ? 0 : v > 32767 ? 32767 : v);
        }
}

static void c_i16_blend(int16_t *out, const int16_t *a, const int16_t *b, int16_t wa, int16_t wb,
                        int m, int n, ptrdiff_t stride)
{
    for (int i = 0; i < m; i++, a += stride, b += stride, out += n)
        for (int c = 0; c < n; c++)
            out[c] = wrap(nn_i16_scale(a[c], wa) + nn_i16_scale(b[c], wb));
}

static void c_i16_quantise(int16_t *out, ptrdiff_t out_stride, const float *x, ptrdiff_t x_stride,
                           int m, int n, const float *equaliser, float factor)
{
    for (int i = 0; i < m; i++)
        for (int c = 0; c < n; c++) {
            float v = x[i * x_stride + c] * (equaliser[c] * factor);
            if (!(v > -NN_I16_INPUT) || v >= 0x1p31f) v = -NN_I16_INPUT;
            out[i * out_stride + c] = (int16_t)lrintf(v < NN_I16_INPUT ? v : NN_I16_INPUT);
        }
}

static void c_i16_measure(float squares[NN_I16_LANES], const float *x, ptrdiff_t x_stride, int m,
                          int n, const float *equaliser)
{
    for (int i = 0; i < m; i++, x += x_stride) {
        float sum[NN_I16_LANES] = {0};
        for (int c = 0; c < n; c++) {
            float v = x[c] * equaliser[c];
            sum[c % NN_I16_LANES] = fmaf(v, v, sum[c % NN_I16_LANES]);
        }
        for (int lane = 0; lane < NN_I16_LANES; lane++)
            squares[lane] = nn_i16_larger(squares[lane], sum[lane]);
    }
}

const nn_kernels_i16 nn_kernels_i16_c = {
    "c", c_i16_gemm, c_i16_depthwise, c_i16_blend, c_i16_quantise, c_i16_measure,
};
