/* nn/steps/narrow_build.c - a program whose blocks are steps of 16 bits, from one in float32.
 *
 * The float32 program's steps are taken one by one into a new list, blocks that may be replaced
 * among them replaced. Weights are unpacked, scaled by the units of what they read and what they
 * write (narrow.h), rounded, and packed for the 16-bit kernels.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/steps/narrow_build.h"

#include "nn/steps/narrow_units.h"

#include <stdlib.h>
#include <string.h>

#define PAD_PITCH 512        /* numbers: pixels 1 KiB apart fall into the same sets of L1 */
#define SMALLEST_PEAK 1e-15f /* of what has no bias beside it */

/* The program being made. */
typedef struct narrowing {
    nn_program *p;
    const nn_program *old;
    const calibration *seen;
    uint32_t keep; /* inputs that come again */
} narrowing;

/* --- parts ---------------------------------------------------------------------------------- */

static vis_status allocate(narrowing *w, int64_t count, size_t size, void **out, vis_error *err)
{
    return program_alloc(w->p, (size_t)count, size, out, err);
}

static int64_t padded_pitch(int64_t numbers)
{
    return numbers % PAD_PITCH == 0 ? numbers + NN16_LANES : numbers;
}

/* Puts inputs side by side; returns the numbers of a pixel, `pairs` of them read. */
static int64_t place_parts(narrow_part *part, int n, int64_t *pairs)
{
    int64_t at = 0, end = 0;
    for (int i = 0; i < n; i++) {
        part[i].slot = at;
        end = at + round_up(part[i].k, 8);
        at += round_up(part[i].k, 2);
    }
    *pairs = at / 2;
    return padded_pitch(round_up(end, NN16_LANES));
}

static vis_status copy_taps(narrowing *w, const nn_tap *from, int64_t count, const nn_tap16 **out,
                            vis_error *err)
{
    void *memory;
    VIS_TRY(allocate(w, count, sizeof(nn_tap16), &memory, err));
    nn_tap16 *tap = memory;
    for (int64_t i = 0; i < count; i++)
        for (int j = 0; j < 2; j++) {
            tap[i].at[j] = from[i].at[j];
            tap[i].weight[j] = narrow_weight((double)from[i].weight[j]);
        }
    *out = tap;
    return VIS_OK;
}

static vis_status make_half(narrowing *w, int64_t n, const int32_t **out, vis_error *err)
{
    void *memory;
    VIS_TRY(allocate(w, n, sizeof(int32_t), &memory, err));
    int32_t *half = memory;
    for (int64_t i = 0; i < n; i++)
        half[i] = NN16_HALF;
    *out = half;
    return VIS_OK;
}

/* A tensor of floats as a source of products; its channels times `taps` are k. */
static unit_source source_of(const narrowing *w, int id, const float *weights, int64_t k)
{
    const calibrated_tensor *t = &w->seen->tensor[id];
    return (unit_source){
        .weights = weights, .equaliser = t->equaliser, .k = k, .gain = 1, .length = t->length};
}

/* All that the front of a block multiplies. */
static front_sources find_sources(const narrowing *w, int block)
{
    const narrow_block *b = &w->seen->block[block];
    const nn_step *step = &w->old->step[b->main];
    const ir_step *q = step->data;
    front_sources from = {.results = w->seen->results[block]};
    for (int i = 0; i < q->n_parts; i++)
        from.part[i] =
            source_of(w, step->input[q->part[i].input], q->part[i].weights, q->part[i].k);
    if (q->low.input >= 0)
        from.low = source_of(w, step->input[q->low.input], q->low.weights, q->low.k);
    const conv_step *kept = narrow_kept_product(w->old, b);
    if (kept)
        from.kept =
            source_of(w, w->old->step[b->first].input[0], kept->part[0].weights, kept->part[0].k);
    return from;
}

