/* nn/kernels/gemm_tmpl.h - the matrix product behind every convolution but the depthwise ones.
 *
 * A tile is M pixels by NV vectors of channels, all of it in registers: per k, NV loads of B, M
 * broadcasts of A and M * NV multiply-adds. Panels are the outer loop, so that a panel of B stays in L1
 * while the pixels pass by.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#define NARROW_TILE 12 /* pixels of the largest tile against a single vector of channels */

/* Where a tile begins. */
typedef struct FN(place) {
    const float *a, *b, *bias, *residual, *low, *slope;
    const nn_tap *tap;
    float *c;
} FN(place);

#define EACH(i, v)                                                                                     \
    UNROLL for (int i = 0; i < M; i++) UNROLL for (int v = 0; v < NV; v++)

/* Adds what the epilogue adds, activates and stores; one branch a tile for each thing. */
FORCE_INLINE void FN(finish)(const nn_gemm *g, const FN(place) *p, vec acc[NARROW_TILE][2], const int M,
                             const int NV)
{
    if (g->tap) UNROLL
        for (int i = 0; i < M; i++) {
            const nn_tap *t = &p->tap[i];
            const float *left = p->low + t->at[0] * g->low_stride;
            const float *right = p->low + t->at[1] * g->low_stride;
            UNROLL for (int v = 0; v < NV; v++)
            {
                acc[i][v] += t->weight[0] * vec_load(left + v * LANES);
                acc[i][v] += t->weight[1] * vec_load(right + v * LANES);
            }
        }
    if (g->residual) EACH(i, v) acc[i][v] += vec_load(p->residual + i * g->residual_stride + v * LANES);
    if (g->activation.kind == NN_ACTIVATION_RELU)
        EACH(i, v) acc[i][v] = VEC_MAX((vec){0}, acc[i][v]);
    else if (g->activation.kind != NN_ACTIVATION_NONE)
        EACH(i, v) acc[i][v] = vec_activate(acc[i][v], &g->activation, p->slope + v * LANES);
    EACH(i, v) vec_store(p->c + i * g->c_stride + v * LANES, acc[i][v]);
}

FORCE_INLINE void FN(tile)(const nn_gemm *g, const FN(place) *p, const int M, const int NV)
{
    vec acc[NARROW_TILE][2];
    const float *b = p->b;
    const ptrdiff_t stride = g->a_stride;
    const float *a[NARROW_TILE];
    UNROLL for (int i = 0; i < M; i++)
    {
        a[i] = p->a + i * stride;
        UNROLL for (int v = 0; v < NV; v++) acc[i][v] =
            p->bias ? vec_load(p->bias + v * LANES) : vec_load(p->c + i * g->c_stride + v * LANES);
    }
#define STEP_K                                                                                         \
    {                                                                                                  \
        vec b0 = vec_load(b), b1 = NV > 1 ? vec_load(b + LANES) : b0;                                  \
        UNROLL for (int i = 0; i < M; i++)                                                             \
        {                                                                                              \
            float s = a[i][k];                                                                         \
            acc[i][0] += s * b0;                                                                       \
            if (NV > 1) acc[i][1] += s * b1;                                                           \
        }                                                                                              \
        k++, b += NV * LANES;                                                                          \
    }
    ptrdiff_t k = 0;
    const ptrdiff_t depth = g->k, even = depth & ~(ptrdiff_t)1;
    while (k < even) {
        STEP_K STEP_K
    }
    while (k < depth)
        STEP_K
#undef STEP_K
    FN(finish)(g, p, acc, M, NV);
}

typedef void (*FN(tile_fn))(const nn_gemm *g, const FN(place) *p);

#define GEMM_TILE(M, NV)                                                                               \
    static __attribute__((noinline)) void FN(tile##NV##_##M)(const nn_gemm *g, const FN(place) *p)     \
    {                                                                                                  \
        FN(tile)(g, p, M, NV);                                                                         \
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

static const FN(tile_fn) FN(tiles)[2][NARROW_TILE + 1] = {
    {NULL, FN(tile1_1), FN(tile1_2), FN(tile1_3), FN(tile1_4), FN(tile1_5), FN(tile1_6), FN(tile1_7),
     FN(tile1_8), FN(tile1_9), FN(tile1_10), FN(tile1_11), FN(tile1_12)},
    {NULL, FN(tile2_1), FN(tile2_2), FN(tile2_3), FN(tile2_4), FN(tile2_5), FN(tile2_6),
#if TILE > 6
     FN(tile2_7), FN(tile2_8), FN(tile2_9), FN(tile2_10), FN(tile2_11), FN(tile2_12),
#endif
    },
};

/* One row of pixels against one panel. The row is cut into tiles of nearly equal size: a short last
 * tile would leave the multipliers waiting for too few sums. */
static void FN(gemm_row)(const nn_gemm *g, const FN(place) *start, int vectors)
{
    FN(place) p = *start;
    int tile = vectors > 1 ? TILE : NARROW_TILE, left = g->m, tiles = (left + tile - 1) / tile;
    for (; tiles > 0; tiles--) {
        int m = (left + tiles - 1) / tiles;
        FN(tiles)[vectors - 1][m](g, &p);
        p.a += m * g->a_stride;
        p.c += m * g->c_stride;
        if (g->residual) p.residual += m * g->residual_stride;
        if (g->tap) p.tap += m;
        left -= m;
    }
}

static void FN(gemm)(const nn_gemm *g)
{
    for (int n = 0; n < g->n; n += 2 * LANES) {
        int vectors = g->n - n > LANES ? 2 : 1;
        FN(place) p = {.b = g->b + n / (2 * LANES) * g->panel_stride + g->first * vectors * LANES,
                       .bias = g->bias ? g->bias + n : NULL,
                       .slope = g->activation.slope ? g->activation.slope + n : NULL,
                       .tap = g->tap};
        for (int r = 0; r < g->rows; r++) {
            p.a = g->a + r * g->a_row;
            p.c = g->c + r * g->c_row + n;
            p.residual = g->residual ? g->residual + r * g->residual_row + n : NULL;
            p.low = g->tap ? g->low + r * g->low_row + n : NULL;
            FN(gemm_row)(g, &p, vectors);
        }
    }
}
