/* nn/kernels/gemm_tmpl.h - the matrix product behind every convolution but the depthwise ones.
 *
 * A tile is M pixels by NV vectors of channels, all of it in registers: per k, NV loads of B, M
 * broadcasts of A and M * NV multiply-adds. Panels are the outer loop, so that a panel of B stays
 * in L1 while the pixels pass by.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#define NARROW_TILE 12 /* pixels of the largest tile against a single vector of channels */

/* Where a tile begins. */
typedef struct gemm_place {
    const float *a, *b, *bias, *residual, *low, *slope;
    const nn_tap *tap;
    float *c;
    const char *ahead; /* what will be read next, and how much of it to fetch during a tile */
    int lines;
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

/* `tiles` tiles of M pixels, one after another; `place` moves on behind them. */
FORCE_INLINE void FN(tile)(const nn_gemm *g, gemm_place *place, int tiles, const int M,
                           const int NV)
{
    gemm_place p = *place;
    const ptrdiff_t stride = g->a_stride, depth = g->k, even = depth & ~(ptrdiff_t)1;
    const ptrdiff_t start_stride = p.bias ? 0 : g->c_stride;
    for (; tiles > 0; tiles--) {
        vec acc[NARROW_TILE][2];
        const float *b = p.b, *start = p.bias ? p.bias : p.c, *a[NARROW_TILE];
        UNROLL for (int i = 0; i < M; i++) a[i] = p.a + i * stride;
        EACH(i, v) acc[i][v] = vec_load(start + i * start_stride + v * LANES);
        for (int i = 0; i < p.lines; i++, p.ahead += 64)
            __builtin_prefetch(p.ahead, 0, 2);
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
        ptrdiff_t k = 0;
        while (k < even) {
            STEP_K STEP_K
        }
        while (k < depth)
            STEP_K
#undef STEP_K
        FN(finish)(g, &p, acc, M, NV);
        p.a += M * stride;
        p.c += M * g->c_stride;
        if (p.residual) p.residual += M * g->residual_stride;
        if (p.tap) p.tap += M;
    }
    *place = p;
}

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

static const tile_fn FN(tiles)[2][NARROW_TILE + 1] = {
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

/* One row of pixels against one panel. The row is cut into tiles of nearly equal size, first the
 * larger ones: a short last tile would leave the multipliers waiting for too few sums. */
static void FN(gemm_row)(const nn_gemm *g, gemm_place *start, int vectors)
{
    gemm_place p = *start;
    int most = vectors > 1 ? TILE : NARROW_TILE, tiles = (g->m + most - 1) / most;
    int small = g->m / tiles, larger = g->m - small * tiles;
    if (larger) FN(tiles)[vectors - 1][small + 1](g, &p, larger);
    FN(tiles)[vectors - 1][small](g, &p, tiles - larger);
    start->ahead = p.ahead;
}

/* Spreads the fetching of the panel after this one over the tiles. */
static void FN(look_ahead)(const nn_gemm *g, gemm_place *p, int n, int vectors)
{
    int most = vectors > 1 ? TILE : NARROW_TILE, tiles = (g->m + most - 1) / most * g->rows;
    int lines = (int)(g->k * vectors * LANES * sizeof(float) / 64);
    p->ahead = (const char *)(n + 2 * LANES < g->n ? p->b + g->panel_stride : g->next);
    p->lines = (lines + tiles - 1) / tiles;
}

static void FN(gemm)(const nn_gemm *g)
{
    for (int n = 0; n < g->n; n += 2 * LANES) {
        int vectors = g->n - n > LANES ? 2 : 1;
        gemm_place p = {.b = g->b + n / (2 * LANES) * g->panel_stride + g->first * vectors * LANES,
                        .bias = g->bias ? g->bias + n : NULL,
                        .slope = g->activation.slope ? g->activation.slope + n : NULL,
                        .tap = g->tap};
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