/* Where everything lies; units come later. */
static vis_status lay_out(narrowing *w, const ir_step *q, narrow_front *f, vis_error *err)
{
    *f = (narrow_front){.q = q,
                        .n_parts = q->n_parts,
                        .hidden = round_up(q->hidden, NN16_LANES),
                        .a_input = -1,
                        .low_input = -1,
                        .ready_input = -1};
    f->pitch = padded_pitch(f->hidden);
    for (int i = 0; i < q->n_parts; i++)
        f->part[i] = (narrow_part){.input = q->part[i].input, .k = q->part[i].k};
    f->a_pitch = place_parts(f->part, f->n_parts, &f->pairs);
    if (q->low.input >= 0) {
        f->low = (narrow_part){.input = q->low.input, .k = q->low.k};
        f->low_pitch = place_parts(&f->low, 1, &f->low_pairs);
        VIS_TRY(copy_taps(w, q->row_tap, q->height, &f->row_tap, err));
        VIS_TRY(copy_taps(w, q->column_tap, q->width, &f->column_tap, err));
    }
    return make_half(w, f->hidden, &f->half, err);
}

/* Gains to where they are used: the parts, and P. */
static void take_gains(narrow_front *f, const front_sources *from)
{
    const ir_step *q = f->q;
    f->range.n = q->n_parts + (q->low.input >= 0) + (q->ready >= 0);
    for (int i = 0; i < f->n_parts; i++)
        f->range.gain[f->part[i].input] = f->part[i].gain = from->part[i].gain;
    if (q->low.input >= 0) f->range.gain[q->low.input] = f->low.gain = from->low.gain;
    if (q->ready >= 0) f->range.gain[q->ready] = 1; /* has its own in its P */
}

/* Everything of `f` but where channels16_class finds its inputs; `kept`, filled when there is one,
 * is the product that makes what is kept, and *kept_gain that of its input. */
static vis_status make_front(narrowing *w, int block, narrow_front *f, narrow_product *kept,
                             float *kept_gain, vis_error *err)
{
    const narrow_block *b = &w->seen->block[block];
    const ir_step *q = w->old->step[b->main].data;
    const conv_step *before = narrow_kept_product(w->old, b);
    front_sources from = find_sources(w, block);
    VIS_TRY(lay_out(w, q, f, err));
    if (before)
        *kept = (narrow_product){.n = f->hidden,
                                 .pairs = (before->part[0].k + 1) / 2,
                                 .images = q->images,
                                 .pixels = before->pixels / q->images,
                                 .start = f->half,
                                 .residual = -1};
    VIS_TRY(narrow_front_units(w->p, f, &from, kept, err));
    take_gains(f, &from);
    *kept_gain = from.kept.gain;
    return VIS_OK;
}

/* --- steps ---------------------------------------------------------------------------------- */

static vis_status add_step(narrowing *w, const nn_step_class *kind, int like, const int *inputs,
                           int n, int output, const void *data, vis_error *err)
{
    const nn_step *old = &w->old->step[like];
    VIS_TRY(program_add_step(w->p, kind, old->name, inputs, n, output, (void *)data, err));
    nn_step *added = &w->p->step[w->p->n_steps - 1];
    added->macs = old->macs;
    added->narrow = kind != old->kind;
    added->measures = kind == &rows16_class || kind == &ir_rows_class;
    return VIS_OK;
}

static vis_status keep_data(narrowing *w, const void *data, size_t size, void **out, vis_error *err)
{
    VIS_TRY(allocate(w, 1, size, out, err));
    memcpy(*out, data, size);
    return VIS_OK;
}

/* A tensor [N, numbers, H, W] of 16 bits, with room for its P. */
static vis_status add_halves(narrowing *w, const graph_shape *like, int64_t numbers, int *id,
                             vis_error *err)
{
    graph_shape shape = *like;
    shape.dim[1] = numbers;
    VIS_TRY(program_add_tensor(w->p, NN_HALVES, &shape, NN16_LANES, id, err));
    program_want_squares(w->p, *id);
    return VIS_OK;
}

/* A tensor of floats is to be equalised and measured. */
static vis_status want_measured(narrowing *w, int id, vis_error *err)
{
    nn_tensor *t = &w->p->tensor[id];
    if (t->layout == NN_HALVES || t->squares) return VIS_OK;
    void *memory;
    VIS_TRY(allocate(w, t->pitch, sizeof(float), &memory, err));
    t = &w->p->tensor[id];
    memcpy(memory, w->seen->tensor[id].equaliser, (size_t)t->pitch * sizeof(float));
    t->equaliser = memory;
    program_want_squares(w->p, id);
    return VIS_OK;
}

/* Quantises parts[0 .. n) of block step `like`, of which those in front read `inputs`, all of which
 * count for the range. */
