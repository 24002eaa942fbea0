/* engine/calibrate.c - see calibrate.h.
 *
 * Equalisation balances what a channel of a tensor carries against how strongly its readers'
 * weights answer to it, as Nagel et al. do between layers (2019, arXiv:1906.04721): a channel with
 * magnitudes up to X that is read through a column of weights of length C is multiplied by
 * sqrt(C / X), so that its error and its share of the range cost the same. Rows of weights count
 * by direction alone: a row that is large throughout has a unit that is.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/calibrate.h"

#include "base/threads.h"
#include "engine/cpu/kernels_i16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LANES 16
#define WIDEST 40     /* a channel's factor lies within 2^40 of the tensor's usual one */
#define QUIETEST 64.0 /* of shares, see factor_of */

static vis_status out_of_memory(vis_error *err)
{
    return vis_fail_memory(err, "the fast precision's calibration");
}

/* --- the run -------------------------------------------------------------------------------- */

/* What a block reads or writes is still to be there after the run. */
static void want_tensor(const nn_program *p, calibration *c, int id)
{
    const nn_tensor *t = &p->tensor[id];
    if (t->layout == NN_NHWC && t->storage == NN_IN_ARENA) c->lasts[id] = true;
}

/* What comes into a block, what it makes, and room for its depthwise results. */
static vis_status want_block(const nn_program *p, calibration *c, int block, vis_error *err)
{
    const i16_block *b = &c->block[block];
    for (int i = b->first; i < b->first + b->count; i++)
        for (int k = 0; k < p->step[i].n_inputs; k++)
            if (!program_writes(p, b->first, b->count, p->step[i].input[k]))
                want_tensor(p, c, p->step[i].input[k]);
    want_tensor(p, c, p->step[b->first + b->count - 1].output);
    if (b->kind == I16_TAPS) return VIS_OK;
    const ir_step *q = p->step[b->main].data;
    c->results[block] = calloc((size_t)q->hidden, sizeof(float));
    return c->results[block] ? VIS_OK : out_of_memory(err);
}

static vis_status want_outputs(const nn_program *p, calibration *c, vis_error *err)
{
    for (int i = 0; i < p->n_outputs; i++) {
        c->outputs[i] = calloc((size_t)(program_output_numbers(p, i) + 1), sizeof(float));
        if (!c->outputs[i]) return out_of_memory(err);
    }
    return VIS_OK;
}

static vis_status allocate(const nn_program *p, calibration *c, vis_error *err)
{
    *c = (calibration){.n_tensors = p->n_tensors, .n_outputs = p->n_outputs};
    c->block = calloc((size_t)p->n_steps + 1, sizeof *c->block);
    c->tensor = calloc((size_t)p->n_tensors + 1, sizeof *c->tensor);
    c->lasts = calloc((size_t)p->n_tensors + 1, sizeof *c->lasts);
    c->results = calloc((size_t)p->n_steps + 1, sizeof *c->results);
    c->outputs = calloc((size_t)p->n_outputs + 1, sizeof *c->outputs);
    return c->block && c->tensor && c->lasts && c->results && c->outputs ? VIS_OK
                                                                         : out_of_memory(err);
}

static vis_status prepare(nn_program *p, thread_pool *pool, calibration *c, vis_error *err)
{
    VIS_TRY(allocate(p, c, err));
    c->n_blocks = i16_find_blocks(p, c->block);
    for (int i = 0; i < c->n_blocks; i++)
        VIS_TRY(want_block(p, c, i, err));
    VIS_TRY(want_outputs(p, c, err));
    VIS_TRY(program_plan_lasting(p, c->lasts, c->n_tensors, err));
    VIS_TRY(session_create_brief(p, pool, &c->session, err));
    for (int i = 0; i < c->n_tensors; i++)
        if (c->lasts[i]) c->tensor[i].data = session_data(c->session, i);
    return VIS_OK;
}

/* The largest of each channel of a tensor by pixels, which has no negatives. */
static void raise_to_tensor(const struct nn_session *s, int id, float *most)
{
    const nn_tensor *t = &s->program->tensor[id];
    const float *x = session_data(s, id);
    for (int64_t i = t->shape.dim[0] * t->shape.dim[2] * t->shape.dim[3]; i > 0; i--, x += t->pitch)
        for (int64_t c = 0; c < t->pitch; c++)
            most[c] = x[c] > most[c] ? x[c] : most[c];
}

