/* engine/cpu/arm/neon_i16.c - the 16-bit kernels for aarch64, whose baseline has what they need.
 *
 * Weights lie in pairs, for instructions that add two products at once; NEON's add one (SMLAL), so
 * that loads take the pairs apart (LD2).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/gemm_i16.h"

#include <arm_neon.h>

#define TILE 5   /* pixels: 20 of 32 registers hold sums; of 24 GCC keeps some in memory */
#define D_TILE 8 /* pixels of the depthwise convolution at once: 16 hold sums, 9 taps */

/* nn_i16_scale: of its factors only -32768 times itself would be another number here. */
FORCE_INLINE int16x8_t scaled(int16x8_t v, int16_t factor)
{
    return vqrdmulhq_n_s16(v, factor);
}

/* --- gemm --------------------------------------------------------------------------------------
 */

/* The sums of a pixel: of a panel's two vectors, the lower and the upper four channels. */
typedef struct sums_i16 {
    int32x4_t of[2][2];
} sums_i16;

FORCE_INLINE int16x4_t pair_at(const int16_t *p)
{
    uint32_t both;
    memcpy(&both, p, sizeof both);
    return vcreate_s16(both);
}

/* A vector of a panel: b.val[0] belongs to the first of the pair. */
FORCE_INLINE void add_products(int32x4_t sum[2], int16x4_t pair, int16x8x2_t b)
{
    sum[0] = vmlal_lane_s16(sum[0], vget_low_s16(b.val[0]), pair, 0);
    sum[1] = vmlal_high_lane_s16(sum[1], b.val[0], pair, 0);
    sum[0] = vmlal_lane_s16(sum[0], vget_low_s16(b.val[1]), pair, 1);
    sum[1] = vmlal_high_lane_s16(sum[1], b.val[1], pair, 1);
}

/* Channels 8 h to 8 h + 7 of pixel i; the two vectors hold the even and the odd ones. */
FORCE_INLINE void finish_halves(const nn_gemm_i16 *g, const gemm_i16_cursor *p,
                                const sums_i16 *sums, int i, const int h)
{
    int16x8_t v =
        vtrn2q_s16(vreinterpretq_s16_s32(sums->of[0][h]), vreinterpretq_s16_s32(sums->of[1][h]));
    if (g->scales) v = scaled(v, g->factor);
    if (p->ready) {
        const int16x8_t ready = vld1q_s16(p->ready + i * g->ready_stride + 8 * h);
        v = vaddq_s16(v, scaled(ready, g->ready_factor));
    }
    for (int j = 0; p->tap && j < 2; j++) {
        const int16x8_t low = vld1q_s16(p->low + p->tap[i].at[j] * g->low_stride + 8 * h);
        v = vaddq_s16(v, scaled(low, p->tap[i].weight[j][0]));
    }
    if (g->relu) v = vmaxq_s16(v, vdupq_n_s16(0));
    vst1q_s16(p->c + i * g->c_stride + 8 * h, v);
}

/* Negatives to 0; NaN and -0 stay, as they would not with FMAX. */
FORCE_INLINE float32x4_t relu(float32x4_t x)
{
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(x), vcltzq_f32(x)));
}

/* Four channels of pixel i, from `at` on. */
FORCE_INLINE void finish_floats(const nn_gemm_i16 *g, const gemm_i16_cursor *p, int32x4_t sum,
                                int i, const int at)
{
    float32x4_t x =
        vfmaq_f32(vld1q_f32(p->bias + at), vcvtq_f32_s32(sum), vld1q_f32(p->scale + at));
    if (p->residual) x = vaddq_f32(x, vld1q_f32(p->residual + i * g->residual_stride + at));
    if (g->relu) x = relu(x);
    vst1q_f32(p->f + i * g->f_stride + at, x);
}

/* sums[0 .. M) = start + A B, for NV vectors of the panel. */
FORCE_INLINE void multiply(const nn_gemm_i16 *g, gemm_i16_cursor *p, sums_i16 sums[TILE],
                           const int M, const int NV)
{
    const int16_t *b = p->b, *a[TILE];
    EACH(i) a[i] = p->a + i * g->a_stride;
    EACH(i)
    UNROLL for (int v = 0; v < NV; v++)
    {
        sums[i].of[v][0] = vld1q_s32(p->start + 8 * v);
        sums[i].of[v][1] = vld1q_s32(p->start + 8 * v + 4);
    }
    for (ptrdiff_t k = 0, end = 2 * (ptrdiff_t)g->pairs; k < end;) {
        gemm_i16_prefetch(p);
        for (ptrdiff_t stop = end - k > p->every ? k + p->every : end; k < stop;
             k += 2, b += 2 * NN_I16_LANES) {
            UNROLL for (int v = 0; v < NV; v++)
            {
                const int16x8x2_t weights = vld2q_s16(b + v * NN_I16_LANES);
                EACH(i) add_products(sums[i].of[v], pair_at(a[i] + k), weights);
            }
        }
    }
}