static vis_status add_quantise(narrowing *w, int like, const narrow_part *parts, int n_parts,
                               int64_t pitch, const int *inputs, const narrow_range *range,
                               int *out, vis_error *err)
{
    narrow_quantise made = {.n_parts = n_parts, .range = *range};
    memcpy(made.part, parts, (size_t)n_parts * sizeof *parts);
    const graph_shape shape = w->p->tensor[inputs[parts[0].input]].shape;
    made.images = shape.dim[0];
    made.pixels = shape.dim[2] * shape.dim[3];
    void *data;
    VIS_TRY(keep_data(w, &made, sizeof made, &data, err));
    VIS_TRY(add_halves(w, &shape, pitch, out, err));
    for (int i = 0; i < range->n; i++)
        VIS_TRY(want_measured(w, inputs[i], err));
    VIS_TRY(add_step(w, &quantise16_class, like, inputs, range->n, *out, data, err));
    w->p->step[w->p->n_steps - 1].macs = 0;
    return VIS_OK;
}

/* One tensor alone, in a range of its own. */
static vis_status add_quantise_alone(narrowing *w, int like, int from, narrow_part part,
                                     int64_t pitch, int *out, vis_error *err)
{
    narrow_range range = {.n = 1, .gain = {part.gain}, .least = SMALLEST_PEAK};
    part.input = 0;
    return add_quantise(w, like, &part, 1, pitch, &from, &range, out, err);
}

/* The product that is kept, from the tensor that it reads to the expanded channels in 16 bits. */
static vis_status add_kept(narrowing *w, const narrow_block *b, int64_t hidden,
                           const narrow_product *kept, float gain, int *out, vis_error *err)
{
    int quantised;
    const nn_step *old = &w->old->step[b->first];
    narrow_part part = {.k = narrow_kept_product(w->old, b)->part[0].k, .gain = gain};
    int64_t pairs, pitch = place_parts(&part, 1, &pairs);
    VIS_TRY(add_quantise_alone(w, b->first, old->input[0], part, pitch, &quantised, err));
    void *data;
    VIS_TRY(keep_data(w, kept, sizeof *kept, &data, err));
    VIS_TRY(add_halves(w, &w->old->tensor[old->output].shape, hidden, out, err));
    return add_step(w, &product16_class, b->first, &quantised, 1, *out, data, err);
}

/* What a row's product reads beside the depthwise results, if anything: its gain is the one that
 * the front has for this tensor; another one counts for P as well. */
static unit_source place_direct(narrowing *w, const nn_step *step, narrow_front *f,
                                narrow_product *made)
{
    const ir_step *q = f->q;
    if (q->direct.input < 0) return (unit_source){0};
    unit_source from = source_of(w, step->input[q->direct.input], q->direct.weights, q->direct.k);
    from.slot = f->hidden;
    bool known = false;
    for (int i = 0; i < f->range.n && !known; i++) {
        known = step->input[i] == step->input[q->direct.input] && i != q->ready;
        if (known) from.gain = f->range.gain[i];
    }
    if (!known) f->range.gain[f->range.n++] = 1;
    made->direct = (narrow_part){q->direct.input, from.gain, q->direct.k, f->hidden};
    made->pairs = (f->hidden + round_up(q->direct.k, 2)) / 2;
    made->a_pitch = padded_pitch(f->hidden + round_up(q->direct.k, NN16_LANES));
    return from;
}

/* The projection of rows16_class, and beside it the product with the residual, if that is one. */
static vis_status make_projection(narrowing *w, const nn_step *step, narrow_front *f,
                                  narrow_product *made, vis_error *err)
{
    const ir_step *q = f->q;
    *made = (narrow_product){.n = round_up(q->padded, NN16_LANES),
                             .pairs = (q->project.k + 1) / 2,
                             .floats = q->plain_output ? round_up(q->outputs, 8) : q->padded,
                             .bias = q->project_bias,
                             .relu = q->project_activation.kind == NN_ACTIVATION_RELU,
                             .residual = q->residual,
                             .a_pitch = f->pitch};
    unit_source direct = place_direct(w, step, f, made);
    return narrow_product_units(w->p, q->project.weights, f->v, q->project.k, &direct, made, err);
}

/* Does the only part at full resolution come again beside an enlarged one that does not? Then it
 * is quantised once, and kept: half the bytes, and its own range. */
