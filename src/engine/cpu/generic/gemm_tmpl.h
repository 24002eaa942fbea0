/* engine/cpu/generic/gemm_tmpl.h - the matrix product behind every convolution but the depthwise ones.
 *
 * A tile is M pixels by NV vectors of channels, all of it in registers: per k, NV loads of B, M
 * broadcasts of A and M * NV multiply-adds. Panels are the outer loop, so that a panel of B stays
 * in L1 while the pixels pass by.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#define NARROW_TILE 12 /* pixels of the largest tile against a single vector of channels */
#define TURN 32        /* steps of a sum, during which some lines are fetched */

/* Where a tile begins. */
typedef struct gemm_place {
    const float *a, *b, *bias, *residual, *low, *slope;
    const nn_tap *tap;
    float *c;
    const char *ahead; /* what will be read next; how many lines of it to fetch */
    int lines, every;  /* each time so many steps of the sum are done */
} gemm_place;

#define EACH(i, v) UNROLL for (int i = 0; i < M; i++) UNROLL for (int v = 0; v < NV; v++)

/* Adds what the epilogue adds, activates and stores; one branch a tile for each thing. */
FORCE_INLINE void FN(finish)(const nn_gemm *g, const gemm_place *p, vec acc[NARROW_TILE][2],
                             const int M, const int NV)
{
    if (p->tap) {
        EACH(i, v)
        {
            const nn_tap *t = &p->tap[i];
            const float *left = p->low + t->at[0] * g->low_stride;
            const float *right = p->low + t->at[1] * g->low_stride;
            acc[i][v] += t->weight[0] * vec_load(left + v * LANES);
            acc[i][v] += t->weight[1] * vec_load(right + v * LANES);
        }
    }
    if (p->residual)
        EACH(i, v) acc[i][v] += vec_load(p->residual + i * g->residual_stride + v * LANES);
    if (g->activation.kind == NN_ACTIVATION_RELU)
        EACH(i, v) acc[i][v] = VEC_MAX((vec){0}, acc[i][v]);
    else if (g->activation.kind != NN_ACTIVATION_NONE)
        EACH(i, v) acc[i][v] = vec_activate(acc[i][v], &g->activation, p->slope + v * LANES);
    EACH(i, v) vec_store(p->c + i * g->c_stride + v * LANES, acc[i][v]);
}

FORCE_INLINE void FN(next_tile)(const nn_gemm *g, gemm_place *p, const int M)
{
    p->a += M * g->a_stride;
    p->c += M * g->c_stride;
    if (p->residual) p->residual += M * g->residual_stride;
    if (p->tap) p->tap += M;
}

/* `tiles` tiles of M pixels, one after another; `place` moves on behind them. */
FORCE_INLINE void FN(tile)(const nn_gemm *g, gemm_place *place, int tiles, const int M,
                           const int NV)
{
    gemm_place p = *place;
    const ptrdiff_t stride = g->a_stride, depth = g->k;
    const ptrdiff_t start_stride = p.bias ? 0 : g->c_stride;
    for (; tiles > 0; tiles--) {
        vec acc[NARROW_TILE][2];
        const float *b = p.b, *start = p.bias ? p.bias : p.c, *a[NARROW_TILE];
        UNROLL for (int i = 0; i < M; i++) a[i] = p.a + i * stride;
        EACH(i, v) acc[i][v] = vec_load(start + i * start_stride + v * LANES);
#define STEP_K                                                                                     \
    {                                                                                              \
        vec b0 = vec_load(b), b1 = NV > 1 ? vec_load(b + LANES) : b0;                              \
        UNROLL for (int i = 0; i < M; i++)                                                         \
        {                                                                                          \
            float s = a[i][k];                                                                     \
            acc[i][0] += s * b0;                                                                   \
            if (NV > 1) acc[i][1] += s * b1;                                                       \
        }                                                                                          \
        k++, b += NV * LANES;                                                                      \
    }
        ptrdiff_t k = 0, stop = depth < p.every ? depth : p.every;
        while (true) {
            while (k + 1 < stop) {
                STEP_K STEP_K
            }
            if (k < stop) STEP_K
            if (k == depth) break;
            for (int i = 0; i < p.lines; i++, p.ahead += 64)
                __builtin_prefetch(p.ahead, 0, 2);
            stop = depth - k > p.every ? k + p.every : depth;
        }
#undef STEP_K
        FN(finish)(g, &p, acc, M, NV);
        FN(next_tile)(g, &p, M);
    }
    *place = p;
}

#if LANES == 16
typedef float half __attribute__((vector_size(32)));
typedef float half_any __attribute__((vector_size(32), aligned(4), may_alias));

/* As `tile` with one vector, of which only the first half is wanted: half a register, and
 * twice the rate where a whole one takes two turns (Zen 4). */
