/* engine/cpu/x86/avx512vnni_i16.c - the 16-bit kernels for AVX-512 with VNNI; compiled with
 * -mavx512vnni and its like.
 *
 * A vector of sums is a whole panel, so that two panels are multiplied at once. Products of a pair
 * are added in one instruction (VPDPWSSD).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/gemm_i16.h"

#include <immintrin.h>
#include <string.h>

#define TILE 12    /* pixels: 24 of 32 registers hold sums, 2 weights, 1 a pair of the pixel */
#define D_TILE 12  /* pixels of the depthwise convolution at once */
#define NARROW 8   /* channels, half of a panel */
#define AT_HAND 64 /* vectors of its weights that are arranged beforehand: of 256 channels */

/* PANELS panels of channels, side by side: the lower half of the register alone, or all of it. */
FORCE_INLINE __m512i load(const int16_t *p, const int PANELS)
{
    if (PANELS > 1) return _mm512_loadu_si512(p);
    return _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)p));
}

FORCE_INLINE void store(int16_t *p, __m512i v, const int PANELS)
{
    if (PANELS > 1)
        _mm512_storeu_si512(p, v);
    else
        _mm256_storeu_si256((__m256i *)p, _mm512_castsi512_si256(v));
}

FORCE_INLINE __m512i pair_at(const int16_t *p)
{
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    return _mm512_set1_epi32(pair);
}

/* acc += the products of a pair, as the instruction itself: through the intrinsic the compiler
 * copies the sums from register to register (54 in place of 115 billion products a second). */
FORCE_INLINE void add_products(__m512i *acc, __m512i b, __m512i pair)
{
    __asm__("vpdpwssd %2, %1, %0" : "+v"(*acc) : "v"(b), "v"(pair));
}

/* The same where a pair is wanted but once: broadcast on its way from memory. */
FORCE_INLINE void add_products_at(__m512i *acc, __m512i b, const int16_t *pair)
{
    __asm__("vpdpwssd %2%{1to16%}, %1, %0"
            : "+v"(*acc)
            : "v"(b), "m"(*(const int16_t(*)[2])(const void *)pair));
}

/* Where, among the words of the sums of two panels, the upper half of each channel's sum lies: a
 * panel has its even channels first (nn_i16_packed_index). */
#define UPPER(channel)                                                                             \
    (short)((channel) / 16 * 32 + ((channel) % 2 * 8 + (channel) % 16 / 2) * 2 + 1)
#define UPPER8(c)                                                                                  \
    UPPER((c) + 7), UPPER((c) + 6), UPPER((c) + 5), UPPER((c) + 4), UPPER((c) + 3),                \
        UPPER((c) + 2), UPPER((c) + 1), UPPER(c)

FORCE_INLINE __m512i upper_halves(const __m512i acc[2], const int PANELS)
{
    const __m512i at = _mm512_set_epi16(UPPER8(24), UPPER8(16), UPPER8(8), UPPER8(0));
    return _mm512_permutex2var_epi16(acc[0], at, acc[PANELS - 1]);
}

/* What is interpolated for pixel i of a tile. */
FORCE_INLINE __m512i interpolated(const nn_gemm_i16 *g, const gemm_i16_cursor *p, int i,
                                  const int PANELS)
{
    const nn_tap_i16 *tap = &p->tap[i];
    return _mm512_add_epi16(_mm512_mulhrs_epi16(load(p->low + tap->at[0] * g->low_stride, PANELS),
                                                pair_at(tap->weight[0])),
                            _mm512_mulhrs_epi16(load(p->low + tap->at[1] * g->low_stride, PANELS),
                                                pair_at(tap->weight[1])));
}

/* v: the upper halves of the sums. */
FORCE_INLINE void finish_halves(const nn_gemm_i16 *g, const gemm_i16_cursor *p, __m512i v[TILE],
                                const int M, const int PANELS)
{
    if (g->scales) {
        const __m512i factor = _mm512_set1_epi16(g->factor);
        EACH(i) v[i] = _mm512_mulhrs_epi16(v[i], factor);
    }
    if (p->ready) {
        const __m512i factor = _mm512_set1_epi16(g->ready_factor);
        EACH(i)
        {
            const __m512i ready = load(p->ready + i * g->ready_stride, PANELS);
            v[i] = _mm512_add_epi16(v[i], _mm512_mulhrs_epi16(ready, factor));
        }
    }
    if (p->tap) EACH(i) v[i] = _mm512_add_epi16(v[i], interpolated(g, p, i, PANELS));
    if (g->relu) EACH(i) v[i] = _mm512_max_epi16(v[i], _mm512_setzero_si512());
    EACH(i) store(p->c + i * g->c_stride, v[i], PANELS);
}

