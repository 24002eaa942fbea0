/* media/pixel_rows_avx2.c - rows of pixels by AVX2. Where three interleaved numbers become others,
 * compilers find no vectors: those loops are written by hand.
 * SPDX-License-Identifier: Apache-2.0 */
#define NAME avx2
#define SHUFFLED
#include "media/pixel_rows_tmpl.h"

#include <immintrin.h>

#define READ 16 /* bytes of a load */
#define NONE (-1)

/* Two pixels a turn: their four taps' B, G and R side by side as pairs of 16 bits. */
static void cubic_along(const uint8_t *src, int bytes, const int *start, const int16_t *weights,
                        int from, int to, float *out)
{
    const __m256i first = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, NONE, 3, NONE, 1, NONE, 4, NONE, 2, NONE, 5, NONE, NONE, NONE, NONE, NONE));
    const __m256i last = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        6, NONE, 9, NONE, 7, NONE, 10, NONE, 8, NONE, 11, NONE, NONE, NONE, NONE, NONE));
    int x = from;
    /* A store reaches one number into the pixel behind, whose turn is next. */
    for (; x + 2 < to && 3 * start[x + 1] + READ <= bytes; x += 2) {
        __m256i taps = _mm256_loadu2_m128i((const __m128i *)(src + (ptrdiff_t)3 * start[x + 1]),
                                           (const __m128i *)(src + (ptrdiff_t)3 * start[x]));
        __m128i both = _mm_loadu_si128((const __m128i *)(weights + (ptrdiff_t)4 * x));
        __m256i w = _mm256_permute4x64_epi64(_mm256_castsi128_si256(both), 0x50);
        __m256i sum = _mm256_add_epi32(
            _mm256_madd_epi16(_mm256_shuffle_epi8(taps, first), _mm256_shuffle_epi32(w, 0x00)),
            _mm256_madd_epi16(_mm256_shuffle_epi8(taps, last), _mm256_shuffle_epi32(w, 0x55)));
        __m256 numbers = _mm256_cvtepi32_ps(sum);
        float *at = out + (ptrdiff_t)3 * x;
        _mm_storeu_ps(at, _mm256_castps256_ps128(numbers));
        _mm_storeu_ps(at + 3, _mm256_extractf128_ps(numbers, 1));
    }
    cubic_pixels(src, start, weights, x, to, out);
}

/* Eight pixels a turn; the second load reads four bytes behind them. */
static void to_planes(const uint8_t *row, int width, float *out, size_t plane)
{
    const __m256i of_first = _mm256_setr_epi32(0, 3, 6, 9, 0, 3, 6, 9);
    const __m256 most = _mm256_set1_ps(255.0f);
    int x = 0;
    for (; x + 10 <= width; x += 8) {
        const uint8_t *at = row + (ptrdiff_t)3 * x;
        __m256i pixels = _mm256_loadu2_m128i((const __m128i *)(at + 12), (const __m128i *)at);
        for (int c = 0; c < 3; c++) {
            /* 0x80: the upper bytes of each number are zeros */
            __m256i which = _mm256_or_si256(_mm256_add_epi32(of_first, _mm256_set1_epi32(c)),
                                            _mm256_set1_epi32((int)0x80808000));
            __m256 number = _mm256_cvtepi32_ps(_mm256_shuffle_epi8(pixels, which));
            _mm256_storeu_ps(out + (size_t)c * plane + (size_t)x, _mm256_div_ps(number, most));
        }
    }
    plane_numbers(row, x, width, out, plane);
}

static inline __m256i to_pixels8(const float *in)
{
    __m256 value = _mm256_mul_ps(_mm256_loadu_ps(in), _mm256_set1_ps(255.0f));
    value = _mm256_max_ps(value, _mm256_setzero_ps()); /* of NaN and 0: the second */
    value = _mm256_min_ps(value, _mm256_set1_ps(255.0f));
    return _mm256_cvttps_epi32(value);
}

/* Eight pixels a turn; the second store reaches four bytes behind them, whose turn is next. */
static void to_pixels(const float *in, size_t plane, int width, uint8_t *row)
{
    const __m256i close = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, NONE, NONE, NONE, NONE));
    int x = 0;
    for (; x + 10 <= width; x += 8) {
        __m256i b = to_pixels8(in + x), g = to_pixels8(in + plane + (size_t)x);
        __m256i r = to_pixels8(in + 2 * plane + (size_t)x);
        __m256i pixels =
            _mm256_or_si256(b, _mm256_or_si256(_mm256_slli_epi32(g, 8), _mm256_slli_epi32(r, 16)));
        pixels = _mm256_shuffle_epi8(pixels, close);
        uint8_t *at = row + (ptrdiff_t)3 * x;
        _mm_storeu_si128((__m128i *)at, _mm256_castsi256_si128(pixels));
        _mm_storeu_si128((__m128i *)(at + 12), _mm256_extracti128_si256(pixels, 1));
    }
    pixel_numbers(in, plane, x, width, row);
}

/* Two 16-bit numbers of weights, side by side as a product takes them. */
static inline __m256i weight_pair(int16_t low, int16_t high)
{
    return _mm256_set1_epi32((int)((uint32_t)(uint16_t)high << 16 | (uint16_t)low));
}

