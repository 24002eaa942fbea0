/* engine/ops/i16_build.c - a program whose blocks are steps of 16 bits, from one in float32.
 *
 * The float32 program's steps are taken one by one into a new list, blocks that may be replaced
 * among them replaced. Their weights were packed before (i16_pack.h) and are only pointed at.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16_build.h"

#include <stdlib.h>
#include <string.h>

#define MIN_NORM 1e-15f /* of what has no bias beside it */

/* The program being made. */
typedef struct i16_builder {
    nn_program *p;
    const nn_program *old;
    const calibration *seen;
    const i16_packed *packed; /* by block */
} i16_builder;

/* --- steps ---------------------------------------------------------------------------------- */

static vis_status add_step(i16_builder *w, const nn_step_class *kind, int like, const int *inputs,
                           int n, int output, const void *data, vis_error *err)
{
    const nn_step *old = &w->old->step[like];
    VIS_TRY(program_add_step(w->p, kind, old->name, inputs, n, output, (void *)data, err));
    nn_step *added = &w->p->step[w->p->n_steps - 1];
    added->macs = old->macs;
    added->i16 = kind != old->kind;
    added->measures = kind == &ir_rows_i16_class || kind == &ir_rows_class;
    return VIS_OK;
}

/* A tensor [N, numbers, H, W] of 16 bits, with room for its P. */
static vis_status add_halves(i16_builder *w, const graph_shape *like, int64_t numbers, int *id,
                             vis_error *err)
{
    graph_shape shape = *like;
    shape.dim[1] = numbers;
    VIS_TRY(program_add_tensor(w->p, NN_NHWC_I16, &shape, NN_I16_LANES, id, err));
    program_want_squares(w->p, *id);
    return VIS_OK;
}

/* A tensor of floats is to be equalised and measured. */
static vis_status want_measured(i16_builder *w, int id, vis_error *err)
{
    nn_tensor *t = &w->p->tensor[id];
    if (t->layout == NN_NHWC_I16 || t->squares) return VIS_OK;
    void *memory;
    VIS_TRY(program_alloc(w->p, (size_t)t->pitch, sizeof(float), &memory, err));
    t = &w->p->tensor[id];
    memcpy(memory, w->seen->tensor[id].equaliser, (size_t)t->pitch * sizeof(float));
    t->equaliser = memory;
    program_want_squares(w->p, id);
    return VIS_OK;
}

/* Quantises parts[0 .. n) of block step `like`, of which those in front read `inputs`, all of which
 * count for the range. */
static vis_status add_quantise(i16_builder *w, int like, const i16_part *parts, int n_parts,
                               int64_t pitch, const int *inputs, const i16_range *range, int *out,
                               vis_error *err)
{
    const graph_shape shape = w->p->tensor[inputs[parts[0].input]].shape;
    void *memory;
    VIS_TRY(program_alloc(w->p, 1, sizeof(i16_quantise), &memory, err));
    i16_quantise *made = memory;
    *made = (i16_quantise){.n_parts = n_parts,
                           .range = *range,
                           .images = shape.dim[0],
                           .pixels = shape.dim[2] * shape.dim[3]};
    memcpy(made->part, parts, (size_t)n_parts * sizeof *parts);
    VIS_TRY(add_halves(w, &shape, pitch, out, err));
    for (int i = 0; i < range->n; i++)
        VIS_TRY(want_measured(w, inputs[i], err));
    VIS_TRY(add_step(w, &quantise_i16_class, like, inputs, range->n, *out, made, err));
    w->p->step[w->p->n_steps - 1].macs = 0;
    return VIS_OK;
}

/* One tensor alone, in a range of its own. */
static vis_status add_quantise_alone(i16_builder *w, int like, int from, const i16_alone *alone,
                                     int *out, vis_error *err)
{
    i16_range range = {.n = 1, .gain = {alone->part.gain}, .min = MIN_NORM};
    return add_quantise(w, like, &alone->part, 1, alone->pitch, &from, &range, out, err);
}

