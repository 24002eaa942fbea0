/* engine/ops/i16_pack.c - see i16_pack.h.
 *
 * Weights are unpacked, scaled by the units of what they read and what they write (i16.h),
 * rounded, and packed for the 16-bit kernels. Nothing of that depends on other blocks: each is a
 * task of its own, with memory of its own.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16_pack.h"

#include "base/threads.h"
#include "engine/ops/i16_units.h"

#include <stdlib.h>
#include <string.h>

#define PAD_PITCH 512 /* numbers: pixels 1 KiB apart fall into the same sets of L1 */

/* One block. */
typedef struct packing {
    nn_program *p; /* its memory */
    const nn_program *old;
    const calibration *seen;
    uint32_t cache_inputs; /* inputs that come again */
    int block;
} packing;

/* --- parts ---------------------------------------------------------------------------------- */

static vis_status allocate(packing *w, int64_t count, size_t size, void **out, vis_error *err)
{
    return program_alloc(w->p, (size_t)count, size, out, err);
}

static int64_t padded_pitch(int64_t numbers)
{
    return numbers % PAD_PITCH == 0 ? numbers + NN_I16_LANES : numbers;
}

/* Puts inputs side by side; returns the numbers of a pixel, `pairs` of them read. */
static int64_t place_parts(i16_part *part, int n, int64_t *pairs)
{
    int64_t at = 0, end = 0;
    for (int i = 0; i < n; i++) {
        part[i].slot = at;
        end = at + round_up(part[i].k, 8);
        at += round_up(part[i].k, 2);
    }
    *pairs = at / 2;
    return padded_pitch(round_up(end, NN_I16_LANES));
}

/* One input alone; returns the pairs of a pixel. */
static int64_t place_alone(i16_packed *out, i16_part part)
{
    int64_t pairs;
    part.input = 0;
    out->alone.part = part;
    out->alone.pitch = place_parts(&out->alone.part, 1, &pairs);
    return pairs;
}

static vis_status copy_taps(packing *w, const nn_tap *from, int64_t count, const nn_tap_i16 **out,
                            vis_error *err)
{
    void *memory;
    VIS_TRY(allocate(w, count, sizeof(nn_tap_i16), &memory, err));
    nn_tap_i16 *tap = memory;
    for (int64_t i = 0; i < count; i++)
        for (int j = 0; j < 2; j++) {
            tap[i].at[j] = from[i].at[j];
            tap[i].weight[j][0] = tap[i].weight[j][1] = i16_weight((double)from[i].weight[j]);
        }
    *out = tap;
    return VIS_OK;
}

static vis_status make_half(packing *w, int64_t n, const int32_t **out, vis_error *err)
{
    void *memory;
    VIS_TRY(allocate(w, n, sizeof(int32_t), &memory, err));
    int32_t *half = memory;
    for (int64_t i = 0; i < n; i++)
        half[i] = NN_I16_HALF;
    *out = half;
    return VIS_OK;
}

static const i16_block *block_of(const packing *w)
{
    return &w->seen->block[w->block];
}

/* A tensor of floats as a source of products; its channels times `taps` are k. */
static unit_source source_of(const packing *w, int id, const float *weights, int64_t k)
{
    const calibrated_tensor *t = &w->seen->tensor[id];
    return (unit_source){
        .weights = weights, .equaliser = t->equaliser, .k = k, .gain = 1, .length = t->length};
}

/* All that the front of a block multiplies. */
static front_sources find_sources(const packing *w)
{
    const i16_block *b = block_of(w);
    const nn_step *step = &w->old->step[b->main];
    const ir_step *q = step->data;
    front_sources from = {.results = w->seen->results[w->block]};
    for (int i = 0; i < q->n_parts; i++)
        from.part[i] =
            source_of(w, step->input[q->part[i].input], q->part[i].weights, q->part[i].k);
    if (q->low.input >= 0)
        from.low = source_of(w, step->input[q->low.input], q->low.weights, q->low.k);
    const conv_step *cached = i16_cached_conv(w->old, b);
    if (cached)
        from.cached = source_of(w, w->old->step[b->first].input[0], cached->part[0].weights,
                                cached->part[0].k);
    return from;
}