static void run(const float *const *sample, calibration *c)
{
    nn_session *s = c->session;
    const nn_program *p = s->program;
    session_begin(s, sample, c->outputs, NULL);
    for (int i = 0, block = 0; i < p->n_steps; i++) {
        while (block < c->n_blocks && c->block[block].main < i)
            block++;
        const i16_block *b =
            block < c->n_blocks && c->block[block].main == i ? &c->block[block] : NULL;
        s->observed = b && b->kind == I16_ROWS ? c->results[block] : NULL;
        session_run_step_clean(s, &p->step[i]);
        if (b && b->kind == I16_CHANNELS) raise_to_tensor(s, p->step[i].output, c->results[block]);
    }
}

/* --- equalisation --------------------------------------------------------------------------- */

#define GROUP 8 /* padded channels are a multiple: loops of this length are vectors */

/* sum[c] += w[c]^2 for a group of rows of a packed matrix, `width` to a panel. */
static void add_group(const float *w, int64_t k, int64_t width, float *squares)
{
    float sum[GROUP] = {0};
    for (; k > 0; k--, w += width)
        for (int c = 0; c < GROUP; c++)
            sum[c] += w[c] * w[c];
    for (int c = 0; c < GROUP; c++)
        squares[c] += sum[c];
}

/* The lengths of the rows of a packed matrix, squared and added. */
static void add_rows(const i16_matrix *m, int lanes, float *squares)
{
    const float *w = m->weights;
    for (int64_t o = 0; o < m->padded; o += 2 * lanes) {
        int64_t width = m->padded - o > lanes ? 2 * lanes : lanes;
        for (int64_t c = 0; c < width; c += GROUP)
            add_group(w + c, m->k, width, squares + o + c);
        w += m->k * width;
    }
}

/* The sum of the squares of a panel's weights for one input, each times its row's factor. */
static float weighted_squares(const float *w, int64_t width, const float *factor)
{
    float sum[GROUP] = {0}, all = 0;
    for (int64_t first = 0; first < width; first += GROUP)
        for (int c = 0; c < GROUP; c++)
            sum[c] += w[first + c] * w[first + c] * factor[first + c];
    for (int c = 0; c < GROUP; c++)
        all += sum[c];
    return all;
}

/* column[channel] of the squares of weights, each row brought to length 1. */
static void add_columns(const i16_matrix *m, int lanes, const float *squares, double *column)
{
    const float *w = m->weights;
    int64_t channels = m->k / m->taps;
    for (int64_t o = 0; o < m->padded; o += 2 * lanes) {
        int64_t width = m->padded - o > lanes ? 2 * lanes : lanes;
        float factor[2 * MAX_LANES];
        for (int64_t c = 0; c < width; c++)
            factor[c] = squares[o + c] > 0 ? 1 / squares[o + c] : 0;
        for (int64_t k = 0; k < m->k; k++, w += width)
            column[k % channels] += (double)weighted_squares(w, width, factor);
    }
}

/* Of one tensor: what its readers' weights answer with, and what is in it, by channel. */
typedef struct balance {
    double *columns, *column, *sorted; /* [widest] */
    float *squares, *magnitude;        /* [widest] */
    int64_t widest;
} balance;

static vis_status balance_open(const nn_program *p, const calibration *c, balance *w,
                               vis_error *err)
{
    *w = (balance){.widest = 1};
    for (int i = 0; i < c->n_blocks; i++) {
        i16_matrix m[I16_MATRICES];
        for (int n = i16_matrices(p, &c->block[i], m), k = 0; k < n; k++) {
            int64_t pitch = p->tensor[m[k].tensor].pitch;
            int64_t width = m[k].padded + 2 * p->kernels->lanes;
            w->widest = width > w->widest ? width : w->widest;
            w->widest = pitch > w->widest ? pitch : w->widest;
        }
    }
    size_t size = (size_t)w->widest;
    w->columns = calloc(3 * size, sizeof *w->columns);
    w->magnitude = calloc(2 * size, sizeof *w->magnitude);
    if (!w->columns || !w->magnitude) return out_of_memory(err);
    w->column = w->columns + size;
    w->sorted = w->column + size;
    w->squares = w->magnitude + size;
    return VIS_OK;
}

static void balance_close(balance *w)
{
    free(w->columns);
    free(w->magnitude);
}

