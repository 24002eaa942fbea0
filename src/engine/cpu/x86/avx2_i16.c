/* engine/cpu/x86/avx2_i16.c - the 16-bit kernels for AVX2; compiled with -mavx2 -mfma. avxvnni_i16.c
 * includes it once more.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/gemm_i16.h"

#include <immintrin.h>

#define TILE 6         /* pixels: 12 of 16 registers hold sums, 2 weights, 1 a pair of the pixel */
#define NARROW_TILE 12 /* where only the first vector of a panel is wanted */
#define D_TILE 8       /* pixels of the depthwise convolution at once */

FORCE_INLINE __m256i load(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

FORCE_INLINE void store(int16_t *p, __m256i v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}

#ifndef TABLE
#define TABLE nn_kernels_i16_avx2
#define TABLE_NAME "avx2, 16 bits"

/* acc += the products of a pair, as two instructions on one register: left to itself the compiler
 * begins so many products at once that the sums no longer fit into registers (50 in place of 80
 * billion products a second). */
FORCE_INLINE void add_products(__m256i *acc, __m256i a, __m256i b)
{
    __m256i products;
    __asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0"
            : "+x"(*acc), "=&x"(products)
            : "x"(a), "x"(b));
}

/* The same with weights from memory, which are wanted once: the processor takes the load and the
 * products for one. */
FORCE_INLINE void add_products_of(__m256i *acc, __m256i a, const int16_t *b)
{
    __m256i products;
    __asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0"
            : "+x"(*acc), "=&x"(products)
            : "x"(a), "m"(*(const __m256i_u *)(const void *)b));
}
#endif

FORCE_INLINE __m256i pair_at(const int16_t *p)
{
    return _mm256_castps_si256(_mm256_broadcast_ss((const float *)(const void *)p));
}

FORCE_INLINE void finish_halves(const nn_gemm_i16 *g, const gemm_i16_cursor *p,
                                __m256i acc[NARROW_TILE][2], const int M)
{
    __m256i v[TILE];
    EACH(i) v[i] = _mm256_blend_epi16(_mm256_srli_epi32(acc[i][0], 16), acc[i][1], 0xAA);
    if (g->scales) {
        const __m256i factor = _mm256_set1_epi16(g->factor);
        EACH(i) v[i] = _mm256_mulhrs_epi16(v[i], factor);
    }
    if (p->ready) {
        const __m256i factor = _mm256_set1_epi16(g->ready_factor);
        EACH(i)
        v[i] = _mm256_add_epi16(v[i],
                                _mm256_mulhrs_epi16(load(p->ready + i * g->ready_stride), factor));
    }
    /* interpolated beforehand */
    if (p->tap) EACH(i) v[i] = _mm256_add_epi16(v[i], load(p->c + i * g->c_stride));
    if (g->relu) EACH(i) v[i] = _mm256_max_epi16(v[i], _mm256_setzero_si256());
    EACH(i) store(p->c + i * g->c_stride, v[i]);
}

FORCE_INLINE void finish_vector(const nn_gemm_i16 *g, const gemm_i16_cursor *p,
                                __m256i acc[NARROW_TILE][2], const int M, const int V)
{
    const __m256 scale = _mm256_loadu_ps(p->scale + 8 * V), bias = _mm256_loadu_ps(p->bias + 8 * V);
    __m256 x[NARROW_TILE];
    EACH(i) x[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(acc[i][V]), scale, bias);
    if (p->residual) EACH(i)
    x[i] = _mm256_add_ps(x[i], _mm256_loadu_ps(p->residual + i * g->residual_stride + 8 * V));
    if (g->relu) EACH(i) x[i] = _mm256_max_ps(_mm256_setzero_ps(), x[i]);
    EACH(i) _mm256_storeu_ps(p->f + i * g->f_stride + 8 * V, x[i]);
}

FORCE_INLINE void finish_floats(const nn_gemm_i16 *g, const gemm_i16_cursor *p,
                                __m256i acc[NARROW_TILE][2], const int M, const int NV)
{
    finish_vector(g, p, acc, M, 0);
    if (NV > 1) finish_vector(g, p, acc, M, 1);
}

