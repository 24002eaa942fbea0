/* engine/cpu/generic/rows_tmpl.h - depthwise convolution, blending and the sigmoid.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#define DEPTHWISE_TILE 8 /* pixels at once: with 3 weights and a column they fit into registers */

/* Every `rounds`-th column of a row from column `first` on: each sum gets one product at most. */
FORCE_INLINE void FN(depthwise_round)(vec acc[DEPTHWISE_TILE], const vec tap[3], const float *row,
                                      ptrdiff_t stride, const int M, const int STEP,
                                      const int first)
{
    const int columns = (M - 1) * STEP + 3, rounds = STEP == 1 ? 3 : 4;
    UNROLL for (int q = 0; q < 5; q++)
    {
        const int x = first + q * rounds, i = x / STEP;
        if (x >= columns) continue;
        vec v = vec_load(row + x * stride);
        VEC_HOLD(v);
        if (STEP == 1) {
            if (i < M) acc[i] += v * tap[0];
            if (i >= 1 && i - 1 < M) acc[i - 1] += v * tap[1];
            if (i >= 2 && i - 2 < M) acc[i - 2] += v * tap[2];
        } else if (x % 2) {
            acc[i] += v * tap[1];
        } else {
            if (i < M) acc[i] += v * tap[0];
            if (i >= 1 && i - 1 < M) acc[i - 1] += v * tap[2];
        }
    }
}

/* M neighbouring output pixels of one vector of channels. A column is loaded once for all the
 * pixels that see it. The columns of a row are taken in rounds, in each of which every sum gets one
 * product: a multiply-add takes four cycles or so, and two begin in each. */
FORCE_INLINE void FN(depthwise_block)(const nn_depthwise *d, const float *const row[3],
                                      const float *w, float *out, const float *slope, const int M,
                                      const int STEP)
{
    vec acc[DEPTHWISE_TILE];
    UNROLL for (int i = 0; i < M; i++) acc[i] = vec_load(w + 9 * LANES);
    UNROLL for (int y = 0; y < 3; y++)
    {
        const vec tap[3] = {vec_load(w + 3 * y * LANES), vec_load(w + (3 * y + 1) * LANES),
                            vec_load(w + (3 * y + 2) * LANES)};
        FN(depthwise_round)(acc, tap, row[y], d->stride, M, STEP, 0);
        FN(depthwise_round)(acc, tap, row[y], d->stride, M, STEP, 1);
        FN(depthwise_round)(acc, tap, row[y], d->stride, M, STEP, 2);
        if (STEP == 2) FN(depthwise_round)(acc, tap, row[y], d->stride, M, STEP, 3);
    }
    if (d->activation.kind == NN_ACTIVATION_RELU)
        UNROLL for (int i = 0; i < M; i++) acc[i] = VEC_MAX((vec){0}, acc[i]);
    else if (d->activation.kind != NN_ACTIVATION_NONE)
        UNROLL for (int i = 0; i < M; i++) acc[i] = vec_activate(acc[i], &d->activation, slope);
    UNROLL for (int i = 0; i < M; i++) vec_store(out + i * d->out_stride, acc[i]);
}

FORCE_INLINE void FN(depthwise_pixels)(const nn_depthwise *d, int at, const int M, const int STEP)
{
    const float *row[3];
    for (int i = 0; i < 3; i++)
        row[i] = d->row[i] + at * STEP * d->stride;
    float *out = d->out + at * d->out_stride;
    const float *w = d->weights, *slope = d->activation.slope;
    for (int c = 0; c < d->n; c += LANES, w += 10 * LANES) {
        FN(depthwise_block)(d, row, w, out + c, slope ? slope + c : NULL, M, STEP);
        row[0] += LANES, row[1] += LANES, row[2] += LANES;
    }
}

typedef void (*depthwise_fn)(const nn_depthwise *d, int at);

