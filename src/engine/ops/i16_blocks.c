/* engine/ops/i16_blocks.c - see i16_blocks.h.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16_blocks.h"

static bool is_linear_or_relu(const nn_activation *a)
{
    return a->kind == NN_ACTIVATION_NONE || a->kind == NN_ACTIVATION_RELU;
}

static int readers_of(const nn_program *p, int id)
{
    int readers = 0;
    for (int i = 0; i < p->n_steps; i++)
        for (int k = 0; k < p->step[i].n_inputs; k++)
            readers += p->step[i].input[k] == id;
    return readers;
}

/* The 1x1 convolution of step `at`, alone and with what 16-bit products can finish; or NULL. */
static const conv_step *plain_pointwise(const nn_program *p, int at)
{
    if (at < 0 || at >= p->n_steps || p->step[at].kind != &conv_class) return NULL;
    const conv_step *c = p->step[at].data;
    bool fits = c->n_parts == 1 && !c->gathers && !c->plain_input && !c->plain_output &&
                !c->sigmoid && is_linear_or_relu(&c->activation);
    return fits ? c : NULL;
}

static bool floats_by_pixel(const nn_program *p, int id)
{
    const nn_tensor *t = &p->tensor[id];
    return t->layout == NN_NHWC && t->storage == NN_IN_ARENA;
}

/* Does step `at` make nothing but what the next one adds? */
static bool makes_cached(const nn_program *p, int at, int id)
{
    const conv_step *cached = plain_pointwise(p, at);
    return cached && p->step[at].output == id && readers_of(p, id) == 1 && cached->residual < 0 &&
           cached->activation.kind == NN_ACTIVATION_NONE &&
           floats_by_pixel(p, p->step[at].input[0]);
}

/* Can what step `at` reads up to the depthwise convolution be read in 16 bits? */
static bool front_fits(const nn_program *p, int at)
{
    const nn_step *step = &p->step[at];
    const ir_step *q = step->data;
    if (q->plain_input || q->expand_activation.kind != NN_ACTIVATION_RELU ||
        q->depthwise_activation.kind != NN_ACTIVATION_RELU)
        return false;
    for (int i = 0; i < step->n_inputs; i++)
        if (!floats_by_pixel(p, step->input[i])) return false;
    return q->ready < 0 || makes_cached(p, at - 1, step->input[q->ready]);
}

static bool rows_fit(const nn_program *p, int at)
{
    if (p->step[at].kind != &ir_rows_class) return false;
    const ir_step *q = p->step[at].data;
    return q->project.weights && is_linear_or_relu(&q->project_activation) && front_fits(p, at);
}

static bool channels_fit(const nn_program *p, int at)
{
    if (p->step[at].kind != &ir_channels_class) return false;
    const conv_step *after = plain_pointwise(p, at + 1);
    return after && p->step[at + 1].input[0] == p->step[at].output &&
           readers_of(p, p->step[at].output) == 1 && front_fits(p, at);
}

/* Can the dense convolution of step `at` be run tap by tap in 16 bits? */
static bool taps_fit(const nn_program *p, int at)
{
    if (p->step[at].kind != &conv_taps_class) return false;
    const conv_step *q = p->step[at].data;
    return floats_by_pixel(p, p->step[at].input[0]) && q->residual < 0 && !q->plain_output &&
           is_linear_or_relu(&q->activation);
}

static bool block_at(const nn_program *p, int at, i16_block *b)
{
    *b = (i16_block){.first = at, .count = 1, .main = at};
    if (taps_fit(p, at)) {
        b->kind = I16_TAPS;
        return true;
    }
    if (rows_fit(p, at)) {
        b->kind = I16_ROWS;
    } else if (channels_fit(p, at)) {
        b->kind = I16_CHANNELS;
        b->count = 2;
    } else {
        return false;
    }
    const ir_step *q = p->step[at].data;
    b->first -= q->ready >= 0;
    b->count += q->ready >= 0;
    return true;
}

int i16_find_blocks(const nn_program *p, i16_block *blocks)
{
    int n = 0;
    for (int i = 0; i < p->n_steps; i++)
        if (block_at(p, i, &blocks[n])) n++;
    return n;
}

const conv_step *i16_cached_conv(const nn_program *p, const i16_block *b)
{
    return b->first < b->main ? p->step[b->first].data : NULL;
}

/* --- weights -------------------------------------------------------------------------------- */

static void add_matrix(const nn_step *step, const ir_gemm *part, int64_t padded, bool expands,
                       i16_matrix *out, int *n)
{
    if (part->input < 0 || !part->weights) return;
    out[(*n)++] = (i16_matrix){.tensor = step->input[part->input],
                               .k = part->k,
                               .padded = padded,
                               .weights = part->weights,
                               .taps = 1,
                               .expands = expands};
}

static i16_matrix matrix_of(const nn_step *step, const conv_step *c)
{
    return (i16_matrix){.tensor = step->input[0],
                        .k = c->part[0].k,
                        .padded = c->padded,
                        .weights = c->part[0].weights,
                        .taps = c->part[0].k / c->channels,
                        .expands = true};
}

int i16_matrices(const nn_program *p, const i16_block *b, i16_matrix *out)
{
    const nn_step *step = &p->step[b->main];
    if (b->kind == I16_TAPS) {
        out[0] = matrix_of(step, step->data);
        return 1;
    }
    const ir_step *q = step->data;
    int n = 0;
    for (int i = 0; i < q->n_parts; i++)
        add_matrix(step, &q->part[i], q->hidden, true, out, &n);
    add_matrix(step, &q->low, q->hidden, true, out, &n);
    if (i16_cached_conv(p, b)) out[n++] = matrix_of(&p->step[b->first], i16_cached_conv(p, b));
    add_matrix(step, &q->direct, q->padded, false, out, &n);
    return n;
}

/* Weights and bias of a convolution. */
static bool conv_finite(const conv_step *c)
{
    return floats_finite(c->part[0].weights, c->part[0].k * c->padded) &&
           floats_finite(c->bias, c->padded);
}

static bool residual_finite(const ir_step *q)
{
    return floats_finite(q->expand_bias, q->hidden) &&
           floats_finite(q->depthwise_weights, 10 * q->hidden) &&
           (!q->project.weights || (floats_finite(q->project.weights, q->project.k * q->padded) &&
                                    floats_finite(q->project_bias, q->padded)));
}

const char *i16_not_finite(const nn_program *p, const i16_block *b)
{
    for (int i = b->first; i < b->first + b->count; i++) {
        const nn_step *step = &p->step[i];
        bool conv = i != b->main || b->kind == I16_TAPS;
        if (!(conv ? conv_finite(step->data) : residual_finite(step->data))) return step->name;
    }
    i16_matrix m[I16_MATRICES];
    int n = i16_matrices(p, b, m);
    for (int i = 0; i < n; i++)
        if (!floats_finite(m[i].weights, m[i].k * m[i].padded)) return p->step[b->main].name;
    return NULL;
}
