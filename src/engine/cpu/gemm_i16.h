/* engine/cpu/gemm_i16.h - how the 16-bit kernels walk over panels, rows and tiles, and what
 * they fetch on the way; the tiles themselves are each instruction set's own.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_CPU_GEMM_I16_H
#define ENGINE_CPU_GEMM_I16_H

#include "engine/cpu/kernels_i16.h"

#define FORCE_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a name that is declared */
#define EACH(i) UNROLL for (int i = 0; i < M; i++)

#define TURN 32 /* pairs, of whose products some lines are fetched */

/* Where a tile begins. */
typedef struct gemm_i16_cursor {
    const int16_t *a, *b, *ready, *low;
    const nn_tap_i16 *tap;
    const int32_t *start;
    int16_t *c;
    float *f;
    const float *scale, *bias, *residual;
    const char *ahead; /* what will be read next; how many lines of it to fetch */
    int lines;
    ptrdiff_t every; /* each time so many channels have been multiplied */
} gemm_i16_cursor;

/* Tiles of M pixels, one after another; `p` moves on behind them. */
typedef void (*gemm_i16_tile_fn)(const nn_gemm_i16 *g, gemm_i16_cursor *p, int tiles);

/* The tiles of one kind of result: fn[M], 1 <= M <= max, against `channels` of B. */
typedef struct gemm_i16_tiles {
    const gemm_i16_tile_fn *fn;
    int max, channels;
} gemm_i16_tiles;

/* One row of pixels, cut into tiles of nearly equal size. */
static inline void gemm_i16_row(const nn_gemm_i16 *g, gemm_i16_cursor *p, const gemm_i16_tiles *t)
{
    int tiles = (g->m + t->max - 1) / t->max, small = g->m / tiles;
    int larger = g->m - small * tiles;
    if (larger) t->fn[small + 1](g, p, larger);
    t->fn[small](g, p, tiles - larger);
}

/* Spreads the fetching of `lines` during a tile over its products: many at once would have to wait
 * for each other. */
static inline void gemm_i16_spread(const nn_gemm_i16 *g, gemm_i16_cursor *p, int lines)
{
    int turns = (g->pairs + TURN - 1) / TURN;
    if (turns == 0) return;
    p->lines = (lines + turns - 1) / turns;
    p->every = 2 * TURN;
}

/* Spreads the fetching of the panels after these over the tiles. */
static inline void gemm_i16_prefetch_next(const nn_gemm_i16 *g, gemm_i16_cursor *p, int n,
                                          const gemm_i16_tiles *t)
{
    int tiles = (g->m + t->max - 1) / t->max * g->rows;
    int lines = g->pairs * t->channels / NN_I16_LANES;
    p->ahead = n + t->channels < g->n ? (const char *)(p->b + nn_i16_packed(g->pairs, t->channels))
                                      : (const char *)g->next;
    gemm_i16_spread(g, p, (lines + tiles - 1) / tiles);
}

/* Spreads the fetching of what is read soon over the tiles of all panels; those of channel n have
 * the share of their channels. */
static inline void gemm_i16_prefetch_later(const nn_gemm_i16 *g, gemm_i16_cursor *p, int n,
                                           const gemm_i16_tiles *t)
{
    int all = g->c ? g->n : g->floats, here = all - n < t->channels ? all - n : t->channels;
    int tiles = (g->m + t->max - 1) / t->max * g->rows;
    p->ahead = (const char *)g->prefetch + (int64_t)g->prefetch_lines * n / all * 64;
    gemm_i16_spread(g, p, (int)(((int64_t)g->prefetch_lines * here / all + tiles - 1) / tiles));
}

FORCE_INLINE void gemm_i16_prefetch(gemm_i16_cursor *p)
{
    for (int i = 0; i < p->lines; i++, p->ahead += 64)
        __builtin_prefetch(p->ahead, 0, 2);
}

/* On to the pixels behind a tile of M. */
FORCE_INLINE void gemm_i16_next(const nn_gemm_i16 *g, gemm_i16_cursor *p, const int M,
                                const bool HALVES)
{
    p->a += M * g->a_stride;
    if (HALVES) {
        p->c += M * g->c_stride;
        if (p->ready) p->ready += M * g->ready_stride;
        if (p->tap) p->tap += M;
    } else {
        p->f += M * g->f_stride;
        if (p->residual) p->residual += M * g->residual_stride;
    }
}

/* All of it; `choose`: the tiles for the channels from n on. */
static inline void gemm_i16_walk(const nn_gemm_i16 *g,
                                 const gemm_i16_tiles *(*choose)(const nn_gemm_i16 *g, int n))
{
    const gemm_i16_tiles *t;
    for (int n = 0; n < (g->c ? g->n : g->floats); n += t->channels) {
        t = choose(g, n);
        gemm_i16_cursor p = {.every = 2 * (ptrdiff_t)g->pairs,
                             .b = g->b + nn_i16_packed(g->pairs, n),
                             .start = g->start + n};
        if (g->f) {
            p.scale = g->scale + n;
            p.bias = g->bias + n;
        }
        if (g->next)
            gemm_i16_prefetch_next(g, &p, n, t);
        else if (g->prefetch)
            gemm_i16_prefetch_later(g, &p, n, t);
        for (int r = 0; r < g->rows; r++) {
            p.a = g->a + r * g->a_row;
            p.c = g->c ? g->c + r * g->c_row + n : NULL;
            p.f = g->f ? g->f + r * g->f_row + n : NULL;
            p.ready = g->ready ? g->ready + r * g->ready_row + n : NULL;
            p.tap = g->tap;
            p.low = g->tap ? g->low + r * g->low_row + n : NULL;
            p.residual = g->residual ? g->residual + r * g->residual_row + n : NULL;
            gemm_i16_row(g, &p, t);
        }
    }
}

/* M neighbouring pixels of a depthwise row from `at` on. */
typedef void (*depthwise_i16_fn)(const nn_depthwise_i16 *d, int at);

/* An instance of depthwise_pixels(d, at, M, step) for each step. */
#define DEPTHWISE_I16_PIXELS(M)                                                                    \
    static void depthwise1_##M(const nn_depthwise_i16 *d, int at)                                  \
    {                                                                                              \
        depthwise_pixels(d, at, M, 1);                                                             \
    }                                                                                              \
    static void depthwise2_##M(const nn_depthwise_i16 *d, int at)                                  \
    {                                                                                              \
        depthwise_pixels(d, at, M, 2);                                                             \
    }

/* A row, cut into nearly equal tiles of at most `max` pixels: fn[M]. */
static inline void depthwise_i16_walk(const nn_depthwise_i16 *d, const depthwise_i16_fn *fn,
                                      int max)
{
    int left = d->m, tiles = (d->m + max - 1) / max;
    for (int at = 0; tiles > 0; tiles--) {
        int m = (left + tiles - 1) / tiles;
        fn[m](d, at);
        at += m;
        left -= m;
    }
}

#endif