FORCE_INLINE void finish_floats(const nn_gemm_i16 *g, const gemm_i16_cursor *p,
                                __m512i acc[TILE][2], const int M, const int PANELS)
{
    UNROLL for (int v = 0; v < PANELS; v++)
    {
        const __m512 scale = _mm512_loadu_ps(p->scale + 16 * v);
        const __m512 bias = _mm512_loadu_ps(p->bias + 16 * v);
        __m512 x[TILE];
        EACH(i) x[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc[i][v]), scale, bias);
        if (p->residual) EACH(i)
        x[i] = _mm512_add_ps(x[i], _mm512_loadu_ps(p->residual + i * g->residual_stride + 16 * v));
        if (g->relu) EACH(i) x[i] = _mm512_max_ps(_mm512_setzero_ps(), x[i]);
        EACH(i) _mm512_storeu_ps(p->f + i * g->f_stride + 16 * v, x[i]);
    }
}

FORCE_INLINE void tile(const nn_gemm_i16 *g, gemm_i16_cursor *place, int tiles, const int M,
                       const int PANELS, const bool HALVES)
{
    gemm_i16_cursor p = *place;
    const ptrdiff_t panel = (ptrdiff_t)nn_i16_packed(g->pairs, NN_I16_LANES);
    for (; tiles > 0; tiles--) {
        __m512i acc[TILE][2];
        const int16_t *b = p.b, *a[TILE];
        EACH(i) a[i] = p.a + i * g->a_stride;
        EACH(i)
        {
            acc[i][0] = _mm512_loadu_si512(p.start);
            if (PANELS > 1) acc[i][1] = _mm512_loadu_si512(p.start + 16);
        }
        for (ptrdiff_t k = 0, end = 2 * (ptrdiff_t)g->pairs; k < end;) {
            gemm_i16_prefetch(&p);
            for (ptrdiff_t stop = end - k > p.every ? k + p.every : end; k < stop;
                 k += 2, b += 32) {
                const __m512i b0 = _mm512_loadu_si512(b),
                              b1 = PANELS > 1 ? _mm512_loadu_si512(b + panel) : b0;
                EACH(i)
                {
                    if (PANELS == 1) {
                        add_products_at(&acc[i][0], b0, a[i] + k);
                        continue;
                    }
                    const __m512i pair = pair_at(a[i] + k);
                    add_products(&acc[i][0], b0, pair);
                    add_products(&acc[i][1], b1, pair);
                }
            }
        }
        if (HALVES) {
            __m512i v[TILE];
            EACH(i) v[i] = upper_halves(acc[i], PANELS);
            finish_halves(g, &p, v, M, PANELS);
        } else
            finish_floats(g, &p, acc, M, PANELS);
        gemm_i16_next(g, &p, M, HALVES);
    }
    *place = p;
}

/* Pairs k and, if there are TWO, k + 1 of the first eight channels of a panel, side by side: of their
 * sums each has two lanes, so that four channels of a pixel are broadcast at once, and no lane is
 * idle. */
FORCE_INLINE __m512i narrow_weights(const int16_t *b, ptrdiff_t k, const bool TWO)
{
    b += 16 * k;
    const __m512i w = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)b));
    if (!TWO) return w;
    return _mm512_or_si512(
        w, _mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(b + 32))),
                             32));
}

FORCE_INLINE void add_narrow(const nn_gemm_i16 *g, const gemm_i16_cursor *p, __m512i acc[TILE],
                             ptrdiff_t k, __m512i w, const int M, const bool TWO)
{
    EACH(i)
    {
        const int16_t *a = p->a + i * g->a_stride + k;
        int64_t four;
        if (TWO) memcpy(&four, a, sizeof four);
        add_products(&acc[i], w, TWO ? _mm512_set1_epi64(four) : pair_at(a));
    }
}

/* The sums of eight channels of one pixel and of another. */
FORCE_INLINE __m512i narrow_sums(__m512i one, __m512i other)
{
    const __m512i even =
        _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i odd = _mm512_or_si512(even, _mm512_set1_epi32(1));
    return _mm512_add_epi32(_mm512_permutex2var_epi32(one, even, other),
                            _mm512_permutex2var_epi32(one, odd, other));
}