/* `tiles` tiles of M pixels, one after another; `place` moves on behind them. */
FORCE_INLINE void tile(const nn_gemm_i16 *g, gemm_i16_cursor *place, int tiles, const int M,
                       const int NV, const bool HALVES)
{
    gemm_i16_cursor p = *place;
    for (; tiles > 0; tiles--) {
        sums_i16 sums[TILE];
        multiply(g, &p, sums, M, NV);
        EACH(i)
        UNROLL for (int part = 0; part < 2 * NV; part++)
        {
            if (HALVES && part < 2) finish_halves(g, &p, &sums[i], i, part);
            if (!HALVES) finish_floats(g, &p, sums[i].of[part / 2][part % 2], i, 4 * part);
        }
        gemm_i16_next(g, &p, M, HALVES);
    }
    *place = p;
}

#define GEMM_TILE(NAME, M, NV, HALVES)                                                             \
    static __attribute__((noinline)) void NAME##M(const nn_gemm_i16 *g, gemm_i16_cursor *p,        \
                                                  int tiles)                                       \
    {                                                                                              \
        tile(g, p, tiles, M, NV, HALVES);                                                          \
    }
#define GEMM_TILES(NAME, NV, HALVES)                                                               \
    GEMM_TILE(NAME, 1, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 2, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 3, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 4, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 5, NV, HALVES)                                                                 \
    static const gemm_i16_tile_fn NAME##_of[] = {                                                  \
        NULL, NAME##1, NAME##2, NAME##3, NAME##4, NAME##5};                                        \
    static const gemm_i16_tiles NAME##_tiles = {NAME##_of, TILE, NN_I16_LANES};
GEMM_TILES(halves, 2, true)
GEMM_TILES(floats, 2, false)
GEMM_TILES(narrow, 1, false)

static const gemm_i16_tiles *choose_tiles(const nn_gemm_i16 *g, int n)
{
    if (g->c) return &halves_tiles;
    return n + 8 < g->floats ? &floats_tiles : &narrow_tiles;
}

static void neon_i16_gemm(const nn_gemm_i16 *g)
{
    gemm_i16_walk(g, choose_tiles);
}

/* --- depthwise ---------------------------------------------------------------------------------
 */

/* The nine taps of 8 channels, row-major; the tenth number of a channel is not looked at. */
typedef struct taps_i16 {
    int16x8_t at[NN_I16_TAPS];
} taps_i16;

/* w: of the first channel, where nn_i16_tap has it; its neighbours from the fifth on lie 16 on. */
FORCE_INLINE taps_i16 load_taps(const int16_t *w)
{
    static const int tap_of[NN_I16_TAPS] = {0, 3, 1, 4, 2, 5, 6, 7, 8, 9};
    taps_i16 taps;
    UNROLL for (int pair = 0; pair < NN_I16_TAPS / 2; pair++, w += 2 * NN_I16_LANES)
    {
        const int16x4x2_t lower = vld2_s16(w), upper = vld2_s16(w + NN_I16_LANES);
        UNROLL for (int i = 0; i < 2; i++) taps.at[tap_of[2 * pair + i]] =
            vcombine_s16(lower.val[i], upper.val[i]);
    }
    return taps;
}

/* M neighbouring output pixels of 8 channels; a column is loaded once for all that see it. bias: as
 * that of load_taps, 8 on. */
FORCE_INLINE void depthwise_block(const nn_depthwise_i16 *d, const int16_t *const row[3],
                                  const int16_t *w, const int32_t *bias, int16_t *out, const int M,
                                  const int STEP)
{
    const taps_i16 taps = load_taps(w);
    int32x4_t sum[D_TILE][2];
    EACH(i) sum[i][0] = vld1q_s32(bias), sum[i][1] = vld1q_s32(bias + 8);
    UNROLL for (int y = 0; y < 3; y++) UNROLL for (int x = 0; x < (M - 1) * STEP + 3; x++)
    {
        const int16x8_t v = vld1q_s16(row[y] + x * d->stride);
        UNROLL for (int t = 0; t < 3; t++)
        {
            const int i = (x - t) / STEP;
            if (x < t || (x - t) % STEP || i >= M) continue;
            const int16x8_t tap = taps.at[3 * y + t];
            sum[i][0] = vmlal_s16(sum[i][0], vget_low_s16(v), vget_low_s16(tap));
            sum[i][1] = vmlal_high_s16(sum[i][1], v, tap);
        }
    }
    EACH(i)
    {
        const int16x8_t both = vcombine_s16(vqshrn_n_s32(sum[i][0], NN_I16_TAP_BITS),
                                            vqshrn_n_s32(sum[i][1], NN_I16_TAP_BITS));
        vst1q_s16(out + i * d->out_stride, vmaxq_s16(both, vdupq_n_s16(0)));
    }
}