static bool comes_quantised(const narrowing *w, const narrow_front *f, const int *inputs)
{
    if (f->n_parts != 1 || f->q->low.input < 0 || f->q->ready >= 0 || !w->keep) return false;
    const nn_tensor *tensors = w->p->tensor;
    return !(tensors[inputs[f->part[0].input]].depends & ~w->keep) &&
           tensors[inputs[f->low.input]].depends & ~w->keep;
}

static vis_status build_rows(narrowing *w, int block, vis_error *err)
{
    const narrow_block *b = &w->seen->block[block];
    const nn_step *step = &w->old->step[b->main];
    const ir_step *q = step->data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(rows16_step), &memory, err));
    rows16_step *made = memory;
    narrow_front *f = &made->front;
    narrow_product kept;
    float gain;
    VIS_TRY(make_front(w, block, f, &kept, &gain, err));
    int inputs[NARROW_INPUTS];
    memcpy(inputs, step->input, (size_t)step->n_inputs * sizeof *inputs);
    if (q->ready >= 0) VIS_TRY(add_kept(w, b, f->hidden, &kept, gain, &inputs[q->ready], err));
    VIS_TRY(make_projection(w, step, f, &made->project, err));
    f->quantised = comes_quantised(w, f, inputs);
    if (f->quantised) {
        int *input = &inputs[f->part[0].input];
        VIS_TRY(add_quantise_alone(w, b->main, *input, f->part[0], f->a_pitch, input, err));
        f->range.gain[f->part[0].input] = 1;
    }
    for (int i = 0; i < f->range.n; i++)
        VIS_TRY(want_measured(w, inputs[i], err));
    return add_step(w, &rows16_class, b->main, inputs, step->n_inputs, step->output, made, err);
}

/* The projection of what channels16_class has made. */
static vis_status build_projection(narrowing *w, int at, const narrow_front *f, int from,
                                   vis_error *err)
{
    const nn_step *step = &w->old->step[at];
    const conv_step *c = step->data;
    narrow_product made = {.n = round_up(c->padded, NN16_LANES),
                           .pairs = (c->part[0].k + 1) / 2,
                           .floats = c->padded,
                           .bias = c->bias,
                           .relu = c->activation.kind == NN_ACTIVATION_RELU,
                           .images = c->images,
                           .pixels = c->pixels / c->images,
                           .residual = c->residual};
    VIS_TRY(narrow_product_units(w->p, c->part[0].weights, f->v, c->part[0].k, &(unit_source){0},
                                 &made, err));
    void *data;
    VIS_TRY(keep_data(w, &made, sizeof made, &data, err));
    int inputs[2] = {from, step->n_inputs > 1 ? step->input[1] : -1};
    return add_step(w, &product16_class, at, inputs, step->n_inputs, step->output, data, err);
}

/* inputs: the tensors of floats that the step reads, and what is ready, if anything. The quantised
 * ones have the P of the step. */
static vis_status quantise_inputs(narrowing *w, int at, narrow_front *f, const int *inputs,
                                  int *made, int *n_made, vis_error *err)
{
    narrow_range all = f->range;
    if (f->n_parts > 0) {
        f->a_input = (*n_made)++;
        VIS_TRY(add_quantise(w, at, f->part, f->n_parts, f->a_pitch, inputs, &all,
                             &made[f->a_input], err));
    }
    if (f->q->low.input >= 0) {
        f->low_input = (*n_made)++;
        VIS_TRY(
            add_quantise(w, at, &f->low, 1, f->low_pitch, inputs, &all, &made[f->low_input], err));
    }
    if (f->q->ready >= 0) {
        f->ready_input = (*n_made)++;
        made[f->ready_input] = inputs[f->q->ready];
    }
    f->range.n = 1; /* the first of them has the range of all */
    f->range.gain[0] = 1;
    return VIS_OK;
}

static vis_status build_channels(narrowing *w, int block, vis_error *err)
{
    const narrow_block *b = &w->seen->block[block];
    const nn_step *step = &w->old->step[b->main];
    const ir_step *q = step->data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(narrow_front), &memory, err));
    narrow_front *f = memory;
    narrow_product kept;
    float gain;
    VIS_TRY(make_front(w, block, f, &kept, &gain, err));
    int inputs[NARROW_INPUTS], made[3], n_made = 0, out;
    memcpy(inputs, step->input, (size_t)step->n_inputs * sizeof *inputs);
    if (q->ready >= 0) VIS_TRY(add_kept(w, b, f->hidden, &kept, gain, &inputs[q->ready], err));
    VIS_TRY(quantise_inputs(w, b->main, f, inputs, made, &n_made, err));
    VIS_TRY(add_halves(w, &w->old->tensor[step->output].shape, f->pitch, &out, err));
    VIS_TRY(add_step(w, &channels16_class, b->main, made, n_made, out, f, err));
    return build_projection(w, b->main + 1, f, out, err);
}