/* Eight numbers of one pixel and as many of another. */
FORCE_INLINE __m512 load_two(const float *one, const float *other)
{
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(one)), _mm256_loadu_ps(other),
                              1);
}

/* Two pixels' sums to floats; `last`: of the first alone. */
FORCE_INLINE void finish_narrow(const nn_gemm_i16 *g, const gemm_i16_cursor *p, __m512i sums,
                                __m512 scale, __m512 bias, int i, const bool LAST)
{
    const ptrdiff_t other = LAST ? 0 : 1;
    __m512 x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), scale, bias);
    if (p->residual) {
        const float *residual = p->residual + i * g->residual_stride;
        x = _mm512_add_ps(x, load_two(residual, residual + other * g->residual_stride));
    }
    if (g->relu) x = _mm512_max_ps(_mm512_setzero_ps(), x);
    float *f = p->f + i * g->f_stride;
    _mm256_storeu_ps(f, _mm512_castps512_ps256(x));
    if (!LAST) _mm256_storeu_ps(f + g->f_stride, _mm512_extractf32x8_ps(x, 1));
}

/* Eight channels more, whose sums are zeros. */
FORCE_INLINE void finish_padding(const nn_gemm_i16 *g, const gemm_i16_cursor *p, const int M)
{
    const __m256 none = _mm256_fmadd_ps(_mm256_setzero_ps(), _mm256_loadu_ps(p->scale + NARROW),
                                        _mm256_loadu_ps(p->bias + NARROW));
    EACH(i)
    {
        __m256 x = none;
        if (p->residual)
            x = _mm256_add_ps(x, _mm256_loadu_ps(p->residual + i * g->residual_stride + NARROW));
        if (g->relu) x = _mm256_max_ps(_mm256_setzero_ps(), x);
        _mm256_storeu_ps(p->f + i * g->f_stride + NARROW, x);
    }
}

/* Eight channels to floats, and eight more whose weights are zeros where the panel has them. */
FORCE_INLINE void narrow_tile(const nn_gemm_i16 *g, gemm_i16_cursor *place, int tiles, const int M,
                              const bool PADDED)
{
    gemm_i16_cursor p = *place;
    const __m512 scale = _mm512_broadcast_f32x8(_mm256_loadu_ps(p.scale)),
                 bias = _mm512_broadcast_f32x8(_mm256_loadu_ps(p.bias));
    const __m512i start = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)p.start));
    const ptrdiff_t end = 2 * (ptrdiff_t)g->pairs, whole = end - end % 4;
    const ptrdiff_t at_hand = whole < 4 * AT_HAND ? whole : 4 * AT_HAND;
    __m512i weights[AT_HAND];
    for (ptrdiff_t k = 0; k < at_hand; k += 4)
        weights[k / 4] = narrow_weights(p.b, k, true);
    for (; tiles > 0; tiles--) {
        __m512i acc[TILE];
        EACH(i) acc[i] = start;
        for (ptrdiff_t k = 0; k < whole;) {
            gemm_i16_prefetch(&p);
            for (ptrdiff_t stop = whole - k > p.every ? k + p.every : whole; k < stop; k += 4)
                add_narrow(g, &p, acc, k,
                           k < at_hand ? weights[k / 4] : narrow_weights(p.b, k, true), M, true);
        }
        if (whole < end) add_narrow(g, &p, acc, whole, narrow_weights(p.b, whole, false), M, false);
        UNROLL for (int i = 0; i + 1 < M; i += 2)
            finish_narrow(g, &p, narrow_sums(acc[i], acc[i + 1]), scale, bias, i, false);
        if (M % 2)
            finish_narrow(g, &p, narrow_sums(acc[M - 1], acc[M - 1]), scale, bias, M - 1, true);
        if (PADDED) finish_padding(g, &p, M);
        gemm_i16_next(g, &p, M, false);
    }
    *place = p;
}

#define ANY_TILE(NAME, M, CALL)                                                                    \
    static __attribute__((noinline)) void NAME##M(const nn_gemm_i16 *g, gemm_i16_cursor *p,        \
                                                  int tiles)                                       \
    {                                                                                              \
        CALL;                                                                                      \
    }
