/* nn/steps/narrow_build.c - turns the inverted residuals of a program into steps of 16 bits.
 *
 * The program has been lowered in float32; its steps are taken one by one into a new list, those
 * that can be replaced among them replaced. Weights are unpacked, scaled by the units of what they
 * read and what they write (narrow.h), rounded, and packed for the 16-bit kernels; the float ones
 * are freed.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/steps/narrow_units.h"

#include <stdlib.h>
#include <string.h>

#define PAD_PITCH                                                                                  \
    512 /* numbers: pixels a multiple of 1 KiB apart fall into the same sets of L1                 \
         */

#define SMALLEST_PEAK 1e-30f /* of what has no bias beside it */

/* The list being replaced. */
typedef struct narrowing {
    nn_program *p;
    nn_step *old;
    int n_old;
    uint32_t keep;      /* inputs that come again */
    const void **spent; /* [4 a step]: float weights that nobody will read */
    int n_spent;
} narrowing;

static bool is_linear_or_relu(const nn_activation *a)
{
    return a->kind == NN_ACTIVATION_NONE || a->kind == NN_ACTIVATION_RELU;
}

static int readers_of(const narrowing *w, int id)
{
    int readers = 0;
    for (int i = 0; i < w->n_old; i++)
        for (int k = 0; k < w->old[i].n_inputs; k++)
            readers += w->old[i].input[k] == id;
    return readers;
}

/* The 1x1 convolution of step `at`, alone and with what 16-bit products can finish; or NULL. */
static const conv_step *plain_product(const narrowing *w, int at)
{
    if (at < 0 || at >= w->n_old || w->old[at].kind != &conv_class) return NULL;
    const conv_step *c = w->old[at].data;
    bool fits = c->n_parts == 1 && !c->gathers && !c->plain_input && !c->plain_output &&
                !c->sigmoid && is_linear_or_relu(&c->activation);
    return fits ? c : NULL;
}

/* Can what step `at` reads up to the depthwise convolution be read in 16 bits? */
static bool front_fits(const narrowing *w, int at)
{
    const nn_step *step = &w->old[at];
    const ir_step *q = step->data;
    if (q->plain_input || q->expand_activation.kind != NN_ACTIVATION_RELU ||
        q->depthwise_activation.kind != NN_ACTIVATION_RELU)
        return false;
    for (int i = 0; i < step->n_inputs; i++) {
        const nn_tensor *t = &w->p->tensor[step->input[i]];
        if (t->layout != NN_NHWC || t->place != NN_IN_ARENA) return false;
    }
    if (q->ready < 0) return true;
    const conv_step *kept = plain_product(w, at - 1);
    int id = step->input[q->ready];
    return kept && w->old[at - 1].output == id && readers_of(w, id) == 1 && kept->residual < 0 &&
           kept->activation.kind == NN_ACTIVATION_NONE;
}

static bool rows_fit(const narrowing *w, int at)
{
    if (at >= w->n_old || w->old[at].kind != &ir_rows_class) return false;
    const ir_step *q = w->old[at].data;
    return q->project.weights && is_linear_or_relu(&q->project_activation) && front_fits(w, at);
}

static bool channels_fit(const narrowing *w, int at)
{
    if (at >= w->n_old || w->old[at].kind != &ir_channels_class) return false;
    const conv_step *after = plain_product(w, at + 1);
    return after && w->old[at + 1].input[0] == w->old[at].output &&
           readers_of(w, w->old[at].output) == 1 && front_fits(w, at);
}

/* --- parts ---------------------------------------------------------------------------------- */

static vis_status allocate(narrowing *w, int64_t count, size_t size, void **out, vis_error *err)
{
    return program_alloc(w->p, (size_t)count, size, out, err);
}