/* Where everything lies; units come later. */
static vis_status lay_out(packing *w, const ir_step *q, i16_front *f, vis_error *err)
{
    *f = (i16_front){.q = q,
                     .n_parts = q->n_parts,
                     .hidden = round_up(q->hidden, NN_I16_LANES),
                     .a_input = -1,
                     .low_input = -1,
                     .ready_input = -1};
    f->pitch = padded_pitch(f->hidden);
    for (int i = 0; i < q->n_parts; i++)
        f->part[i] = (i16_part){.input = q->part[i].input, .k = q->part[i].k};
    f->a_pitch = place_parts(f->part, f->n_parts, &f->pairs);
    if (q->low.input >= 0) {
        f->low = (i16_part){.input = q->low.input, .k = q->low.k};
        f->low_pitch = place_parts(&f->low, 1, &f->low_pairs);
        VIS_TRY(copy_taps(w, q->row_tap, q->height, &f->row_tap, err));
        VIS_TRY(copy_taps(w, q->column_tap, q->width, &f->column_tap, err));
    }
    return make_half(w, f->hidden, &f->half, err);
}

/* Gains to where they are used: the parts, and P. */
static void take_gains(i16_front *f, const front_sources *from)
{
    const ir_step *q = f->q;
    f->range.n = q->n_parts + (q->low.input >= 0) + (q->ready >= 0);
    for (int i = 0; i < f->n_parts; i++)
        f->range.gain[f->part[i].input] = f->part[i].gain = from->part[i].gain;
    if (q->low.input >= 0) f->range.gain[q->low.input] = f->low.gain = from->low.gain;
    if (q->ready >= 0) f->range.gain[q->ready] = 1; /* has its own in its P */
}

/* The product that makes what is cached, its weights yet to come. */
static vis_status open_cached(packing *w, const i16_front *f, i16_packed *out, vis_error *err)
{
    const conv_step *before = i16_cached_conv(w->old, block_of(w));
    void *memory;
    if (!before) return VIS_OK;
    VIS_TRY(allocate(w, 1, sizeof *out->cached, &memory, err));
    out->cached = memory;
    *out->cached = (i16_gemm){.n = f->hidden,
                              .pairs = (before->part[0].k + 1) / 2,
                              .images = f->q->images,
                              .pixels = before->pixels / f->q->images,
                              .start = f->half,
                              .residual = -1};
    return VIS_OK;
}

/* Everything of `f` but where ir_channels_i16_class finds its inputs, and what is cached. */
static vis_status pack_front(packing *w, i16_front *f, i16_packed *out, vis_error *err)
{
    front_sources from = find_sources(w);
    VIS_TRY(lay_out(w, w->old->step[block_of(w)->main].data, f, err));
    VIS_TRY(open_cached(w, f, out, err));
    VIS_TRY(i16_front_units(w->p, f, &from, out->cached, err));
    take_gains(f, &from);
    if (out->cached) place_alone(out, (i16_part){.k = from.cached.k, .gain = from.cached.gain});
    return VIS_OK;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* What a row's product reads beside the depthwise results, if anything: its gain is the one that
 * the front has for this tensor; another one counts for P as well. */
static unit_source place_direct(packing *w, const nn_step *step, i16_front *f, i16_gemm *made)
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
    made->direct = (i16_part){q->direct.input, from.gain, q->direct.k, f->hidden};
    made->pairs = (f->hidden + round_up(q->direct.k, 2)) / 2;
    made->a_pitch = padded_pitch(f->hidden + round_up(q->direct.k, NN_I16_LANES));
    return from;
}

/* The projection of ir_rows_i16_class, and beside it the product with the residual, if that is
 * one. */
static vis_status make_projection(packing *w, const nn_step *step, i16_front *f, i16_gemm *made,
                                  vis_error *err)
{
    const ir_step *q = f->q;
    *made = (i16_gemm){.n = round_up(q->padded, NN_I16_LANES),
                       .pairs = (q->project.k + 1) / 2,
                       .floats = q->plain_output ? round_up(q->outputs, 8) : q->padded,
                       .bias = q->project_bias,
                       .relu = q->project_activation.kind == NN_ACTIVATION_RELU,
                       .residual = q->residual,
                       .a_pitch = f->pitch};
    unit_source direct = place_direct(w, step, f, made);
    return i16_gemm_units(w->p, q->project.weights, f->v, q->project.k, &direct, made, err);
}

/* Does the only part at full resolution come again beside an enlarged one that does not? Then it
 * is quantised once, and stored: half the bytes, and its own range. */
static bool comes_quantised(const packing *w, const nn_step *step, const i16_front *f)
{
    if (f->n_parts != 1 || f->q->low.input < 0 || f->q->ready >= 0 || !w->cache_inputs)
        return false;
    const nn_tensor *tensors = w->old->tensor;
    return !(tensors[step->input[f->part[0].input]].depends & ~w->cache_inputs) &&
           tensors[step->input[f->low.input]].depends & ~w->cache_inputs;
}