#define TILES_OF(M)                                                                                \
    ANY_TILE(halves, M, tile(g, p, tiles, M, 1, true))                                             \
    ANY_TILE(wide_halves, M, tile(g, p, tiles, M, 2, true))                                        \
    ANY_TILE(floats, M, tile(g, p, tiles, M, 1, false))                                            \
    ANY_TILE(wide_floats, M, tile(g, p, tiles, M, 2, false))                                       \
    ANY_TILE(narrow, M, narrow_tile(g, p, tiles, M, false))                                        \
    ANY_TILE(padded, M, narrow_tile(g, p, tiles, M, true))
TILES_OF(1)
TILES_OF(2)
TILES_OF(3)
TILES_OF(4)
TILES_OF(5)
TILES_OF(6)
TILES_OF(7)
TILES_OF(8)
TILES_OF(9)
TILES_OF(10)
TILES_OF(11)
TILES_OF(12)

#define TABLE_OF(NAME, CHANNELS)                                                                   \
    static const gemm_i16_tile_fn NAME##_of[] = {NULL,     NAME##1,  NAME##2, NAME##3, NAME##4,    \
                                                 NAME##5,  NAME##6,  NAME##7, NAME##8, NAME##9,    \
                                                 NAME##10, NAME##11, NAME##12};                    \
    static const gemm_i16_tiles NAME##_tiles = {NAME##_of, TILE, CHANNELS};
TABLE_OF(halves, NN_I16_LANES)
TABLE_OF(wide_halves, 2 * NN_I16_LANES)
TABLE_OF(floats, NN_I16_LANES)
TABLE_OF(wide_floats, 2 * NN_I16_LANES)
TABLE_OF(narrow, NN_I16_LANES)
TABLE_OF(padded, NN_I16_LANES)

/* Sums so short that the weights of two panels stay in registers while pixels go by: nothing is
 * read of them again, and the pixels' own work overlaps. */
#define SHORT 8      /* pairs at most */
#define SHORT_TILE 4 /* pixels */

/* Of two panels the even and the odd channels. */
FORCE_INLINE void split_panels(const void *first, const void *second, __m512i split[2])
{
    const __m512i a = _mm512_loadu_si512(first), b = _mm512_loadu_si512(second);
    split[0] = _mm512_shuffle_i64x2(a, b, 0x44);
    split[1] = _mm512_shuffle_i64x2(a, b, 0xEE);
}

FORCE_INLINE void short_tile(const nn_gemm_i16 *g, gemm_i16_cursor *p, __m512i b[SHORT][2],
                             const __m512i start[2], const int M, const int PAIRS)
{
    __m512i acc[TILE][2], v[TILE];
    EACH(i)
    {
        acc[i][0] = start[0];
        acc[i][1] = start[1];
    }
    UNROLL for (int k = 0; k < PAIRS; k++) EACH(i)
    {
        const __m512i pair = pair_at(p->a + i * g->a_stride + 2 * k);
        add_products(&acc[i][0], b[k][0], pair);
        add_products(&acc[i][1], b[k][1], pair);
    }
    EACH(i)
    v[i] = _mm512_mask_blend_epi16(0xAAAAAAAA, _mm512_srli_epi32(acc[i][0], 16), acc[i][1]);
    finish_halves(g, p, v, M, 2);
    gemm_i16_next(g, p, M, true);
}

FORCE_INLINE void short_row(const nn_gemm_i16 *g, gemm_i16_cursor *place, int pixels,
                            const int PAIRS)
{
    gemm_i16_cursor p = *place;
    __m512i b[SHORT][2], start[2];
    const int16_t *second = p.b + nn_i16_packed(PAIRS, NN_I16_LANES);
    split_panels(p.start, p.start + NN_I16_LANES, start);
    UNROLL for (int k = 0; k < PAIRS; k++) split_panels(p.b + 32 * k, second + 32 * k, b[k]);
    for (; pixels >= SHORT_TILE; pixels -= SHORT_TILE)
        short_tile(g, &p, b, start, SHORT_TILE, PAIRS);
    for (; pixels > 0; pixels--)
        short_tile(g, &p, b, start, 1, PAIRS);
    *place = p;
}

#define SHORT_OF(PAIRS)                                                                            \
    static __attribute__((noinline)) void short_row##PAIRS(const nn_gemm_i16 *g,                   \
                                                           gemm_i16_cursor *p, int pixels)         \
    {                                                                                              \
        short_row(g, p, pixels, PAIRS);                                                            \
    }                                                                                              \
    static const gemm_i16_tile_fn short##PAIRS##_of[] = {NULL, short_row##PAIRS};
