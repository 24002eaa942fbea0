/* engine/fast_program.c - the fast precision of a program: built, measured on a sample, and kept
 * where it holds.
 *
 * All blocks are tried in 16 bits at once. Where the result is not near enough, each block is run
 * on the inputs that it has in float32, which tells how much noise it adds to its own result.
 * Beside the noise that its result had in the trial this tells how much came in with its inputs;
 * so the noise of the network's result is followed back to where it began. Blocks that cost most
 * for what they save are put back, and the whole is run again.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "engine/calibrate.h"
#include "engine/ops/i16.h"
#include "engine/ops/i16_build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Other frames come out worse than the sample, of badly conditioned networks by up to 8 dB (the
 * zoo, tests/parity/zoo.py). What has blocks put back must reach as much; what comes near without
 * is kept if nothing better is found. */
#define WANTED_DECIBELS 48.0
#define MIN_DECIBELS 46.0
#define ROOM 0.9 /* of the noise that may be left, for what is only nearly so */
#define ROUNDS 6 /* choices of blocks that are tried */

typedef struct trial {
    nn_program *exact;
    const nn_options *options;
    calibration seen;
    bool *keeps;         /* by block: stays float32 */
    double *noise;       /* by block: the part of the network's noise that begins there */
    double *heard;       /* by tensor: noise to signal in the first trial */
    double *blamed;      /* by tensor: the part of the network's noise that it brought */
    i16_packed *packed;  /* by block */
    i16_steps *steps;    /* by block */
    float **results;     /* of the trial, as calibration.outputs */
    nn_program *fast;    /* the last that was built; owned */
    nn_session *session; /* of the last that was run; owned */
    double decibel;
} trial;

/* --- noise ---------------------------------------------------------------------------------- */

/* Puts into the session what a step reads as float32 has it. */
static void load_input(const trial *t, nn_session *s, int id)
{
    const nn_tensor *to = &s->program->tensor[id];
    if (id >= t->seen.n_tensors || !t->seen.tensor[id].data) return;
    memcpy(session_data(s, id), t->seen.tensor[id].data,
           (size_t)t->exact->tensor[id].floats * sizeof(float));
    if (to->squares) i16_measure(s, id);
}

/* What was computed of a tensor: rows of pixels, or of the numbers of a result's planes. */
typedef struct runs {
    const nn_tensor *tensor;
    int64_t count, rows; /* of all; of a plane */
} runs;

/* In a trial; it computes no more than the float32 program, whose steps take whole rectangles. */
static runs runs_of(const nn_tensor *y)
{
    if (y->shape.rank != 4) return (runs){y, 1, 1};
    int64_t rows = y->region.y1 - y->region.y0;
    return (runs){y, y->shape.dim[0] * (y->layout == NN_PLAIN ? y->shape.dim[1] : 1) * rows, rows};
}

/* The pixels of a run. */
static nn_span run_at(const runs *r, int64_t i)
{
    const nn_tensor *t = r->tensor;
    if (t->shape.rank != 4) return (nn_span){0, t->floats};
    int64_t y = t->region.y0 + i % r->rows;
    int64_t begin = (i / r->rows * t->shape.dim[2] + y) * t->shape.dim[3];
    nn_span row = region_row(t, y);
    return (nn_span){begin + row.x0, begin + row.x1};
}

/* Noise to signal, channels weighed as their readers do. */
static double noise_to_signal(const runs *r, const float *got, const float *want, int64_t pitch,
                              const float *equaliser)
{
    double noise = 0, signal = 0;
    for (int64_t k = 0; k < r->count; k++) {
        const nn_span run = run_at(r, k);
        for (int64_t i = run.x0; i < run.x1; i++)
            for (int64_t c = 0; c < pitch; c++) {
                double weight = equaliser ? (double)equaliser[c] : 1;
                double w = (double)want[i * pitch + c] * weight;
                double d = (double)got[i * pitch + c] * weight - w;
                noise += d * d;
                signal += w * w;
            }
    }
    if (noise == 0) return 0;
    return signal > 0 && isfinite(noise) ? noise / signal : INFINITY;
}