/* Pixels a multiple of 1 KiB apart would fall into the same few sets of L1. */
static int64_t padded_pitch(int64_t numbers)
{
    return numbers % 512 == 0 ? numbers + NN16_LANES : numbers;
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

static void spend(narrowing *w, const void *weights)
{
    w->spent[w->n_spent++] = weights;
}

/* Everything of `f` but where channels16_class finds its inputs; `ready`, filled when there is one,
 * is the product that makes what is kept. */
static vis_status make_front(narrowing *w, int at, narrow_front *f, narrow_product *ready,
                             vis_error *err)
{
    const ir_step *q = w->old[at].data;
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
    VIS_TRY(make_half(w, f->hidden, &f->half, err));
    const conv_step *kept = q->ready >= 0 ? plain_product(w, at - 1) : NULL;
    if (kept) {
        *ready = (narrow_product){.n = f->hidden,
                                  .images = q->images,
                                  .pixels = kept->pixels / q->images,
                                  .residual = -1};
        ready->pairs = (kept->part[0].k + 1) / 2;
        ready->start = f->half;
    }
    VIS_TRY(narrow_front_units(w->p, f, kept, ready, err));
    for (int i = 0; i < q->n_parts; i++)
        spend(w, q->part[i].weights);
    spend(w, kept ? kept->part[0].weights : NULL);
    spend(w, q->low.weights);
    spend(w, q->depthwise_weights);
    return VIS_OK;
}

/* --- steps ---------------------------------------------------------------------------------- */

static vis_status add_step(narrowing *w, const nn_step_class *kind, int like, const int *inputs,
                           int n, int output, const void *data, vis_error *err)
{
    VIS_TRY(program_add_step(w->p, kind, w->old[like].name, inputs, n, output, (void *)data, err));
    nn_step *added = &w->p->step[w->p->n_steps - 1];
    added->macs = w->old[like].macs;
    added->narrow = kind != w->old[like].kind;
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
    program_want_peak(w->p, *id);
    return VIS_OK;
}

/* Quantises parts[0 .. n) of step `at`, of which those in front read `inputs`, all of which count
 * for the range. */
static vis_status add_quantise(narrowing *w, int at, const narrow_part *parts, int n_parts,
                               int64_t pitch, const int *inputs, int n, float least, int *out,
                               vis_error *err)
{
    narrow_quantise made = {.n_parts = n_parts, .least_peak = least};
    memcpy(made.part, parts, (size_t)n_parts * sizeof *parts);
    const graph_shape *shape = &w->p->tensor[inputs[parts[0].input]].shape;
    made.images = shape->dim[0];
    made.pixels = shape->dim[2] * shape->dim[3];
    void *data;
    VIS_TRY(keep_data(w, &made, sizeof made, &data, err));
    VIS_TRY(add_halves(w, shape, pitch, out, err));
    for (int i = 0; i < n; i++)
        program_want_peak(w->p, inputs[i]);
    VIS_TRY(add_step(w, &quantise16_class, at, inputs, n, *out, data, err));
    w->p->step[w->p->n_steps - 1].macs = 0;
    return VIS_OK;
}

/* The product that is kept, from the tensor that it reads to the expanded channels in 16 bits. */
static vis_status add_ready(narrowing *w, int at, const narrow_front *f,
                            const narrow_product *ready, int *out, vis_error *err)
{
    int from = w->old[at - 1].input[0], quantised;
    narrow_part part = {.input = 0, .k = plain_product(w, at - 1)->part[0].k};
    int64_t pairs, pitch = place_parts(&part, 1, &pairs);
    VIS_TRY(add_quantise(w, at - 1, &part, 1, pitch, &from, 1, f->least_peak, &quantised, err));
    void *data;
    VIS_TRY(keep_data(w, ready, sizeof *ready, &data, err));
    VIS_TRY(add_halves(w, &w->p->tensor[w->old[at - 1].output].shape, f->hidden, out, err));
    return add_step(w, &product16_class, at - 1, &quantised, 1, *out, data, err);
}

/* The projection of rows16_class, and beside it the product with the residual, if that is one. */
static vis_status make_projection(narrowing *w, const ir_step *q, const narrow_front *f,
                                  narrow_product *made, vis_error *err)
{
    product_source sources[2] = {{q->project.weights, f->v, q->project.k, 0}};
    *made = (narrow_product){.n = round_up(q->padded, NN16_LANES),
                             .pairs = (q->project.k + 1) / 2,
                             .floats = q->plain_output ? round_up(q->outputs, 8) : q->padded,
                             .bias = q->project_bias,
                             .relu = q->project_activation.kind == NN_ACTIVATION_RELU,
                             .residual = q->residual,
                             .a_pitch = f->pitch};
    spend(w, q->project.weights);
    if (q->direct.input < 0) return narrow_product_units(w->p, sources, 1, made, err);
    made->direct = (narrow_part){q->direct.input, q->direct.k, f->hidden};
    made->pairs = (f->hidden + round_up(q->direct.k, 2)) / 2;
    made->a_pitch = padded_pitch(f->hidden + round_up(q->direct.k, NN16_LANES));
    sources[1] = (product_source){q->direct.weights, NULL, q->direct.k, f->hidden};
    spend(w, q->direct.weights);
    return narrow_product_units(w->p, sources, 2, made, err);
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

static vis_status narrow_rows(narrowing *w, int at, vis_error *err)
{
    const nn_step *step = &w->old[at];
    const ir_step *q = step->data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(rows16_step), &memory, err));
    rows16_step *made = memory;
    narrow_product ready;
    VIS_TRY(make_front(w, at, &made->front, &ready, err));
    int inputs[SOURCE_MAX_PARTS + 2];
    memcpy(inputs, step->input, (size_t)step->n_inputs * sizeof *inputs);
    if (q->ready >= 0) VIS_TRY(add_ready(w, at, &made->front, &ready, &inputs[q->ready], err));
    made->front.quantised = comes_quantised(w, &made->front, inputs);
    if (made->front.quantised) {
        narrow_part part = made->front.part[0];
        int *input = &inputs[part.input], from = *input;
        part.input = 0;
        VIS_TRY(add_quantise(w, at, &part, 1, made->front.a_pitch, &from, 1, made->front.least_peak,
                             input, err));
    }
    made->n_peaks = step->n_inputs - (q->residual >= 0) - (q->direct.input >= 0);
    for (int i = 0; i < made->n_peaks; i++)
        program_want_peak(w->p, inputs[i]);
    VIS_TRY(make_projection(w, q, &made->front, &made->project, err));
    return add_step(w, &rows16_class, at, inputs, step->n_inputs, step->output, made, err);
}