static vis_status pack_rows(packing *w, i16_packed *out, vis_error *err)
{
    const nn_step *step = &w->old->step[block_of(w)->main];
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof(ir_rows_i16_step), &memory, err));
    out->rows = memory;
    i16_front *f = &out->rows->front;
    VIS_TRY(pack_front(w, f, out, err));
    VIS_TRY(make_projection(w, step, f, &out->rows->project, err));
    f->quantised = comes_quantised(w, step, f);
    if (!f->quantised) return VIS_OK;
    place_alone(out, f->part[0]);
    f->range.gain[f->part[0].input] = 1;
    return VIS_OK;
}

/* --- channels ------------------------------------------------------------------------------- */

/* The quantised inputs, in the order in which the step has them. */
static void number_inputs(i16_front *f)
{
    int n = 0;
    if (f->n_parts > 0) f->a_input = n++;
    if (f->q->low.input >= 0) f->low_input = n++;
    if (f->q->ready >= 0) f->ready_input = n++;
    f->range.n = 1; /* the first of them has the range of all */
    f->range.gain[0] = 1;
}

/* The projection of what ir_channels_i16_class has made. */
static vis_status pack_result(packing *w, const i16_front *f, i16_packed *out, vis_error *err)
{
    const conv_step *c = w->old->step[block_of(w)->main + 1].data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof *out->result, &memory, err));
    out->result = memory;
    *out->result = (i16_gemm){.n = round_up(c->padded, NN_I16_LANES),
                              .pairs = (c->part[0].k + 1) / 2,
                              .floats = c->padded,
                              .bias = c->bias,
                              .relu = c->activation.kind == NN_ACTIVATION_RELU,
                              .images = c->images,
                              .pixels = c->pixels / c->images,
                              .residual = c->residual};
    return i16_gemm_units(w->p, c->part[0].weights, f->v, c->part[0].k, &(unit_source){0},
                          out->result, err);
}

static vis_status pack_channels_i16(packing *w, i16_packed *out, vis_error *err)
{
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof *out->channels, &memory, err));
    i16_front *f = out->channels = memory;
    VIS_TRY(pack_front(w, f, out, err));
    out->range = f->range;
    number_inputs(f);
    return pack_result(w, f, out, err);
}

/* --- taps ----------------------------------------------------------------------------------- */

static vis_status pack_taps_i16(packing *w, i16_packed *out, vis_error *err)
{
    const nn_step *step = &w->old->step[block_of(w)->main];
    const conv_step *q = step->data;
    void *memory;
    VIS_TRY(allocate(w, 1, sizeof *out->taps, &memory, err));
    out->taps = memory;
    *out->taps = (conv_taps_i16_step){.q = q, .n = round_up(q->padded, NN_I16_LANES)};
    out->taps->pairs = place_alone(out, (i16_part){.k = q->channels, .gain = 1});
    return i16_taps_units(w->p, w->seen->tensor[step->input[0]].equaliser, out->taps, err);
}

/* --- all of them ---------------------------------------------------------------------------- */

typedef struct packing_all {
    packing of; /* any of them */
    i16_packed *packed;
    vis_error *err; /* by block */
} packing_all;

static vis_status pack_block(packing *w, i16_packed *out, vis_error *err)
{
    out->memory = w->p = calloc(1, sizeof *w->p);
    if (!w->p) return vis_fail_memory(err, "network program");
    w->p->kernels = w->old->kernels;
    switch (block_of(w)->kind) {
    case I16_ROWS:
        return pack_rows(w, out, err);
    case I16_CHANNELS:
        return pack_channels_i16(w, out, err);
    default:
        return pack_taps_i16(w, out, err);
    }
}

static void pack_task(void *argument, int index, int worker)
{
    const packing_all *all = argument;
    packing w = all->of;
    w.block = index;
    all->err[index].status = pack_block(&w, &all->packed[index], &all->err[index]);
    (void)worker;
}

vis_status i16_pack(const nn_program *old, const calibration *seen, uint32_t cache_inputs,
                    thread_pool *pool, i16_packed **out, vis_error *err)
{
    size_t n = (size_t)seen->n_blocks + 1;
    packing_all all = {.of = {.old = old, .seen = seen, .cache_inputs = cache_inputs}};
    vis_status status = VIS_OK;
    *out = all.packed = calloc(n, sizeof *all.packed);
    all.err = calloc(n, sizeof *all.err);
    if (!all.packed || !all.err)
        status = vis_fail_memory(err, "network program");
    else
        thread_pool_run(pool, seen->n_blocks, pack_task, &all);
    for (int i = 0; status == VIS_OK && i < seen->n_blocks; i++)
        if ((status = all.err[i].status) != VIS_OK) *err = all.err[i];
    free(all.err);
    return status;
}

void i16_packed_free(i16_packed *packed, int n_blocks)
{
    for (int i = 0; packed && i < n_blocks; i++)
        nn_program_free(packed[i].memory);
    free(packed);
}