#define DEPTHWISE_PIXELS(M)                                                                        \
    static void FN(depthwise1_##M)(const nn_depthwise *d, int at)                                  \
    {                                                                                              \
        FN(depthwise_pixels)(d, at, M, 1);                                                         \
    }                                                                                              \
    static void FN(depthwise2_##M)(const nn_depthwise *d, int at)                                  \
    {                                                                                              \
        FN(depthwise_pixels)(d, at, M, 2);                                                         \
    }
DEPTHWISE_PIXELS(1)
DEPTHWISE_PIXELS(2)
DEPTHWISE_PIXELS(3)
DEPTHWISE_PIXELS(4)
DEPTHWISE_PIXELS(5)
DEPTHWISE_PIXELS(6)
DEPTHWISE_PIXELS(7)
DEPTHWISE_PIXELS(8)

static const depthwise_fn FN(depthwise_table)[2][DEPTHWISE_TILE + 1] = {
    {NULL, FN(depthwise1_1), FN(depthwise1_2), FN(depthwise1_3), FN(depthwise1_4), FN(depthwise1_5),
     FN(depthwise1_6), FN(depthwise1_7), FN(depthwise1_8)},
    {NULL, FN(depthwise2_1), FN(depthwise2_2), FN(depthwise2_3), FN(depthwise2_4), FN(depthwise2_5),
     FN(depthwise2_6), FN(depthwise2_7), FN(depthwise2_8)},
};

static void FN(depthwise)(const nn_depthwise *d)
{
    int left = d->m, tiles = (d->m + DEPTHWISE_TILE - 1) / DEPTHWISE_TILE;
    for (int at = 0; tiles > 0; tiles--) {
        int m = (left + tiles - 1) / tiles; /* nearly equal, as in gemm */
        FN(depthwise_table)[d->step - 1][m](d, at);
        at += m;
        left -= m;
    }
}

static void FN(blend)(float *out, const float *a, const float *b, float wa, float wb, int m, int n,
                      ptrdiff_t stride)
{
    for (int i = 0; i < m; i++, a += stride, b += stride, out += n)
        for (int c = 0; c < n; c += LANES)
            vec_store(out + c, vec_load(a + c) * wa + vec_load(b + c) * wb);
}

/* exp(x) for |x| <= 87: 2^n * e^r with r = x - n ln 2, |r| <= 0.35, and a Taylor polynomial of
 * degree 7 whose remainder is below 0.35^8 / 8! = 6e-9 relative. */
FORCE_INLINE vec FN(exp)(vec x)
{
    const float rounder = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    vec f = (x * 1.44269504088896341f + rounder) - rounder;
    ivec k = __builtin_convertvector(f, ivec);
    vec r = x - f * 0.693145751953125f; /* ln 2 in two parts, the first exact in few bits */
    r -= f * 1.42860682030941723e-6f;
    vec y = r * (1.0f / 5040) + 1.0f / 720;
    y = y * r + 1.0f / 120;
    y = y * r + 1.0f / 24;
    y = y * r + 1.0f / 6;
    y = y * r + 0.5f;
    y = y * r + 1.0f;
    y = y * r + 1.0f;
    return y * (vec)((k + 127) << 23);
}

FORCE_INLINE vec FN(sigmoid_vec)(vec x)
{
    vec bounded = VEC_MIN(vec_splat(87.0f), VEC_MAX(vec_splat(-87.0f), x));
    return 1.0f / (1.0f + FN(exp)(-bounded));
}

static void FN(sigmoid)(float *x, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vec_store(x + i, FN(sigmoid_vec)(vec_load(x + i)));
    if (i == n) return;
    float rest[LANES] = {0};
    for (size_t k = i; k < n; k++)
        rest[k - i] = x[k];
    vec_store(rest, FN(sigmoid_vec)(vec_load(rest)));
    for (size_t k = i; k < n; k++)
        x[k] = rest[k - i];
}