SHORT_OF(1)
SHORT_OF(2)
SHORT_OF(3)
SHORT_OF(4)
SHORT_OF(5)
SHORT_OF(6)
SHORT_OF(7)
SHORT_OF(8)

/* By pairs; "tiles" of one pixel, any number of which is taken at once. */
static const gemm_i16_tiles short_tiles[] = {
    {NULL, 0, 0},
    {short1_of, 1, 2 * NN_I16_LANES},
    {short2_of, 1, 2 * NN_I16_LANES},
    {short3_of, 1, 2 * NN_I16_LANES},
    {short4_of, 1, 2 * NN_I16_LANES},
    {short5_of, 1, 2 * NN_I16_LANES},
    {short6_of, 1, 2 * NN_I16_LANES},
    {short7_of, 1, 2 * NN_I16_LANES},
    {short8_of, 1, 2 * NN_I16_LANES},
};

static const gemm_i16_tiles *choose_halves(const nn_gemm_i16 *g, int n)
{
    if (g->n - n < 2 * NN_I16_LANES) return &halves_tiles;
    return g->pairs > 0 && g->pairs <= SHORT ? &short_tiles[g->pairs] : &wide_halves_tiles;
}

static const gemm_i16_tiles *choose_tiles(const nn_gemm_i16 *g, int n)
{
    if (g->c) return choose_halves(g, n);
    int left = g->floats - n;
    if (left == NN_I16_LANES && g->weighed - n <= NN_I16_LANES / 2) return &padded_tiles;
    return left >= 2 * NN_I16_LANES ? &wide_floats_tiles
           : left >= NN_I16_LANES   ? &floats_tiles
                                    : &narrow_tiles;
}

static void avx512vnni_i16_gemm(const nn_gemm_i16 *g)
{
    gemm_i16_walk(g, choose_tiles);
}

/* Half of what each of PANELS vectors of channels has, `apart` from each other. */
FORCE_INLINE __m512i load_half(const void *p, size_t apart, const int PANELS)
{
    const char *at = p;
    const __m512i first = load((const void *)at, 1);
    if (PANELS == 1) return first;
    return _mm512_inserti64x4(first, _mm256_loadu_si256((const void *)(at + apart)), 1);
}

/* The pairs of taps of PANELS vectors of channels, and their biases. */
typedef struct taps10 {
    __m512i pair[NN_I16_TAPS / 2][2], bias[2];
} taps10;

FORCE_INLINE taps10 load_taps(const nn_depthwise_i16 *d, int c, const int PANELS)
{
    const int16_t *w = d->weights + NN_I16_TAPS * (ptrdiff_t)c;
    taps10 t;
    UNROLL for (int half = 0; half < 2; half++)
    {
        UNROLL for (int i = 0; i < NN_I16_TAPS / 2; i++) t.pair[i][half] = load_half(
            w + (2 * i + half) * NN_I16_LANES, NN_I16_TAPS * NN_I16_LANES * sizeof *w, PANELS);
        t.bias[half] = load_half(d->bias + c + 8 * half, NN_I16_LANES * sizeof *d->bias, PANELS);
    }
    return t;
}

/* A column of the three rows, interleaved: the upper two with each other, the lowest with that of
 * the next column. */
typedef struct column_i16 {
    __m512i upper[2], lowest[2];
} column_i16;

FORCE_INLINE column_i16 load_column(const int16_t *const row[3], ptrdiff_t at, ptrdiff_t next,
                                    const int PANELS)
{
    const __m512i a = load(row[0] + at, PANELS), b = load(row[1] + at, PANELS),
                  c = load(row[2] + at, PANELS), e = load(row[2] + next, PANELS);
    return (column_i16){{_mm512_unpacklo_epi16(a, b), _mm512_unpackhi_epi16(a, b)},
                        {_mm512_unpacklo_epi16(c, e), _mm512_unpackhi_epi16(c, e)}};
}

/* sum += the products of a column that is the t-th of the three of a pixel. */
FORCE_INLINE void add_column(__m512i sum[2], const column_i16 *x, const taps10 *w, const int t)
{
    UNROLL for (int half = 0; half < 2; half++)
    {
        add_products(&sum[half], x->upper[half], w->pair[t][half]);
        if (t == 0) add_products(&sum[half], x->lowest[half], w->pair[3][half]);
        if (t == 2) add_products(&sum[half], x->lowest[half], w->pair[4][half]);
    }
}