/* Luma of eight pixels, in 32 bits; reads four bytes behind them. */
static inline __m256i luma8(const uint8_t *at, __m256i of_bg, __m256i of_r)
{
    const __m256i bg = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, NONE, 1, NONE, 3, NONE, 4, NONE, 6, NONE, 7, NONE, 9, NONE, 10, NONE));
    const __m256i r = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        2, NONE, NONE, NONE, 5, NONE, NONE, NONE, 8, NONE, NONE, NONE, 11, NONE, NONE, NONE));
    __m256i pixels = _mm256_loadu2_m128i((const __m128i *)(at + 12), (const __m128i *)at);
    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(pixels, bg), of_bg),
                                   _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, r), of_r));
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(LUMA_BIAS)), 15);
}

#define LUMA_TURN 32  /* pixels of a turn, */
#define LUMA_READ 34  /* and of what it reads */
#define CHROMA_TURN 8 /* samples */

/* The last turn goes over some pixels again. */
static void to_luma(const uint8_t *row, int width, const pixel_yuv *m, uint8_t *luma)
{
    const __m256i of_bg = weight_pair(m->y[0], m->y[1]), of_r = weight_pair(m->y[2], 0);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    int end = width - LUMA_READ, done = 0;
    for (int x = 0; x <= end; x = x < end && x + LUMA_TURN > end ? end : x + LUMA_TURN) {
        const uint8_t *at = row + (ptrdiff_t)3 * x;
        __m256i first = _mm256_packs_epi32(luma8(at, of_bg, of_r), luma8(at + 24, of_bg, of_r));
        __m256i last = _mm256_packs_epi32(luma8(at + 48, of_bg, of_r), luma8(at + 72, of_bg, of_r));
        __m256i all = _mm256_packus_epi16(first, last);
        _mm256_storeu_si256((__m256i *)(luma + x), _mm256_permutevar8x32_epi32(all, order));
        done = x + LUMA_TURN;
    }
    luma_numbers(row, done, width, m, luma);
}

/* What the taps of four samples add up to, of a row from pixel 2 i - 1 on: B, G, R and 0 of each, of
 * weights that are 4. Reads one byte behind pixel 2 i + 7. */
static inline __m256i chroma_taps4(const uint8_t *at)
{
#define TAP(at)                                                                                    \
    _mm256_broadcastsi128_si256(_mm_setr_epi8((at), NONE, (at) + 1, NONE, (at) + 2, NONE, NONE,    \
                                              NONE, (at) + 6, NONE, (at) + 7, NONE, (at) + 8,      \
                                              NONE, NONE, NONE))
    __m256i pixels = _mm256_loadu2_m128i((const __m128i *)(at + 12), (const __m128i *)at);
    __m256i middle = _mm256_shuffle_epi8(pixels, TAP(3));
    __m256i sides =
        _mm256_add_epi16(_mm256_shuffle_epi8(pixels, TAP(0)), _mm256_shuffle_epi8(pixels, TAP(6)));
#undef TAP
    return _mm256_add_epi16(sides, _mm256_add_epi16(middle, middle));
}

/* In each half two samples of U, then the two of V. */
static inline __m256i chroma4(const uint8_t *upper, const uint8_t *lower, __m256i of_u,
                              __m256i of_v)
{
    __m256i taps = _mm256_add_epi16(chroma_taps4(upper), chroma_taps4(lower));
    __m256i sum = _mm256_hadd_epi32(_mm256_madd_epi16(taps, of_u), _mm256_madd_epi16(taps, of_v));
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(CHROMA_BIAS)), 18);
}

/* The first sample and the last by themselves; the last turn goes over some again. */
static void to_chroma(const uint8_t *upper, const uint8_t *lower, int width, const pixel_yuv *m,
                      uint8_t *u, uint8_t *v)
{
    const __m256i of_u =
        _mm256_set1_epi64x((int64_t)((uint64_t)(uint16_t)m->u[2] << 32 |
                                     (uint64_t)(uint16_t)m->u[1] << 16 | (uint16_t)m->u[0]));
    const __m256i of_v =
        _mm256_set1_epi64x((int64_t)((uint64_t)(uint16_t)m->v[2] << 32 |
                                     (uint64_t)(uint16_t)m->v[1] << 16 | (uint16_t)m->v[0]));
    int count = width / 2, end = count - 1 - CHROMA_TURN, done = count < 1 ? count : 1;
    chroma_numbers(upper, lower, 0, done, m, u, v);
    for (int i = 1; i <= end; i = i < end && i + CHROMA_TURN > end ? end : i + CHROMA_TURN) {
        ptrdiff_t at = (ptrdiff_t)3 * (2 * i - 1);
        __m256i both = _mm256_packs_epi32(chroma4(upper + at, lower + at, of_u, of_v),
                                          chroma4(upper + at + 24, lower + at + 24, of_u, of_v));
        both = _mm256_packus_epi16(both, both);
        __m128i all =
            _mm_unpacklo_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
        all = _mm_shuffle_epi32(all, 0xd8);
        _mm_storel_epi64((__m128i *)(u + i), all);
        _mm_storel_epi64((__m128i *)(v + i), _mm_unpackhi_epi64(all, all));
        done = i + CHROMA_TURN;
    }
    chroma_numbers(upper, lower, done, count, m, u, v);
}