/* The product that is cached, from the tensor that it reads to the expanded channels in 16 bits. */
static vis_status add_cached(i16_builder *w, int block, int *out, vis_error *err)
{
    const i16_packed *packed = &w->packed[block];
    int at = w->seen->block[block].first, quantised;
    const nn_step *old = &w->old->step[at];
    VIS_TRY(add_quantise_alone(w, at, old->input[0], &packed->alone, &quantised, err));
    VIS_TRY(add_halves(w, &w->old->tensor[old->output].shape, packed->cached->n, out, err));
    return add_step(w, &gemm_i16_class, at, &quantised, 1, *out, packed->cached, err);
}

/* --- blocks --------------------------------------------------------------------------------- */

static vis_status add_rows(i16_builder *w, int block, vis_error *err)
{
    const i16_packed *packed = &w->packed[block];
    const i16_front *f = &packed->rows->front;
    int at = w->seen->block[block].main, inputs[I16_INPUTS];
    const nn_step *step = &w->old->step[at];
    memcpy(inputs, step->input, (size_t)step->n_inputs * sizeof *inputs);
    if (packed->cached) VIS_TRY(add_cached(w, block, &inputs[f->q->ready], err));
    if (f->quantised) {
        int *input = &inputs[f->part[0].input];
        VIS_TRY(add_quantise_alone(w, at, *input, &packed->alone, input, err));
    }
    for (int i = 0; i < f->range.n; i++)
        VIS_TRY(want_measured(w, inputs[i], err));
    return add_step(w, &ir_rows_i16_class, at, inputs, step->n_inputs, step->output, packed->rows,
                    err);
}

/* What ir_channels_i16_class reads, in the step's order; *n of them. Those quantised have the P of
 * the step. */
static vis_status add_inputs(i16_builder *w, int block, int *made, int *n, vis_error *err)
{
    const i16_packed *packed = &w->packed[block];
    const i16_front *f = packed->channels;
    int at = w->seen->block[block].main, inputs[I16_INPUTS];
    const nn_step *step = &w->old->step[at];
    memcpy(inputs, step->input, (size_t)step->n_inputs * sizeof *inputs);
    *n = 0;
    if (packed->cached) VIS_TRY(add_cached(w, block, &inputs[f->q->ready], err));
    if (f->a_input >= 0)
        VIS_TRY(add_quantise(w, at, f->part, f->n_parts, f->a_pitch, inputs, &packed->range,
                             &made[(*n)++], err));
    if (f->low_input >= 0)
        VIS_TRY(add_quantise(w, at, &f->low, 1, f->low_pitch, inputs, &packed->range, &made[(*n)++],
                             err));
    if (f->ready_input >= 0) made[(*n)++] = inputs[f->q->ready];
    return VIS_OK;
}

static vis_status add_channels(i16_builder *w, int block, vis_error *err)
{
    const i16_packed *packed = &w->packed[block];
    int at = w->seen->block[block].main, made[3], n, out;
    const nn_step *step = &w->old->step[at], *next = step + 1;
    VIS_TRY(add_inputs(w, block, made, &n, err));
    VIS_TRY(add_halves(w, &w->old->tensor[step->output].shape, packed->channels->pitch, &out, err));
    VIS_TRY(add_step(w, &ir_channels_i16_class, at, made, n, out, packed->channels, err));
    const int inputs[2] = {out, next->n_inputs > 1 ? next->input[1] : -1};
    return add_step(w, &gemm_i16_class, at + 1, inputs, next->n_inputs, next->output,
                    packed->result, err);
}

static vis_status add_taps(i16_builder *w, int block, vis_error *err)
{
    const i16_packed *packed = &w->packed[block];
    int at = w->seen->block[block].main, quantised;
    const nn_step *step = &w->old->step[at];
    VIS_TRY(add_quantise_alone(w, at, step->input[0], &packed->alone, &quantised, err));
    return add_step(w, &conv_taps_i16_class, at, &quantised, 1, step->output, packed->taps, err);
}