/* Of what a step of the session left in a tensor of the float32 program. */
static double tensor_noise(const trial *t, const nn_session *s, int id)
{
    const nn_tensor *y = &s->program->tensor[id];
    const runs r = runs_of(y);
    if (y->storage == NN_IN_OUTPUT)
        return noise_to_signal(&r, t->results[y->index], t->seen.outputs[y->index], 1, NULL);
    const calibrated_tensor *want = &t->seen.tensor[id];
    return noise_to_signal(&r, session_data(s, id), want->data, y->pitch, want->equaliser);
}

static bool is_known(const trial *t, int id)
{
    return id < t->seen.n_tensors &&
           (t->seen.tensor[id].data || t->exact->tensor[id].storage == NN_IN_OUTPUT);
}

/* What a block adds to its own result, which has `heard`, as a part of that. */
static double own_part(const trial *t, nn_session *s, int block)
{
    const nn_program *p = s->program;
    const i16_steps *at = &t->steps[block];
    int id = p->step[at->first + at->count - 1].output;
    if (!is_known(t, id) || t->heard[id] == 0) return 0;
    for (int i = at->first; i < at->first + at->count; i++)
        for (int k = 0; k < p->step[i].n_inputs; k++)
            if (!program_writes(p, at->first, at->count, p->step[i].input[k]))
                load_input(t, s, p->step[i].input[k]);
    for (int i = at->first; i < at->first + at->count; i++)
        session_run_step(s, &p->step[i]);
    double part = tensor_noise(t, s, id) / t->heard[id];
    return part < 1 ? part : 1;
}

/* --- where it began ------------------------------------------------------------------------- */

typedef struct listening {
    const trial *t;
    const nn_session *s;
} listening;

static void listen_task(void *argument, int index, int worker)
{
    const listening *l = argument;
    if (is_known(l->t, index)) l->t->heard[index] = tensor_noise(l->t, l->s, index);
    (void)worker;
}

/* How much noise the trial has left in each tensor, those that nobody knows in float32 having that
 * of the noisiest that they are made of. */
static void listen(trial *t, const nn_session *s)
{
    const nn_program *p = s->program;
    thread_pool_run(s->pool, t->seen.n_tensors, listen_task, &(listening){t, s});
    for (int i = 0; i < p->n_steps; i++) {
        const nn_step *step = &p->step[i];
        if (step->output >= t->seen.n_tensors || is_known(t, step->output)) continue;
        double most = 0;
        for (int k = 0; k < step->n_inputs; k++)
            if (step->input[k] < t->seen.n_tensors) most = fmax(most, t->heard[step->input[k]]);
        t->heard[step->output] = most;
    }
}

/* Hands a part of the network's noise on to what steps first .. first + count - 1 read, by the
 * noise that is heard there. */
static void blame_inputs(const trial *t, int first, int count, double part)
{
    const nn_program *p = t->exact;
    double sum = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = first; i < first + count; i++)
            for (int k = 0; k < p->step[i].n_inputs; k++) {
                int id = p->step[i].input[k];
                if (program_writes(p, first, count, id) || !isfinite(t->heard[id])) continue;
                if (pass == 0)
                    sum += t->heard[id];
                else if (sum > 0)
                    t->blamed[id] += part * t->heard[id] / sum;
            }
}

/* t->noise, from the result back to the first block. */
static void follow_back(trial *t, nn_session *s)
{
    const nn_program *p = t->exact;
    memset(t->blamed, 0, (size_t)t->seen.n_tensors * sizeof *t->blamed);
    for (int i = 0; i < p->n_tensors; i++)
        if (p->tensor[i].storage == NN_IN_OUTPUT) t->blamed[i] = 1;
    for (int i = p->n_steps - 1, block = t->seen.n_blocks - 1; i >= 0; i--) {
        const i16_block *b = block >= 0 ? &t->seen.block[block] : NULL;
        const double part = t->blamed[p->step[i].output];
        if (!b || i >= b->first + b->count) {
            blame_inputs(t, i, 1, part);
            continue;
        }
        double own = own_part(t, s, block);
        t->noise[block--] = part * own;
        blame_inputs(t, b->first, b->count, part * (1 - own));
        i = b->first;
    }
}

