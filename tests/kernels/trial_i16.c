/* tests/kernels/trial_i16.c - a table that calculates wrongly is found out before it is used.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/trial_i16.h"
#include "check.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

/* Each is right but for one thing. */

static void saturated_gemm(const nn_gemm_i16 *g)
{
    nn_kernels_i16_c.gemm(g);
    for (int i = 0; g->c && i < g->m; i++)
        for (int c = 0; c < g->n; c++) {
            double sum = g->start[nn_i16_packed_index(1, true, 0, c) / 2];
            for (int k = 0; k < 2 * g->pairs; k++)
                sum += (double)g->a[i * g->a_stride + k] *
                       g->b[nn_i16_packed_index(g->pairs, true, k, c)];
            if (sum > INT_MAX) g->c[i * g->c_stride + c] = INT16_MAX;
        }
}

static void gemm_of_last_tiles(const nn_gemm_i16 *g)
{
    nn_kernels_i16_c.gemm(g);
    if (g->f && g->m == 7) g->f[6 * g->f_stride + g->floats - 1] += 1;
}

static void gemm_of_small_numbers(const nn_gemm_i16 *g)
{
    nn_kernels_i16_c.gemm(g);
    if (g->c && g->m == 12) g->c[g->c_row + 11 * g->c_stride + g->n - 1] ^= 1;
}

static void gemm_past_the_floats(const nn_gemm_i16 *g)
{
    nn_kernels_i16_c.gemm(g);
    if (g->f && g->floats < g->n) g->f[g->floats] = 1;
}

static void off_by_one_depthwise(const nn_depthwise_i16 *d)
{
    nn_kernels_i16_c.depthwise(d);
    int16_t *last = d->out + (d->m - 1) * d->out_stride + d->n - 1;
    if (d->step == 2 && d->m == 8) *last = (int16_t)(*last ^ 1);
}

static void off_by_one_blend(int16_t *out, const int16_t *a, const int16_t *b, int16_t wa,
                             int16_t wb, int m, int n, ptrdiff_t stride)
{
    nn_kernels_i16_c.blend(out, a, b, wa, wb, m, n, stride);
    out[n - 1] ^= 1;
}

/* Rounds towards zero. */
static void cutting_quantise(int16_t *out, ptrdiff_t out_stride, const float *x, ptrdiff_t x_stride,
                             int m, int n, const float *equaliser, float factor)
{
    for (int i = 0; i < m; i++)
        for (int c = 0; c < n; c++) {
            float v = x[i * x_stride + c] * (equaliser[c] * factor);
            out[i * out_stride + c] =
                (int16_t)fmaxf(fminf(v, (float)NN_I16_INPUT), -(float)NN_I16_INPUT);
        }
}

static void forgetful_measure(float squares[NN_I16_LANES], const float *x, ptrdiff_t x_stride,
                              int m, int n, const float *equaliser)
{
    nn_kernels_i16_c.measure(squares, x + (m - 1) * x_stride, x_stride, 1, n, equaliser);
}

static void expect(bool right, const char *what, const char *detail)
{
    if (!right) check_fail(what, detail);
}

/* Not taken, and not tried again: the second table would agree. */
static void expect_found_out(const nn_kernels_i16 *wrong)
{
    const nn_kernels_i16 *known = &nn_kernels_i16_c, copy = nn_kernels_i16_c;
    nn_i16_trial trial = {0};
    expect(!nn_i16_agree(wrong, known), wrong->name, "not found out");
    expect(!nn_i16_agree(known, wrong), wrong->name, "not found out, the other way round");
    expect(!nn_i16_distrusted(&trial), wrong->name, "distrusted untried");
    expect(nn_i16_trusted(&trial, wrong, known) == known, wrong->name, "trusted");
    expect(nn_i16_trusted(&trial, &copy, known) == known, wrong->name, "tried twice");
    expect(nn_i16_distrusted(&trial), wrong->name, "not remembered");
}

static void expect_trusted(const nn_kernels_i16 *right)
{
    nn_i16_trial trial = {0};
    expect(nn_i16_trusted(&trial, right, &nn_kernels_i16_c) == right, right->name, "distrusted");
    expect(!nn_i16_distrusted(&trial), right->name, "distrusted, it is told");
}

void check_trial_i16(void)
{
    const nn_kernels_i16 *c = &nn_kernels_i16_c;
    nn_kernels_i16 wrong[] = {*c, *c, *c, *c, *c, *c, *c, *c};
    wrong[0].gemm = saturated_gemm, wrong[0].name = "gemm that saturates";
    wrong[1].gemm = gemm_of_last_tiles, wrong[1].name = "gemm wrong in one float";
    wrong[2].gemm = gemm_of_small_numbers, wrong[2].name = "gemm wrong in one half";
    wrong[3].gemm = gemm_past_the_floats, wrong[3].name = "gemm that writes too far";
    wrong[4].depthwise = off_by_one_depthwise, wrong[4].name = "depthwise wrong in one half";
    wrong[5].blend = off_by_one_blend, wrong[5].name = "blend wrong in one half";
    wrong[6].quantise = cutting_quantise, wrong[6].name = "quantise that cuts";
    wrong[7].measure = forgetful_measure, wrong[7].name = "measure of the last pixel alone";
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_found_out(&wrong[i]);
    expect_trusted(c);
    if (nn_kernels_i16_best()) expect_trusted(nn_kernels_i16_best());
    expect(!nn_kernels_i16_passed_over(), "this machine's best kernels", "passed over");
}