/* The upper bits of the sums, cut off. */
FORCE_INLINE __m512i cut_off(const __m512i sum[2])
{
    const __m512i both = _mm512_packs_epi32(_mm512_srai_epi32(sum[0], NN_I16_TAP_BITS),
                                            _mm512_srai_epi32(sum[1], NN_I16_TAP_BITS));
    return _mm512_max_epi16(both, _mm512_setzero_si512());
}

/* M neighbouring output pixels of PANELS vectors of channels; a column is interleaved once for all
 * the pixels that see it. */
FORCE_INLINE void depthwise_block(const nn_depthwise_i16 *d, const int16_t *const row[3], int c,
                                  int16_t *out, const int M, const int STEP, const int PANELS)
{
    const int columns = (M - 1) * STEP + 3;
    const taps10 w = load_taps(d, c, PANELS);
    __m512i sum[D_TILE][2];
    _Pragma("GCC unroll 26") for (int x = 0; x < columns; x++)
    {
        const column_i16 at =
            load_column(row, c + x * d->stride, c + (x + (x + 1 < columns)) * d->stride, PANELS);
        UNROLL for (int t = 2; t >= 0; t--)
        {
            const int i = (x - t) / STEP;
            if (x < t || (x - t) % STEP || i >= M) continue;
            if (t == 0) sum[i][0] = w.bias[0], sum[i][1] = w.bias[1];
            add_column(sum[i], &at, &w, t);
            if (t == 2) store(out + c + i * d->out_stride, cut_off(sum[i]), PANELS);
        }
    }
}

/* Of the last vector of channels two neighbouring pixels fill a register. */
FORCE_INLINE __m512i load_twins(const int16_t *p, ptrdiff_t stride, const bool DENSE)
{
    if (DENSE) return _mm512_loadu_si512(p);
    return load_half(p, (size_t)stride * sizeof *p, 2);
}

FORCE_INLINE taps10 load_twin_taps(const nn_depthwise_i16 *d, int c)
{
    taps10 t = load_taps(d, c, 1);
    UNROLL for (int half = 0; half < 2; half++)
    {
        UNROLL for (int i = 0; i < NN_I16_TAPS / 2; i++) t.pair[i][half] =
            _mm512_broadcast_i64x4(_mm512_castsi512_si256(t.pair[i][half]));
        t.bias[half] = _mm512_broadcast_i64x4(_mm512_castsi512_si256(t.bias[half]));
    }
    return t;
}

/* Columns x and x + 1, one for each of the twins; the lowest two are wanted of even x alone. */
FORCE_INLINE column_i16 load_twin_column(const nn_depthwise_i16 *d, const int16_t *const row[3],
                                         ptrdiff_t at, const bool EVEN, const bool MORE,
                                         const bool DENSE)
{
    const __m512i a = load_twins(row[0] + at, d->stride, DENSE),
                  b = load_twins(row[1] + at, d->stride, DENSE);
    column_i16 x = {{_mm512_unpacklo_epi16(a, b), _mm512_unpackhi_epi16(a, b)}, {a, b}};
    if (!EVEN) return x;
    const __m512i c = load_twins(row[2] + at, d->stride, DENSE),
                  e = MORE ? load_twins(row[2] + at + d->stride, d->stride, DENSE) : c;
    x.lowest[0] = _mm512_unpacklo_epi16(c, e);
    x.lowest[1] = _mm512_unpackhi_epi16(c, e);
    return x;
}

FORCE_INLINE void store_twins(int16_t *out, ptrdiff_t stride, __m512i v)
{
    _mm256_storeu_si256((__m256i *)out, _mm512_castsi512_si256(v));
    _mm256_storeu_si256((__m256i *)(out + stride), _mm512_extracti64x4_epi64(v, 1));
}

/* M output pixels, an even number, of the last vector of channels, stride 1. */
FORCE_INLINE void depthwise_twins(const nn_depthwise_i16 *d, const int16_t *const row[3], int c,
                                  int16_t *out, const int M, const bool DENSE)
{
    const taps10 w = load_twin_taps(d, c);
    __m512i sum[D_TILE / 2][2];
    _Pragma("GCC unroll 26") for (int x = 0; x <= M; x++)
    {
        const column_i16 at = load_twin_column(d, row, c + x * d->stride, x % 2 == 0, x < M, DENSE);
        if (x % 2) {
            add_column(sum[x / 2], &at, &w, 1);
            continue;
        }
        if (x >= 2) {
            add_column(sum[x / 2 - 1], &at, &w, 2);
            store_twins(out + c + (x - 2) * d->out_stride, d->out_stride, cut_off(sum[x / 2 - 1]));
        }
        if (x == M) break;
        sum[x / 2][0] = w.bias[0], sum[x / 2][1] = w.bias[1];
        add_column(sum[x / 2], &at, &w, 0);
    }
}