/* PSNR of all results. The peak is 1, as that of pictures; what goes beyond has its own. */
static double decibels(const trial *t)
{
    double noise = 0, numbers = 0, peak = 1;
    for (int id = 0; id < t->fast->n_tensors; id++) {
        const nn_tensor *y = &t->fast->tensor[id];
        if (y->storage != NN_IN_OUTPUT) continue;
        const float *got = t->results[y->index], *want = t->seen.outputs[y->index];
        const runs r = runs_of(y);
        for (int64_t k = 0; k < r.count; k++) {
            const nn_span run = run_at(&r, k);
            for (int64_t i = run.x0; i < run.x1; i++) {
                double d = (double)got[i] - (double)want[i];
                noise += d * d;
                peak = fmax(peak, fabs((double)want[i]));
            }
            if (run.x0 < run.x1) numbers += (double)(run.x1 - run.x0);
        }
    }
    return isfinite(noise) ? 20 * log10(peak) - 10 * log10(noise / numbers) : -INFINITY;
}

/* --- choosing ------------------------------------------------------------------------------- */

static int64_t macs_of(const trial *t, int block)
{
    const i16_block *b = &t->seen.block[block];
    int64_t macs = 1;
    for (int i = b->first; i < b->first + b->count; i++)
        macs += program_step_macs(t->exact, &t->exact->step[i]);
    return macs;
}

/* The block whose noise is dearest for what it saves; -1: none adds any. */
static int dearest(const trial *t)
{
    int found = -1;
    double most = 0;
    for (int i = 0; i < t->seen.n_blocks; i++) {
        double price = t->keeps[i] ? 0 : t->noise[i] / (double)macs_of(t, i);
        if (price > most) {
            most = price;
            found = i;
        }
    }
    return found;
}

static double noise_left(const trial *t)
{
    double sum = 0;
    for (int i = 0; i < t->seen.n_blocks; i++)
        sum += t->keeps[i] ? 0 : t->noise[i];
    return sum;
}

/* Puts back at least one block, and as many as the missing decibels ask for; false: none is left.
 */
static bool put_back(trial *t)
{
    double allowed = noise_left(t) * pow(10, (t->decibel - WANTED_DECIBELS) / 10) * ROOM;
    if (!isfinite(t->decibel)) allowed = 0;
    do {
        int block = dearest(t);
        if (block < 0) return false;
        t->keeps[block] = true;
    } while (noise_left(t) > allowed);
    return noise_left(t) > 0;
}

/* --- trials --------------------------------------------------------------------------------- */

/* A session for what was built, in the memory of the one before. */
static vis_status open_session(trial *t, vis_error *err)
{
    if (t->session && session_turn_to(t->session, t->fast)) return VIS_OK;
    nn_session_free(t->session);
    t->session = NULL;
    return session_create_brief(t->fast, t->options->pool, &t->session, err);
}

/* Runs what was built; `first`, and not near enough: tells the blocks apart. */
static vis_status run_trial(trial *t, bool first, vis_error *err)
{
    int lasting = first ? t->seen.n_tensors : 0;
    VIS_TRY(program_plan_lasting(t->fast, t->seen.lasts, lasting, err));
    VIS_TRY(open_session(t, err));
    nn_run(t->session, t->options->sample, t->results);
    t->decibel = decibels(t);
    if (first && t->decibel < WANTED_DECIBELS) {
        listen(t, t->session);
        follow_back(t, t->session);
    }
    return VIS_OK;
}

static vis_status build_trial(trial *t, vis_error *err)
{
    nn_program_free(t->fast);
    t->fast = NULL;
    VIS_TRY(i16_build(t->exact, &t->seen, t->packed, t->keeps, nn_kernels_i16_best(), &t->fast,
                      t->steps, err));
    return program_limit(t->fast, t->options, err);
}

/* *near: is what was built last near enough? t->decibel: of that, or of the best that was tried. */
static vis_status find_choice(trial *t, bool *near, vis_error *err)
{
    double best = -INFINITY;
    VIS_TRY(
        i16_pack(t->exact, &t->seen, t->options->cache_inputs, t->options->pool, &t->packed, err));
    for (int round = 0; round < ROUNDS; round++) {
        VIS_TRY(build_trial(t, err));
        VIS_TRY(run_trial(t, round == 0, err));
        if (t->decibel > best) best = t->decibel;
        if (t->decibel >= WANTED_DECIBELS) break;
        if (round + 1 == ROUNDS || !put_back(t)) break;
    }
    *near = t->decibel >= MIN_DECIBELS;
    if (!*near) t->decibel = best;
    return VIS_OK;
}