/* The projection of what channels16_class has made. */
static vis_status narrow_projection(narrowing *w, int at, const narrow_front *f, int from,
                                    vis_error *err)
{
    const conv_step *c = w->old[at].data;
    narrow_product made = {.n = round_up(c->padded, NN16_LANES),
                           .pairs = (c->part[0].k + 1) / 2,
                           .floats = c->padded,
                           .bias = c->bias,
                           .relu = c->activation.kind == NN_ACTIVATION_RELU,
                           .images = c->images,
                           .pixels = c->pixels / c->images,
                           .residual = c->residual};
    product_source weights = {c->part[0].weights, f->v, c->part[0].k, 0};
    VIS_TRY(narrow_product_units(w->p, &weights, 1, &made, err));
    spend(w, c->part[0].weights);
    void *data;
    VIS_TRY(keep_data(w, &made, sizeof made, &data, err));
    int inputs[2] = {from, w->old[at].n_inputs > 1 ? w->old[at].input[1] : -1};
    return add_step(w, &product16_class, at, inputs, w->old[at].n_inputs, w->old[at].output, data,
                    err);
}

/* inputs[0 .. n): the tensors of floats that the step reads; [n]: what is ready, if anything. */
static vis_status quantise_inputs(narrowing *w, int at, narrow_front *f, const int *inputs, int n,
                                  int *made, int *n_made, vis_error *err)
{
    if (f->n_parts > 0) {
        f->a_input = (*n_made)++;
        VIS_TRY(add_quantise(w, at, f->part, f->n_parts, f->a_pitch, inputs, n, f->least_peak,
                             &made[f->a_input], err));
    }
    if (f->q->low.input >= 0) {
        f->low_input = (*n_made)++;
        VIS_TRY(add_quantise(w, at, &f->low, 1, f->low_pitch, inputs, n, f->least_peak,
                             &made[f->low_input], err));
    }
    if (f->q->ready >= 0) {
        f->ready_input = (*n_made)++;
        made[f->ready_input] = inputs[f->q->ready];
    }
    return VIS_OK;
}

