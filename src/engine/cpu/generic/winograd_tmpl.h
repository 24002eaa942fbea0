/* engine/cpu/generic/winograd_tmpl.h - a row of tiles into Winograd's positions, and the sums back into
 * pixels (kernels.h has the formulas).
 *
 * Parameters are copied first: a store through a vector pointer may change any of the caller's
 * memory, as far as the compiler knows.
 *
 * SPDX-License-Identifier: Apache-2.0 */

FORCE_INLINE vec FN(winograd_column)(const nn_winograd_in *w, int x, int c)
{
    if (x < w->left || x >= w->right) return (vec){0};
    x -= w->left;
    return vec_load(w->a + x * w->a_stride + c) + w->sign * vec_load(w->b + x * w->b_stride + c);
}

/* Neighbouring tiles share two columns, which stay in registers. */
static void FN(winograd_in)(const nn_winograd_in *parameters)
{
    const nn_winograd_in w = *parameters;
    for (int c = 0; c < w.n; c += LANES) {
        vec d0 = FN(winograd_column)(&w, 0, c), d1 = FN(winograd_column)(&w, 1, c);
        float *out = w.out + c;
        for (int i = 0; i < w.m; i++, out += w.out_stride) {
            vec d2 = FN(winograd_column)(&w, 2 * i + 2, c);
            vec d3 = FN(winograd_column)(&w, 2 * i + 3, c);
            vec_store(out, d0 - d2);
            vec_store(out + w.position, d1 + d2);
            vec_store(out + 2 * w.position, d2 - d1);
            vec_store(out + 3 * w.position, d1 - d3);
            d0 = d2;
            d1 = d3;
        }
    }
}

/* Four positions along a row -> two sums. */
FORCE_INLINE void FN(winograd_pair)(const float *sums, ptrdiff_t position, vec pair[2])
{
    vec s1 = vec_load(sums + position), s2 = vec_load(sums + 2 * position);
    pair[0] = vec_load(sums) + (s1 + s2);
    pair[1] = (s1 - s2) - vec_load(sums + 3 * position);
}

/* One row of a tile: one pixel, or two. */
FORCE_INLINE void FN(winograd_store)(const nn_winograd_out *w, int y, int x, int c, vec pair[2])
{
    const float *slope = w->activation.slope ? w->activation.slope + c : NULL;
    float *out = w->out[y] + x * w->out_stride + c;
    const float *residual = w->residual[y] ? w->residual[y] + x * w->residual_stride + c : NULL;
    for (int k = 0; k < 2 && x + k < w->columns; k++) {
        vec v = residual ? pair[k] + vec_load(residual + k * w->residual_stride) : pair[k];
        vec_store(out + k * w->out_stride, vec_activate(v, &w->activation, slope));
    }
}

FORCE_INLINE void FN(winograd_tile)(const nn_winograd_out *w, int i, int c)
{
    const float *sums = w->sums + i * w->stride + c;
    vec row[4][2], pair[2];
    FN(winograd_pair)(sums, w->position, row[0]);
    if (w->along_rows) {
        FN(winograd_store)(w, 0, 2 * i, c, row[0]);
        return;
    }
    UNROLL for (int p = 1; p < 4; p++)
        FN(winograd_pair)(sums + 4 * p * w->position, w->position, row[p]);
    UNROLL for (int k = 0; k < 2; k++) pair[k] = row[0][k] + (row[1][k] + row[2][k]);
    FN(winograd_store)(w, 0, 2 * i, c, pair);
    if (!w->out[1]) return;
    UNROLL for (int k = 0; k < 2; k++) pair[k] = (row[1][k] - row[2][k]) - row[3][k];
    FN(winograd_store)(w, 1, 2 * i, c, pair);
}

static void FN(winograd_out)(const nn_winograd_out *parameters)
{
    const nn_winograd_out w = *parameters;
    for (int i = 0; i < w.m; i++)
        for (int c = 0; c < w.n; c += LANES)
            FN(winograd_tile)(&w, i, c);
}