static vis_status allocate_trial(trial *t, vis_error *err)
{
    size_t n = (size_t)t->seen.n_blocks + 1;
    t->keeps = calloc(n, sizeof *t->keeps);
    t->noise = calloc(n, sizeof *t->noise);
    t->heard = calloc((size_t)t->seen.n_tensors + 1, sizeof *t->heard);
    t->blamed = calloc((size_t)t->seen.n_tensors + 1, sizeof *t->blamed);
    t->steps = calloc(n, sizeof *t->steps);
    t->results = calloc((size_t)t->exact->n_outputs + 1, sizeof *t->results);
    bool all = t->keeps && t->noise && t->heard && t->blamed && t->steps && t->results;
    for (int i = 0; all && i < t->exact->n_outputs; i++) {
        t->results[i] = calloc((size_t)(program_output_numbers(t->exact, i) + 1), sizeof(float));
        all = t->results[i] != NULL;
    }
    return all ? VIS_OK : vis_fail_memory(err, "the fast precision's trial");
}

static void free_trial(trial *t)
{
    for (int i = 0; t->results && i < t->exact->n_outputs; i++)
        free(t->results[i]);
    free(t->results);
    free(t->keeps);
    free(t->noise);
    free(t->heard);
    free(t->blamed);
    free(t->steps);
    nn_session_free(t->session);
    i16_packed_free(t->packed, t->seen.n_blocks);
    calibration_free(&t->seen);
}

typedef struct finiteness {
    const trial *t;
    const char **broken; /* [blocks] the name, or NULL */
} finiteness;

static void finite_task(void *argument, int index, int worker)
{
    const finiteness *all = argument;
    const trial *t = all->t;
    all->broken[index] = i16_not_finite(t->exact, &t->seen.block[index]);
    (void)worker;
}

static vis_status refuse_broken(const trial *t, vis_error *err)
{
    finiteness all = {t, calloc((size_t)t->seen.n_blocks + 1, sizeof *all.broken)};
    if (!all.broken) return vis_fail_memory(err, "the fast precision's trial");
    thread_pool_run(t->options->pool, t->seen.n_blocks, finite_task, &all);
    const char *name = NULL;
    for (int i = 0; i < t->seen.n_blocks && !name; i++)
        name = all.broken[i];
    free(all.broken);
    if (!name) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s has weights that are NaN or infinite, which the fast precision cannot run; "
                    "use float32 to see what they do",
                    name);
}

static int kept_exact(const trial *t)
{
    int count = 0;
    for (int i = 0; i < t->seen.n_blocks; i++)
        count += t->keeps[i];
    return count;
}

static vis_status try_fast(trial *t, vis_error *err)
{
    VIS_TRY(refuse_broken(t, err));
    VIS_TRY(allocate_trial(t, err));
    nn_fast *fast = &t->exact->fast;
    fast->blocks = fast->exact = t->seen.n_blocks;
    if (!t->seen.n_blocks || !t->seen.finite) return VIS_OK;
    VIS_TRY(find_choice(t, &fast->used, err));
    fast->decibel = t->decibel;
    if (!fast->used) return VIS_OK;
    fast->exact = kept_exact(t);
    return VIS_OK;
}

vis_status program_make_fast(nn_program **p, const nn_options *options, vis_error *err)
{
    trial t = {.exact = *p, .options = options};
    VIS_TRY(calibration_run(*p, options->sample, options->pool, &t.seen, err));
    vis_status status = try_fast(&t, err);
    if (status == VIS_OK && t.exact->fast.used) {
        t.fast->fast = t.exact->fast;
        *p = t.fast;
        t.fast = NULL;
        i16_adopt(*p, t.exact, &t.seen, t.packed, t.keeps);
        i16_narrow(*p);
        t.exact = *p; /* as many outputs */
    }
    nn_program_free(t.fast);
    free_trial(&t);
    return status;
}