/* `tiles` tiles of M pixels, one after another; `place` moves on behind them. */
FORCE_INLINE void tile(const nn_gemm_i16 *g, gemm_i16_cursor *place, int tiles, const int M,
                       const int NV, const bool HALVES)
{
    gemm_i16_cursor p = *place;
    for (; tiles > 0; tiles--) {
        __m256i acc[NARROW_TILE][2];
        const int16_t *b = p.b, *a[NARROW_TILE];
        EACH(i) a[i] = p.a + i * g->a_stride;
        EACH(i)
        {
            acc[i][0] = _mm256_loadu_si256((const __m256i *)p.start);
            if (NV > 1) acc[i][1] = _mm256_loadu_si256((const __m256i *)(p.start + 8));
        }
        for (ptrdiff_t k = 0, end = 2 * (ptrdiff_t)g->pairs; k < end;) {
            gemm_i16_prefetch(&p);
            for (ptrdiff_t stop = end - k > p.every ? k + p.every : end; k < stop;
                 k += 2, b += 32) {
                const __m256i b0 = load(b), b1 = NV > 1 ? load(b + 16) : b0;
                EACH(i)
                {
                    const __m256i pair = pair_at(a[i] + k);
                    add_products(&acc[i][0], pair, b0);
                    if (NV > 1) add_products(&acc[i][1], pair, b1);
                }
            }
        }
        if (HALVES)
            finish_halves(g, &p, acc, M);
        else
            finish_floats(g, &p, acc, M, NV);
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
#define SMALL_TILES(NAME, NV, HALVES)                                                              \
    GEMM_TILE(NAME, 1, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 2, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 3, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 4, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 5, NV, HALVES)                                                                 \
    GEMM_TILE(NAME, 6, NV, HALVES)
SMALL_TILES(halves, 2, true)
SMALL_TILES(floats, 2, false)
SMALL_TILES(narrow, 1, false)
GEMM_TILE(narrow, 7, 1, false)
GEMM_TILE(narrow, 8, 1, false)
GEMM_TILE(narrow, 9, 1, false)
GEMM_TILE(narrow, 10, 1, false)
GEMM_TILE(narrow, 11, 1, false)
GEMM_TILE(narrow, 12, 1, false)

static const gemm_i16_tile_fn halves_of[] = {NULL,    halves1, halves2, halves3,
                                             halves4, halves5, halves6};
static const gemm_i16_tile_fn floats_of[] = {NULL,    floats1, floats2, floats3,
                                             floats4, floats5, floats6};
static const gemm_i16_tile_fn narrow_of[] = {NULL,     narrow1,  narrow2, narrow3, narrow4,
                                             narrow5,  narrow6,  narrow7, narrow8, narrow9,
                                             narrow10, narrow11, narrow12};
static const gemm_i16_tiles halves_tiles = {halves_of, TILE, NN_I16_LANES},
                            floats_tiles = {floats_of, TILE, NN_I16_LANES},
                            narrow_tiles = {narrow_of, NARROW_TILE, NN_I16_LANES};

static const gemm_i16_tiles *choose_tiles(const nn_gemm_i16 *g, int n)
{
    if (g->c) return &halves_tiles;
    return n + 8 < g->floats ? &floats_tiles : &narrow_tiles;
}

/* A row of what is interpolated, into C: here taps are looked up once for all channels, which saves
 * more than writing it costs. */
static void interpolate(const nn_gemm_i16 *g, const int16_t *low, int16_t *c)
{
    for (int i = 0; i < g->m; i++, c += g->c_stride) {
        const nn_tap_i16 *tap = &g->tap[i];
        const int16_t *left = low + tap->at[0] * g->low_stride,
                      *right = low + tap->at[1] * g->low_stride;
        const __m256i wl = _mm256_set1_epi16(tap->weight[0][0]),
                      wr = _mm256_set1_epi16(tap->weight[1][0]);
        for (int n = 0; n < g->n; n += 16)
            store(c + n, _mm256_add_epi16(_mm256_mulhrs_epi16(load(left + n), wl),
                                          _mm256_mulhrs_epi16(load(right + n), wr)));
    }
}

static void avx2_i16_gemm(const nn_gemm_i16 *g)
{
    for (int r = 0; g->tap && r < g->rows; r++)
        interpolate(g, g->low + r * g->low_row, g->c + r * g->c_row);
    gemm_i16_walk(g, choose_tiles);
}

/* A column of the three rows, interleaved: the upper two with each other, the lowest with that of
 * the next column. */
typedef struct column_i16 {
    __m256i upper[2], lowest[2];
} column_i16;

FORCE_INLINE column_i16 load_column(const int16_t *const row[3], ptrdiff_t at, ptrdiff_t next)
{
    const __m256i a = load(row[0] + at), b = load(row[1] + at), c = load(row[2] + at),
                  d = load(row[2] + next);
    return (column_i16){{_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)},
                        {_mm256_unpacklo_epi16(c, d), _mm256_unpackhi_epi16(c, d)}};
}

/* sum += the products of a column that is the t-th of the three of a pixel. */
FORCE_INLINE void add_column(__m256i sum[2], const column_i16 *x, const int16_t *w, const int t)
{
    UNROLL for (int half = 0; half < 2; half++)
    {
        const int16_t *tap = w + half * NN_I16_LANES;
        add_products_of(&sum[half], x->upper[half], tap + 2 * t * NN_I16_LANES);
        if (t == 0) add_products_of(&sum[half], x->lowest[half], tap + 6 * NN_I16_LANES);
        if (t == 2) add_products_of(&sum[half], x->lowest[half], tap + 8 * NN_I16_LANES);
    }
}

FORCE_INLINE void finish_pixel(const __m256i sum[2], int16_t *out)
{
    const __m256i both = _mm256_packs_epi32(_mm256_srai_epi32(sum[0], NN_I16_TAP_BITS),
                                            _mm256_srai_epi32(sum[1], NN_I16_TAP_BITS));
    store(out, _mm256_max_epi16(both, _mm256_setzero_si256()));
}

/* M neighbouring output pixels of a vector of channels; a column is interleaved once for all the
 * pixels that see it. */
FORCE_INLINE void depthwise_block(const nn_depthwise_i16 *d, const int16_t *const row[3],
                                  const int16_t *w, const int32_t *bias, int16_t *out, const int M,
                                  const int STEP)
{
    const int columns = (M - 1) * STEP + 3;
    __m256i sum[D_TILE][2];
    UNROLL for (int x = 0; x < columns; x++)
    {
        const column_i16 at = load_column(row, x * d->stride, (x + (x + 1 < columns)) * d->stride);
        UNROLL for (int t = 2; t >= 0; t--)
        {
            const int i = (x - t) / STEP;
            if (x < t || (x - t) % STEP || i >= M) continue;
            if (t == 0) {
                sum[i][0] = _mm256_loadu_si256((const __m256i *)bias);
                sum[i][1] = _mm256_loadu_si256((const __m256i *)(bias + 8));
            }
            add_column(sum[i], &at, w, t);
            if (t == 2) finish_pixel(sum[i], out + i * d->out_stride);
        }
    }
}

FORCE_INLINE void depthwise_pixels(const nn_depthwise_i16 *d, int at, const int M, const int STEP)
{
    const int16_t *row[3];
    for (int i = 0; i < 3; i++)
        row[i] = d->row[i] + at * STEP * d->stride;
    int16_t *out = d->out + at * d->out_stride;
    for (int c = 0; c < d->n; c += 16) {
        depthwise_block(d, row, d->weights + NN_I16_TAPS * (ptrdiff_t)c, d->bias + c, out + c, M,
                        STEP);
        row[0] += 16, row[1] += 16, row[2] += 16;
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

static const depthwise_i16_fn depthwise_i16_table[2][D_TILE + 1] = {
    {NULL, depthwise1_1, depthwise1_2, depthwise1_3, depthwise1_4, depthwise1_5, depthwise1_6,
     depthwise1_7, depthwise1_8},
    {NULL, depthwise2_1, depthwise2_2, depthwise2_3, depthwise2_4, depthwise2_5, depthwise2_6,
     depthwise2_7, depthwise2_8},
};

static void avx2_i16_depthwise(const nn_depthwise_i16 *d)
{
    depthwise_i16_walk(d, depthwise_i16_table[d->step - 1], D_TILE);
}

static void avx2_i16_blend(int16_t *out, const int16_t *a, const int16_t *b, int16_t wa, int16_t wb,
                           int m, int n, ptrdiff_t stride)
{
    const __m256i va = _mm256_set1_epi16(wa), vb = _mm256_set1_epi16(wb);
    for (int i = 0; i < m; i++, a += stride, b += stride, out += n)
        for (int c = 0; c < n; c += 16)
            store(out + c, _mm256_add_epi16(_mm256_mulhrs_epi16(load(a + c), va),
                                            _mm256_mulhrs_epi16(load(b + c), vb)));
}

FORCE_INLINE __m256i whole(const float *x, __m256 factor)
{
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x), factor));
}