FORCE_INLINE void depthwise_pixels(const nn_depthwise_i16 *d, int at, const int M, const int STEP)
{
    const int16_t *row[3];
    for (int i = 0; i < 3; i++)
        row[i] = d->row[i] + at * STEP * d->stride;
    int16_t *out = d->out + at * d->out_stride;
    for (int c = 0; c < d->n; c += 8) {
        depthwise_block(d, row, d->weights + nn_i16_tap(c, 0), d->bias + nn_i16_bias(c), out + c, M,
                        STEP);
        row[0] += 8, row[1] += 8, row[2] += 8;
    }
}

DEPTHWISE_I16_PIXELS(1)
DEPTHWISE_I16_PIXELS(2)
DEPTHWISE_I16_PIXELS(3)
DEPTHWISE_I16_PIXELS(4)
DEPTHWISE_I16_PIXELS(5)
DEPTHWISE_I16_PIXELS(6)
DEPTHWISE_I16_PIXELS(7)
DEPTHWISE_I16_PIXELS(8)

static const depthwise_i16_fn depthwise_table[2][D_TILE + 1] = {
    {NULL, depthwise1_1, depthwise1_2, depthwise1_3, depthwise1_4, depthwise1_5, depthwise1_6,
     depthwise1_7, depthwise1_8},
    {NULL, depthwise2_1, depthwise2_2, depthwise2_3, depthwise2_4, depthwise2_5, depthwise2_6,
     depthwise2_7, depthwise2_8},
};

static void neon_i16_depthwise(const nn_depthwise_i16 *d)
{
    depthwise_i16_walk(d, depthwise_table[d->step - 1], D_TILE);
}

/* --- rows --------------------------------------------------------------------------------------
 */

static void neon_i16_blend(int16_t *out, const int16_t *a, const int16_t *b, int16_t wa, int16_t wb,
                           int m, int n, ptrdiff_t stride)
{
    for (int i = 0; i < m; i++, a += stride, b += stride, out += n)
        for (int c = 0; c < n; c += 8)
            vst1q_s16(out + c,
                      vaddq_s16(scaled(vld1q_s16(a + c), wa), scaled(vld1q_s16(b + c), wb)));
}

/* To the nearest, halves to even (FCVTNS); what is not below 2^31, NaN among it, to the least. */
FORCE_INLINE int16x4_t whole(float32x4_t x)
{
    const uint32x4_t fits = vcltq_f32(x, vdupq_n_f32(0x1p31f));
    return vqmovn_s32(vbslq_s32(fits, vcvtnq_s32_f32(x), vdupq_n_s32(INT32_MIN)));
}

static void neon_i16_quantise(int16_t *out, ptrdiff_t out_stride, const float *x,
                              ptrdiff_t x_stride, int m, int n, const float *equaliser,
                              float factor)
{
    for (int c = 0; c < n; c += 8) {
        const float32x4_t f0 = vmulq_n_f32(vld1q_f32(equaliser + c), factor),
                          f1 = vmulq_n_f32(vld1q_f32(equaliser + c + 4), factor);
        for (int i = 0; i < m; i++) {
            const float *at = x + i * x_stride + c;
            const int16x8_t q = vcombine_s16(whole(vmulq_f32(vld1q_f32(at), f0)),
                                             whole(vmulq_f32(vld1q_f32(at + 4), f1)));
            vst1q_s16(out + i * out_stride + c, vmaxq_s16(q, vdupq_n_s16(-NN_I16_INPUT)));
        }
    }
}

/* NaN is the largest: numbers that are not negative are in the order of their bits. */
FORCE_INLINE float32x4_t larger(float32x4_t a, float32x4_t b)
{
    return vreinterpretq_f32_u32(vmaxq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(b)));
}

static void neon_i16_measure(float squares[NN_I16_LANES], const float *x, ptrdiff_t x_stride, int m,
                             int n, const float *equaliser)
{
    for (int i = 0; i < m; i++, x += x_stride)
        for (int lane = 0; lane < NN_I16_LANES; lane += 4) {
            float32x4_t sum = vdupq_n_f32(0);
            for (int c = lane; c < n; c += NN_I16_LANES) {
                const float32x4_t v = vmulq_f32(vld1q_f32(x + c), vld1q_f32(equaliser + c));
                sum = vfmaq_f32(sum, v, v);
            }
            vst1q_f32(squares + lane, larger(vld1q_f32(squares + lane), sum));
        }
}

const nn_kernels_i16 nn_kernels_i16_neon = {
    "neon, 16 bits", neon_i16_gemm,     neon_i16_depthwise,
    neon_i16_blend,  neon_i16_quantise, neon_i16_measure,
};