/* The last vector of channels. */
FORCE_INLINE void depthwise_last(const nn_depthwise_i16 *d, const int16_t *const row[3], int c,
                                 int16_t *out, const int M, const int STEP)
{
    const int twins = STEP == 1 ? M - M % 2 : 0;
    if (twins && d->stride == NN_I16_LANES)
        depthwise_twins(d, row, c, out, twins, true);
    else if (twins)
        depthwise_twins(d, row, c, out, twins, false);
    if (twins == M) return;
    const int16_t *rest[3];
    for (int i = 0; i < 3; i++)
        rest[i] = row[i] + twins * d->stride;
    depthwise_block(d, rest, c, out + twins * d->out_stride, M - twins, STEP, 1);
}

FORCE_INLINE void depthwise_pixels(const nn_depthwise_i16 *d, int at, const int M, const int STEP)
{
    const int16_t *row[3];
    for (int i = 0; i < 3; i++)
        row[i] = d->row[i] + at * STEP * d->stride;
    int16_t *out = d->out + at * d->out_stride;
    int c = 0;
    for (; c + 2 * NN_I16_LANES <= d->n; c += 2 * NN_I16_LANES)
        depthwise_block(d, row, c, out, M, STEP, 2);
    if (c < d->n) depthwise_last(d, row, c, out, M, STEP);
}

DEPTHWISE_I16_PIXELS(1)
DEPTHWISE_I16_PIXELS(2)
DEPTHWISE_I16_PIXELS(3)
DEPTHWISE_I16_PIXELS(4)
DEPTHWISE_I16_PIXELS(5)
DEPTHWISE_I16_PIXELS(6)
DEPTHWISE_I16_PIXELS(7)
DEPTHWISE_I16_PIXELS(8)
DEPTHWISE_I16_PIXELS(9)
DEPTHWISE_I16_PIXELS(10)
DEPTHWISE_I16_PIXELS(11)
DEPTHWISE_I16_PIXELS(12)

static const depthwise_i16_fn depthwise_i16_table[2][D_TILE + 1] = {
    {NULL, depthwise1_1, depthwise1_2, depthwise1_3, depthwise1_4, depthwise1_5, depthwise1_6,
     depthwise1_7, depthwise1_8, depthwise1_9, depthwise1_10, depthwise1_11, depthwise1_12},
    {NULL, depthwise2_1, depthwise2_2, depthwise2_3, depthwise2_4, depthwise2_5, depthwise2_6,
     depthwise2_7, depthwise2_8, depthwise2_9, depthwise2_10, depthwise2_11, depthwise2_12},
};

static void avx512vnni_i16_depthwise(const nn_depthwise_i16 *d)
{
    depthwise_i16_walk(d, depthwise_i16_table[d->step - 1], D_TILE);
}

FORCE_INLINE __m512i mix(const int16_t *a, const int16_t *b, __m512i wa, __m512i wb,
                         const int PANELS)
{
    return _mm512_add_epi16(_mm512_mulhrs_epi16(load(a, PANELS), wa),
                            _mm512_mulhrs_epi16(load(b, PANELS), wb));
}

FORCE_INLINE void mix_pixel(int16_t *out, const int16_t *a, const int16_t *b, __m512i wa,
                            __m512i wb, int n)
{
    int c = 0;
    for (; c + 2 * NN_I16_LANES <= n; c += 2 * NN_I16_LANES)
        store(out + c, mix(a + c, b + c, wa, wb, 2), 2);
    if (c < n) store(out + c, mix(a + c, b + c, wa, wb, 1), 1);
}

static void avx512vnni_i16_blend(int16_t *out, const int16_t *a, const int16_t *b, int16_t wa,
                                 int16_t wb, int m, int n, ptrdiff_t stride)
{
    const __m512i va = _mm512_set1_epi16(wa), vb = _mm512_set1_epi16(wb);
    for (int i = 0; i < m; i++, a += stride, b += stride, out += n)
        mix_pixel(out, a, b, va, vb, n);
}