/* What 32 bits cannot hold, NaN among it, has become -2^31. */
static void avx2_i16_quantise(int16_t *out, ptrdiff_t out_stride, const float *x,
                              ptrdiff_t x_stride, int m, int n, const float *equaliser,
                              float factor)
{
    const __m256 f = _mm256_set1_ps(factor);
    const __m256i least = _mm256_set1_epi16(-NN_I16_INPUT);
    int c = 0;
    for (; c + 16 <= n; c += 16) {
        const __m256 f0 = _mm256_mul_ps(_mm256_loadu_ps(equaliser + c), f),
                     f1 = _mm256_mul_ps(_mm256_loadu_ps(equaliser + c + 8), f);
        for (int i = 0; i < m; i++) {
            const float *at = x + i * x_stride + c;
            const __m256i q = _mm256_permute4x64_epi64(
                _mm256_packs_epi32(whole(at, f0), whole(at + 8, f1)), 0xD8);
            store(out + i * out_stride + c, _mm256_max_epi16(q, least));
        }
    }
    if (c == n) return;
    const __m256 last = _mm256_mul_ps(_mm256_loadu_ps(equaliser + c), f);
    for (int i = 0; i < m; i++) {
        const __m256i q = whole(x + i * x_stride + c, last);
        const __m128i both =
            _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
        _mm_storeu_si128((__m128i *)(out + i * out_stride + c),
                         _mm_max_epi16(both, _mm256_castsi256_si128(least)));
    }
}