static vis_status build_taps(narrowing *w, int block, vis_error *err)
{
    int at = w->seen->block[block].main, quantised;
    const nn_step *step = &w->old->step[at];
    const conv_step *q = step->data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(taps16_step), &memory, err));
    taps16_step *made = memory;
    *made = (taps16_step){.q = q, .n = round_up(q->padded, NN16_LANES)};
    narrow_part part = {.k = q->channels, .gain = 1};
    int64_t pitch = place_parts(&part, 1, &made->pairs);
    VIS_TRY(narrow_taps_units(w->p, w->seen->tensor[step->input[0]].equaliser, made, err));
    VIS_TRY(add_quantise_alone(w, at, step->input[0], part, pitch, &quantised, err));
    return add_step(w, &taps16_class, at, &quantised, 1, step->output, made, err);
}

/* --- the program ---------------------------------------------------------------------------- */

static vis_status build_block(narrowing *w, int block, vis_error *err)
{
    switch (w->seen->block[block].kind) {
    case NARROW_ROWS:
        return build_rows(w, block, err);
    case NARROW_CHANNELS:
        return build_channels(w, block, err);
    default:
        return build_taps(w, block, err);
    }
}

static vis_status copy_step(narrowing *w, int at, vis_error *err)
{
    const nn_step *s = &w->old->step[at];
    return add_step(w, s->kind, at, s->input, s->n_inputs, s->output, s->data, err);
}

static vis_status build_steps(narrowing *w, const bool *exact, narrow_steps *steps, vis_error *err)
{
    const calibration *seen = w->seen;
    int at = 0;
    for (int i = 0; i < seen->n_blocks; i++) {
        const narrow_block *b = &seen->block[i];
        while (at < b->first)
            VIS_TRY(copy_step(w, at++, err));
        steps[i].first = w->p->n_steps;
        while (exact[i] && at < b->first + b->count)
            VIS_TRY(copy_step(w, at++, err));
        if (!exact[i]) VIS_TRY(build_block(w, i, err));
        steps[i].count = w->p->n_steps - steps[i].first;
        at = b->first + b->count;
    }
    while (at < w->old->n_steps)
        VIS_TRY(copy_step(w, at++, err));
    return VIS_OK;
}

/* A program with the same tensors and no steps yet. */
static vis_status begin(const nn_program *old, const nn_kernels16 *kernels, nn_program **out,
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
    p->narrow = kernels;
    p->tensor = malloc((size_t)old->tensors_capacity * sizeof *p->tensor);
    if (!p->tensor) return vis_fail_memory(err, "network program");
    memcpy(p->tensor, old->tensor, (size_t)old->n_tensors * sizeof *p->tensor);
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        t->first = t->last = -1;
        t->depends = t->place == NN_IN_INPUT ? (uint32_t)1 << t->index : 0;
    }
    return VIS_OK;
}

vis_status narrow_build(const nn_program *old, const calibration *seen, const bool *exact,
                        const nn_kernels16 *kernels, uint32_t keep, nn_program **out,
                        narrow_steps *steps, vis_error *err)
{
    narrowing w = {.old = old, .seen = seen, .keep = keep};
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
static void release_weights(nn_program *old, const narrow_block *b)
{
    narrow_matrix m[NARROW_MATRICES];
    for (int n = narrow_matrices(old, b, m), i = 0; i < n; i++)
        program_release(old, m[i].weights);
    if (b->kind == NARROW_TAPS) return;
    const ir_step *q = old->step[b->main].data;
    program_release(old, q->depthwise_weights);
    program_release(old, q->project.weights);
    if (b->kind != NARROW_CHANNELS) return;
    const conv_step *project = old->step[b->main + 1].data;
    program_release(old, project->part[0].weights);
}

void narrow_adopt(nn_program *p, nn_program *old, const calibration *seen, const bool *exact)
{
    for (int i = 0; i < seen->n_blocks; i++)
        if (!exact[i]) release_weights(old, &seen->block[i]);
    program_take_memory(p, old);
    nn_program_free(old);
}