/* Adds to `columns` how block `b` reads tensor `id`, its whole answer to the sample being 1;
 * false: it does not. */
static bool add_reader(const nn_program *p, const i16_block *b, int id, balance *w)
{
    i16_matrix m[I16_MATRICES];
    int n = i16_matrices(p, b, m), lanes = p->kernels->lanes;
    bool reads = false;
    memset(w->column, 0, (size_t)w->widest * sizeof *w->column);
    for (int i = 0; i < n; i++) {
        if (m[i].tensor != id) continue;
        memset(w->squares, 0, (size_t)w->widest * sizeof *w->squares);
        for (int k = 0; k < n; k++)
            if (m[k].expands == m[i].expands) add_rows(&m[k], lanes, w->squares);
        add_columns(&m[i], lanes, w->squares, w->column);
        reads = true;
    }
    if (!reads) return false;
    double whole = 0;
    for (int64_t i = 0; i < p->tensor[id].pitch; i++)
        whole += w->column[i] * (double)w->magnitude[i] * (double)w->magnitude[i];
    for (int64_t i = 0; i < p->tensor[id].pitch && whole > 0; i++)
        w->columns[i] += w->column[i] / whole;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle one of those of n numbers that are above zero; 1 when there are none. */
static double usual(const double *value, int64_t n, double *sorted)
{
    size_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (value[i] > 0) sorted[count++] = value[i];
    if (!count) return 1;
    qsort(sorted, count, sizeof *sorted, ascending);
    return sorted[count / 2];
}

/* sqrt(c / x), where the share c x of the answer is taken for at least one part in QUIETEST of the
 * largest: a channel that was hardly there on the sample has no need of precision, and on other
 * frames it may be louder. 0: nothing is known of the channel. */
static double factor_of(double c, double x, double largest)
{
    double share = fmax(c * x, largest / QUIETEST);
    if (!isfinite(share) || !(share > 0)) return 0;
    return c > 0 ? c / sqrt(share) : x > 0 ? sqrt(share) / x : 0;
}

/* fmax, in a form that GCC 12 for aarch64 gets over in a loop over floats and doubles: at fmax it
 * has an internal error (vect_transform_reduction). */
static double larger(double a, double b)
{
    return b > a ? b : a;
}

/* Each channel's factor. */
static void choose_factors(balance *w, int64_t channels, float *equaliser)
{
    double largest = 0;
    for (int64_t i = 0; i < channels; i++)
        largest = larger(largest, sqrt(w->columns[i]) * (double)w->magnitude[i]);
    for (int64_t i = 0; i < channels; i++)
        w->column[i] = factor_of(sqrt(w->columns[i]), (double)w->magnitude[i], largest);
    double middle = usual(w->column, channels, w->sorted);
    for (int64_t i = 0; i < channels; i++) {
        double exponent = w->column[i] > 0 ? rint(log2(w->column[i] / middle)) : 0;
        exponent = exponent > WIDEST ? WIDEST : exponent < -WIDEST ? -WIDEST : exponent;
        equaliser[i] = ldexpf(1, (int)exponent);
    }
}

/* The largest magnitude of each channel; false: not all is finite. Magnitudes are in the order of
 * their bits, infinity and NaN above all. */
static bool find_magnitudes(const nn_tensor *t, const float *data, float *magnitude)
{
    const int64_t pixels = t->shape.dim[0] * t->shape.dim[2] * t->shape.dim[3], pitch = t->pitch;
    bool finite = true;
    for (int64_t first = 0; first < pitch; first += GROUP) {
        uint32_t most[GROUP] = {0}, bits[GROUP];
        for (int64_t i = 0; i < pixels; i++) {
            memcpy(bits, data + i * pitch + first, sizeof bits);
            for (int c = 0; c < GROUP; c++) {
                bits[c] &= 0x7fffffff;
                most[c] = bits[c] > most[c] ? bits[c] : most[c];
            }
        }
        memcpy(magnitude + first, most, sizeof most);
        for (int c = 0; c < GROUP; c++)
            finite = finite && isfinite(magnitude[first + c]);
    }
    return finite;
}

/* The longest pixel, as the steps will measure it. */
static float longest(const nn_tensor *t, const float *x, const float *equaliser)
{
    float squares[NN_I16_LANES] = {0}, sum = 0;
    int64_t pixels = t->shape.dim[0] * t->shape.dim[2] * t->shape.dim[3];
    nn_kernels_i16_best()->measure(squares, x, t->pitch, (int)pixels, (int)t->pitch, equaliser);
    for (int i = 0; i < NN_I16_LANES; i++)
        sum += squares[i];
    return sqrtf(sum);
}

/* Brings the longest pixel near 1, so that squares neither overflow nor vanish. */
static void normalise(const nn_tensor *t, calibrated_tensor *made, float largest)
{
    int exponent;
    if (!(largest > 0)) return;
    (void)frexpf(largest, &exponent);
    for (int64_t i = 0; i < t->pitch; i++)
        made->equaliser[i] = ldexpf(made->equaliser[i], -exponent);
    made->length = longest(t, made->data, made->equaliser);
    (void)frexpf(made->length, &exponent);
    for (int64_t i = 0; i < t->pitch; i++)
        made->equaliser[i] = ldexpf(made->equaliser[i], -exponent);
    made->length = ldexpf(made->length, -exponent);
}

/* Of one worker. */
typedef struct equaliser {
    balance w;
    bool broken; /* something was not finite */
    bool failed; /* for want of memory */
} equaliser;

typedef struct equalising {
    const nn_program *p;
    calibration *c;
    equaliser *worker; /* [threads] */
} equalising;

static void equalise(const nn_program *p, calibration *c, int id, equaliser *e)
{
    const nn_tensor *t = &p->tensor[id];
    calibrated_tensor *made = &c->tensor[id];
    balance *w = &e->w;
    bool read = false;
    if (!find_magnitudes(t, made->data, w->magnitude)) {
        e->broken = true;
        return;
    }
    memset(w->columns, 0, (size_t)w->widest * sizeof *w->columns);
    for (int i = 0; i < c->n_blocks; i++)
        read = add_reader(p, &c->block[i], id, w) || read;
    if (!read) return;
    made->equaliser = malloc((size_t)t->pitch * sizeof *made->equaliser);
    if (!made->equaliser) {
        e->failed = true;
        return;
    }
    choose_factors(w, t->pitch, made->equaliser);
    float largest = 0;
    for (int64_t i = 0; i < t->pitch; i++)
        largest = fmaxf(largest, w->magnitude[i] * made->equaliser[i]);
    normalise(t, made, largest);
}

static void equalise_task(void *argument, int index, int worker)
{
    const equalising *all = argument;
    if (all->c->tensor[index].data) equalise(all->p, all->c, index, &all->worker[worker]);
}

/* Tensor by tensor, all at the same time. */
static vis_status equalise_all(const nn_program *p, thread_pool *pool, calibration *c,
                               vis_error *err)
{
    const int threads = thread_pool_size(pool);
    equalising all = {p, c, calloc((size_t)threads, sizeof *all.worker)};
    vis_status status = all.worker ? VIS_OK : out_of_memory(err);
    for (int i = 0; status == VIS_OK && i < threads; i++)
        status = balance_open(p, c, &all.worker[i].w, err);
    if (status == VIS_OK) thread_pool_run(pool, p->n_tensors, equalise_task, &all);
    c->finite = true;
    for (int i = 0; all.worker && i < threads; i++) {
        if (all.worker[i].broken) c->finite = false;
        if (all.worker[i].failed) status = out_of_memory(err);
        balance_close(&all.worker[i].w);
    }
    free(all.worker);
    return status;
}

vis_status calibration_run(nn_program *p, const float *const *sample, thread_pool *pool,
                           calibration *out, vis_error *err)
{
    vis_status status = prepare(p, pool, out, err);
    if (status == VIS_OK) {
        run(sample, out);
        status = equalise_all(p, pool, out, err);
    }
    if (status != VIS_OK) calibration_free(out);
    return status;
}

void calibration_free(calibration *c)
{
    nn_session_free(c->session);
    for (int i = 0; c->tensor && i < c->n_tensors; i++)
        free(c->tensor[i].equaliser);
    for (int i = 0; c->results && i < c->n_blocks; i++)
        free(c->results[i]);
    for (int i = 0; c->outputs && i < c->n_outputs; i++)
        free(c->outputs[i]);
    free(c->block);
    free(c->tensor);
    free(c->lasts);
    free(c->results);
    free(c->outputs);
    *c = (calibration){0};
}