/* sum += (x equaliser)^2 */
FORCE_INLINE __m256 add_square(__m256 sum, const float *x, const float *equaliser)
{
    const __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x), _mm256_loadu_ps(equaliser));
    return _mm256_fmadd_ps(v, v, sum);
}

/* NaN is the largest: numbers that are not negative are in the order of their bits. */
FORCE_INLINE __m256 larger(__m256 a, __m256 b)
{
    return _mm256_castsi256_ps(_mm256_max_epu32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
}

static void avx2_i16_measure(float squares[NN_I16_LANES], const float *x, ptrdiff_t x_stride, int m,
                             int n, const float *equaliser)
{
    __m256 most[2] = {_mm256_loadu_ps(squares), _mm256_loadu_ps(squares + 8)};
    for (int i = 0; i < m; i++, x += x_stride) {
        __m256 sum[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
        int c = 0;
        for (; c + 16 <= n; c += 16)
            for (int half = 0; half < 2; half++)
                sum[half] = add_square(sum[half], x + c + 8 * half, equaliser + c + 8 * half);
        if (c < n) sum[0] = add_square(sum[0], x + c, equaliser + c);
        for (int half = 0; half < 2; half++)
            most[half] = larger(most[half], sum[half]);
    }
    _mm256_storeu_ps(squares, most[0]);
    _mm256_storeu_ps(squares + 8, most[1]);
}

const nn_kernels_i16 TABLE = {
    TABLE_NAME,     avx2_i16_gemm,     avx2_i16_depthwise,
    avx2_i16_blend, avx2_i16_quantise, avx2_i16_measure,
};