static vis_status add_block(i16_builder *w, int block, vis_error *err)
{
    switch (w->seen->block[block].kind) {
    case I16_ROWS:
        return add_rows(w, block, err);
    case I16_CHANNELS:
        return add_channels(w, block, err);
    default:
        return add_taps(w, block, err);
    }
}

/* --- the program ---------------------------------------------------------------------------- */

static vis_status copy_step(i16_builder *w, int at, vis_error *err)
{
    const nn_step *s = &w->old->step[at];
    return add_step(w, s->kind, at, s->input, s->n_inputs, s->output, s->data, err);
}

static vis_status build_steps(i16_builder *w, const bool *exact, i16_steps *steps, vis_error *err)
{
    const calibration *seen = w->seen;
    int at = 0;
    for (int i = 0; i < seen->n_blocks; i++) {
        const i16_block *b = &seen->block[i];
        while (at < b->first)
            VIS_TRY(copy_step(w, at++, err));
        steps[i].first = w->p->n_steps;
        while (exact[i] && at < b->first + b->count)
            VIS_TRY(copy_step(w, at++, err));
        if (!exact[i]) VIS_TRY(add_block(w, i, err));
        steps[i].count = w->p->n_steps - steps[i].first;
        at = b->first + b->count;
    }
    while (at < w->old->n_steps)
        VIS_TRY(copy_step(w, at++, err));
    return VIS_OK;
}

/* A program with the same tensors and no steps yet. */
static vis_status begin(const nn_program *old, const nn_kernels_i16 *kernels, nn_program **out,
                        vis_error *err)
{
    nn_program *p = calloc(1, sizeof *p);
    *out = p;
    if (!p) return vis_fail_memory(err, "network program");
    *p = *old;
    p->blocks = NULL;
    p->block_bytes = 0;
    p->step = NULL;
    p->n_steps = p->steps_capacity = 0;
    p->kernels_i16 = kernels;
    p->tensor = malloc((size_t)old->tensors_capacity * sizeof *p->tensor);
    if (!p->tensor) return vis_fail_memory(err, "network program");
    memcpy(p->tensor, old->tensor, (size_t)old->n_tensors * sizeof *p->tensor);
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        t->first = t->last = -1;
        t->depends = t->storage == NN_IN_INPUT ? (uint32_t)1 << t->index : 0;
    }
    return VIS_OK;
}

vis_status i16_build(const nn_program *old, const calibration *seen, const i16_packed *packed,
                     const bool *exact, const nn_kernels_i16 *kernels, nn_program **out,
                     i16_steps *steps, vis_error *err)
{
    i16_builder w = {.old = old, .seen = seen, .packed = packed};
    vis_status status = begin(old, kernels, &w.p, err);
    if (status == VIS_OK) status = build_steps(&w, exact, steps, err);
    if (status != VIS_OK) {
        nn_program_free(w.p);
        return status;
    }
    *out = w.p;
    return VIS_OK;
}

/* Float weights of a block that nobody will read again. */
static void release_weights(nn_program *old, const i16_block *b)
{
    i16_matrix m[I16_MATRICES];
    for (int n = i16_matrices(old, b, m), i = 0; i < n; i++)
        program_release(old, m[i].weights);
    if (b->kind == I16_TAPS) return;
    const ir_step *q = old->step[b->main].data;
    program_release(old, q->depthwise_weights);
    program_release(old, q->project.weights);
    if (b->kind != I16_CHANNELS) return;
    const conv_step *project = old->step[b->main + 1].data;
    program_release(old, project->part[0].weights);
}

void i16_adopt(nn_program *p, nn_program *old, const calibration *seen, i16_packed *packed,
               const bool *exact)
{
    for (int i = 0; i < seen->n_blocks; i++) {
        if (exact[i]) continue;
        release_weights(old, &seen->block[i]);
        program_take_memory(p, packed[i].memory);
    }
    program_take_memory(p, old);
    nn_program_free(old);
}