FORCE_INLINE void FN(half_tile)(const nn_gemm *g, gemm_place *place, int tiles, const int M)
{
    gemm_place p = *place;
    const ptrdiff_t start_stride = p.bias ? 0 : g->c_stride;
    for (; tiles > 0; tiles--) {
        half sum[NARROW_TILE];
        vec acc[NARROW_TILE][2];
        const float *start = p.bias ? p.bias : p.c, *a[NARROW_TILE];
        UNROLL for (int i = 0; i < M; i++)
        {
            a[i] = p.a + i * g->a_stride;
            sum[i] = *(const half_any *)(start + i * start_stride);
        }
        for (ptrdiff_t k = 0; k < g->k; k++) {
            const half b = *(const half_any *)(p.b + k * LANES);
            UNROLL for (int i = 0; i < M; i++) sum[i] += a[i][k] * b;
        }
        UNROLL for (int i = 0; i < M; i++) acc[i][0] = __builtin_shufflevector(
            sum[i], (half){0}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        FN(finish)(g, &p, acc, M, 1);
        FN(next_tile)(g, &p, M);
    }
    *place = p;
}
#endif

typedef void (*tile_fn)(const nn_gemm *g, gemm_place *p, int tiles);

#define GEMM_TILE(M, NV)                                                                           \
    static __attribute__((noinline)) void FN(tile##NV##_##M)(const nn_gemm *g, gemm_place *p,      \
                                                             int tiles)                            \
    {                                                                                              \
        FN(tile)(g, p, tiles, M, NV);                                                              \
    }
GEMM_TILE(1, 1)
GEMM_TILE(2, 1)
GEMM_TILE(3, 1)
GEMM_TILE(4, 1)
GEMM_TILE(5, 1)
GEMM_TILE(6, 1)
GEMM_TILE(7, 1)
GEMM_TILE(8, 1)
GEMM_TILE(9, 1)
GEMM_TILE(10, 1)
GEMM_TILE(11, 1)
GEMM_TILE(12, 1)
GEMM_TILE(1, 2)
GEMM_TILE(2, 2)
GEMM_TILE(3, 2)
GEMM_TILE(4, 2)
GEMM_TILE(5, 2)
GEMM_TILE(6, 2)
#if TILE > 6
GEMM_TILE(7, 2)
GEMM_TILE(8, 2)
GEMM_TILE(9, 2)
GEMM_TILE(10, 2)
GEMM_TILE(11, 2)
GEMM_TILE(12, 2)
#endif

#if LANES == 16
#define HALF_TILE(M)                                                                               \
    static __attribute__((noinline)) void FN(half_##M)(const nn_gemm *g, gemm_place *p, int tiles) \
    {                                                                                              \
        FN(half_tile)(g, p, tiles, M);                                                             \
    }
HALF_TILE(1)
HALF_TILE(2)
HALF_TILE(3)
HALF_TILE(4)
HALF_TILE(5)
HALF_TILE(6)
HALF_TILE(7)
HALF_TILE(8)
HALF_TILE(9)
HALF_TILE(10)
HALF_TILE(11)
HALF_TILE(12)
#endif

/* By the vectors of channels: a half, one, two. */
static const tile_fn FN(tiles)[3][NARROW_TILE + 1] = {
#if LANES == 16
    {NULL, FN(half_1), FN(half_2), FN(half_3), FN(half_4), FN(half_5), FN(half_6), FN(half_7),
     FN(half_8), FN(half_9), FN(half_10), FN(half_11), FN(half_12)},
#else
    {NULL},
#endif
    {NULL, FN(tile1_1), FN(tile1_2), FN(tile1_3), FN(tile1_4), FN(tile1_5), FN(tile1_6),
     FN(tile1_7), FN(tile1_8), FN(tile1_9), FN(tile1_10), FN(tile1_11), FN(tile1_12)},
    {
        NULL,
        FN(tile2_1),
        FN(tile2_2),
        FN(tile2_3),
        FN(tile2_4),
        FN(tile2_5),
        FN(tile2_6),
#if TILE > 6
        FN(tile2_7),
        FN(tile2_8),
        FN(tile2_9),
        FN(tile2_10),
        FN(tile2_11),
        FN(tile2_12),
#endif
    },
};

/* One row of pixels against one panel; 0 vectors: half of one. The row is cut into tiles of nearly
 * equal size, first the larger ones: a short last tile would leave the multipliers waiting for too
 * few sums. */
static void FN(gemm_row)(const nn_gemm *g, gemm_place *start, int vectors)
{
    gemm_place p = *start;
    int most = vectors > 1 ? TILE : NARROW_TILE, tiles = (g->m + most - 1) / most;
    int small = g->m / tiles, larger = g->m - small * tiles;
    if (larger) FN(tiles)[vectors][small + 1](g, &p, larger);
    FN(tiles)[vectors][small](g, &p, tiles - larger);
    start->ahead = p.ahead;
}

/* Spreads the fetching of the panel after this one over the sums of its tiles: many lines at once
 * would have to wait for each other. */
static void FN(look_ahead)(const nn_gemm *g, gemm_place *p, int n, int vectors)
{
    int most = vectors > 1 ? TILE : NARROW_TILE, tiles = (g->m + most - 1) / most * g->rows;
    int lines = (int)(g->k * (vectors ? vectors : 1) * LANES * sizeof(float) / 64);
    p->ahead = (const char *)(n + 2 * LANES < g->n ? p->b + g->panel_stride : g->next);
    int turns = tiles * ((g->k - 1) / TURN);
    if (turns == 0) return;
    p->lines = (lines + turns - 1) / turns;
    p->every = TURN;
}

static void FN(gemm)(const nn_gemm *g)
{
    for (int n = 0; n < g->n; n += 2 * LANES) {
        int vectors = g->n - n > LANES   ? 2
                      : g->n - n < LANES ? 0
                                         : 1,
            width = vectors ? vectors : 1;
        gemm_place p = {.b = g->b + n / (2 * LANES) * g->panel_stride + g->first * width * LANES,
                        .bias = g->bias ? g->bias + n : NULL,
                        .slope = g->activation.slope ? g->activation.slope + n : NULL,
                        .tap = g->tap,
                        .every = g->k};
        if (g->next) FN(look_ahead)(g, &p, n, vectors);
        for (int r = 0; r < g->rows; r++) {
            p.a = g->a + r * g->a_row;
            p.c = g->c + r * g->c_row + n;
            p.residual = g->residual ? g->residual + r * g->residual_row + n : NULL;
            p.low = g->tap ? g->low + r * g->low_row + n : NULL;
            FN(gemm_row)(g, &p, vectors);
        }
    }
}