/* What 32 bits cannot hold, NaN among it, becomes -2^31, and like all below it -NN_I16_INPUT. */
FORCE_INLINE __m256i whole(__m512 x, __m512 factor)
{
    const __m256i q = _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(_mm512_mul_ps(x, factor)));
    return _mm256_max_epi16(q, _mm256_set1_epi16(-NN_I16_INPUT));
}

static void avx512vnni_i16_quantise(int16_t *out, ptrdiff_t out_stride, const float *x,
                                    ptrdiff_t x_stride, int m, int n, const float *equaliser,
                                    float factor)
{
    const __m512 f = _mm512_set1_ps(factor);
    int c = 0;
    for (; c + 16 <= n; c += 16) {
        const __m512 each = _mm512_mul_ps(_mm512_loadu_ps(equaliser + c), f);
        for (int i = 0; i < m; i++)
            _mm256_storeu_si256((__m256i *)(out + i * out_stride + c),
                                whole(_mm512_loadu_ps(x + i * x_stride + c), each));
    }
    if (c == n) return;
    const __m512 last = _mm512_mul_ps(_mm512_broadcast_f32x8(_mm256_loadu_ps(equaliser + c)), f);
    x += c, out += c;
    for (int i = 0; i < m; i += 2) { /* of an odd number the last one twice */
        const int other = i + 1 < m ? i + 1 : i;
        const __m256i q = whole(load_two(x + i * x_stride, x + other * x_stride), last);
        _mm_storeu_si128((__m128i *)(out + i * out_stride), _mm256_castsi256_si128(q));
        _mm_storeu_si128((__m128i *)(out + other * out_stride), _mm256_extracti128_si256(q, 1));
    }
}

/* sum += (x equaliser)^2 */
FORCE_INLINE __m512 add_square(__m512 sum, __m512 x, __m512 equaliser)
{
    const __m512 v = _mm512_mul_ps(x, equaliser);
    return _mm512_fmadd_ps(v, v, sum);
}

/* Pixels of eight channels, two at once; of an odd number the last one twice. */
static void measure_eight(float squares[NARROW], const float *x, ptrdiff_t x_stride, int m,
                          const float *equaliser)
{
    const __m512 each = _mm512_broadcast_f32x8(_mm256_loadu_ps(equaliser));
    __m512i most = _mm512_setzero_si512();
    for (int i = 0; i < m; i += 2) {
        const float *one = x + i * x_stride, *other = i + 1 < m ? one + x_stride : one;
        const __m512 sum = add_square(_mm512_setzero_ps(), load_two(one, other), each);
        most = _mm512_max_epu32(most, _mm512_castps_si512(sum));
    }
    const __m256i both =
        _mm256_max_epu32(_mm512_castsi512_si256(most), _mm512_extracti64x4_epi64(most, 1));
    _mm256_storeu_si256((__m256i *)squares,
                        _mm256_max_epu32(both, _mm256_loadu_si256((const __m256i *)squares)));
}

static void avx512vnni_i16_measure(float squares[NN_I16_LANES], const float *x, ptrdiff_t x_stride,
                                   int m, int n, const float *equaliser)
{
    if (n == NARROW) {
        measure_eight(squares, x, x_stride, m, equaliser);
        return;
    }
    /* Numbers that are not negative are in the order of their bits; NaN is the largest. */
    __m512i most = _mm512_loadu_si512(squares);
    for (int i = 0; i < m; i++, x += x_stride) {
        __m512 sum = _mm512_setzero_ps();
        int c = 0;
        for (; c + 16 <= n; c += 16)
            sum = add_square(sum, _mm512_loadu_ps(x + c), _mm512_loadu_ps(equaliser + c));
        if (c < n)
            sum = add_square(sum, _mm512_maskz_loadu_ps(0xff, x + c),
                             _mm512_maskz_loadu_ps(0xff, equaliser + c));
        most = _mm512_max_epu32(most, _mm512_castps_si512(sum));
    }
    _mm512_storeu_si512(squares, most);
}

const nn_kernels_i16 nn_kernels_i16_avx512vnni = {
    "avx512vnni, 16 bits", avx512vnni_i16_gemm,     avx512vnni_i16_depthwise,
    avx512vnni_i16_blend,  avx512vnni_i16_quantise, avx512vnni_i16_measure,
};