static vis_status narrow_channels(narrowing *w, int at, vis_error *err)
{
    const nn_step *step = &w->old[at];
    const ir_step *q = step->data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(narrow_front), &memory, err));
    narrow_front *f = memory;
    narrow_product ready;
    VIS_TRY(make_front(w, at, f, &ready, err));
    int inputs[SOURCE_MAX_PARTS + 2], made[3], n_made = 0, out;
    memcpy(inputs, step->input, (size_t)step->n_inputs * sizeof *inputs);
    if (q->ready >= 0) VIS_TRY(add_ready(w, at, f, &ready, &inputs[q->ready], err));
    VIS_TRY(quantise_inputs(w, at, f, inputs, step->n_inputs, made, &n_made, err));
    VIS_TRY(add_halves(w, &w->p->tensor[step->output].shape, f->pitch, &out, err));
    VIS_TRY(add_step(w, &channels16_class, at, made, n_made, out, f, err));
    return narrow_projection(w, at + 1, f, out, err);
}

/* Can the dense convolution of step `at` be run tap by tap in 16 bits? */
static bool taps_fit(const narrowing *w, int at)
{
    if (w->old[at].kind != &conv_taps_class) return false;
    const conv_step *q = w->old[at].data;
    const nn_tensor *x = &w->p->tensor[w->old[at].input[0]];
    return x->layout == NN_NHWC && x->place == NN_IN_ARENA && q->residual < 0 && !q->plain_output &&
           is_linear_or_relu(&q->activation);
}

static vis_status narrow_taps(narrowing *w, int at, vis_error *err)
{
    const conv_step *q = w->old[at].data;
    int from = w->old[at].input[0], quantised;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(taps16_step), &memory, err));
    taps16_step *made = memory;
    *made = (taps16_step){.q = q, .n = round_up(q->padded, NN16_LANES)};
    narrow_part part = {.input = 0, .k = q->channels};
    int64_t pitch = place_parts(&part, 1, &made->pairs);
    VIS_TRY(narrow_taps_units(w->p, made, err));
    spend(w, q->part[0].weights);
    VIS_TRY(add_quantise(w, at, &part, 1, pitch, &from, 1, SMALLEST_PEAK, &quantised, err));
    return add_step(w, &taps16_class, at, &quantised, 1, w->old[at].output, made, err);
}

/* Does the step after this one take it along? */
static bool taken_along(const narrowing *w, int at)
{
    if (!rows_fit(w, at + 1) && !channels_fit(w, at + 1)) return false;
    const ir_step *q = w->old[at + 1].data;
    return q->ready >= 0 && w->old[at + 1].input[q->ready] == w->old[at].output;
}

static vis_status rebuild(narrowing *w, vis_error *err)
{
    for (int i = 0; i < w->n_old; i++) {
        const nn_step *step = &w->old[i];
        if (taken_along(w, i)) continue;
        if (rows_fit(w, i)) {
            VIS_TRY(narrow_rows(w, i, err));
        } else if (channels_fit(w, i)) {
            VIS_TRY(narrow_channels(w, i++, err));
        } else if (taps_fit(w, i)) {
            VIS_TRY(narrow_taps(w, i, err));
        } else {
            VIS_TRY(add_step(w, step->kind, i, step->input, step->n_inputs, step->output,
                             step->data, err));
        }
    }
    return VIS_OK;
}

vis_status program_narrow(nn_program *p, const nn_kernels16 *kernels, uint32_t keep, vis_error *err)
{
    narrowing w = {.p = p, .old = p->step, .n_old = p->n_steps, .keep = keep};
    p->narrow = kernels;
    w.spent = malloc(sizeof *w.spent * (size_t)(p->n_steps + 1) * (SOURCE_MAX_PARTS + 4));
    if (!w.spent) return vis_fail_memory(err, "network weights");
    p->step = NULL;
    p->n_steps = p->steps_capacity = 0;
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        t->first = t->last = -1;
        t->depends = t->place == NN_IN_INPUT ? (uint32_t)1 << t->index : 0;
    }
    vis_status status = rebuild(&w, err);
    for (int i = 0; i < w.n_spent; i++)
        program_release(p, w.spent[i]);
    free(w.spent);
    free(w.old);
    return status;
}
