/* bench/nn_steps.c - where the time of a network goes, step by step.
 *
 *   nn_steps MODEL [--threads T] [--batch N] [--runs R] [--audio-mode ave|hubert|wenet] [--fast]
 *            [--region X0,Y0,X1,Y1 | --shown CHARACTER]
 *
 * Prints for each step the best of R whole runs, its sums and GFLOP/s, then the median and the best
 * of whole runs. With one thread, times are of the thread's own processor clock, so that other
 * programs on the machine disturb them less. --region: only what that part of the output needs; --shown: what a
 * render of that character shows. Sums are those that remain after fusing, counted as the original
 * operators count them for padding.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/exit_status.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/kernels_i16.h"
#include "engine/program.h"
#include "networks/model.h"
#include "render/renderer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct settings {
    const char *path, *character; /* NULL: none */
    int threads, batch, runs;
    audio_mode mode;
    bool fast, part;
    nn_region region; /* where `part` */
} settings;

static double now(const settings *s)
{
    struct timespec t;
    clock_gettime(s->threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static bool parse_region(const char *text, settings *s)
{
    long long n[4];
    for (int i = 0; i < 4; i++) {
        char *end;
        n[i] = strtoll(text, &end, 10);
        if (end == text || *end != (i < 3 ? ',' : 0)) return false;
        text = end + (i < 3);
    }
    s->region = (nn_region){n[0], n[1], n[2], n[3]};
    s->part = true;
    return true;
}

static int parse(int argc, char **argv, settings *s)
{
    *s = (settings){.threads = 1, .batch = 1, .runs = 20};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        vis_error err;
        if (argv[i][0] != '-') {
            s->path = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--fast") == 0) {
            s->fast = true;
            continue;
        }
        if (strcmp(argv[i], "--threads") == 0)
            s->threads = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--batch") == 0)
            s->batch = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--runs") == 0)
            s->runs = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--shown") == 0)
            s->character = value;
        else if (strcmp(argv[i], "--region") == 0 && parse_region(value, s))
            ;
        else if (strcmp(argv[i], "--audio-mode") != 0 ||
                 audio_mode_parse(value, &s->mode, &err) != VIS_OK)
            return 0;
        i++;
    }
    return s->path && s->threads > 0 && s->batch > 0 && s->runs > 0;
}

/* The best of each step over R runs of them all, so that it finds in the caches what it finds there
 * in a network. */
static void time_steps(struct nn_session *n, const settings *s, double *best)
{
    const nn_program *p = n->program;
    for (int r = 0; r < s->runs; r++)
        for (int i = 0; i < p->n_steps; i++) {
            double start = now(s);
            session_run_step(n, &p->step[i]);
            double took = now(s) - start;
            if (r == 0 || took < best[i]) best[i] = took;
        }
}

static void print_steps(const nn_program *p, const double *times)
{
    double total = 0, macs = 0;
    for (int i = 0; i < p->n_steps; i++) {
        const nn_step *step = &p->step[i];
        const graph_shape *y = &p->tensor[step->output].shape;
        double best = times[i], sums = (double)program_step_macs(p, step);
        char shape[96];
        printf("%3d%s %-28s %-20s %8.3f ms %8.1f MMAC %6.1f GFLOP/s  %s\n", i,
               step->cacheable ? "*" : " ", step->kind->name,
               shape_text(y->dim, y->rank, shape, sizeof shape), best, sums / 1e6,
               2 * sums / 1e6 / best, step->name);
        total += best;
        macs += sums;
    }
    printf("sum %.3f ms, %.1f MMAC, %.1f GFLOP/s\n", total, macs / 1e6, 2 * macs / 1e6 / total);
}

#define FOOTAGE_FRAMES 6 /* of which each is kept: together more than the caches hold */

/* Runs with everything that depends on the footage alone taken from the last run; from memory, as
 * in a render, whose frames do not come twice in a row. */
static vis_status measure_kept(struct nn_session *n, const settings *s, const float *const *inputs,
                               float *const *outputs, vis_error *err)
{
    size_t bytes = (size_t)nn_cache_floats(n->program) * sizeof(float);
    float *kept[FOOTAGE_FRAMES];
    double best = 1e30;
    bool all = true;
    for (int i = 0; i < FOOTAGE_FRAMES; i++) {
        kept[i] = aligned_calloc(bytes, 1);
        if (kept[i]) memcpy(kept[i], n->own_cache, bytes);
        all = all && kept[i];
    }
    for (int r = 0; all && r < s->runs; r++) {
        double start = now(s);
        nn_run_cached(n, inputs, outputs, kept[r % FOOTAGE_FRAMES], true);
        double took = now(s) - start;
        if (took < best) best = took;
    }
    for (int i = 0; i < FOOTAGE_FRAMES; i++)
        aligned_free(kept[i]);
    if (!all) return vis_fail_memory(err, "what is kept");
    printf("footage kept (steps without *): best %.2f ms; %.1f MB a frame\n", best,
           (double)bytes / 1e6);
    return VIS_OK;
}

static vis_status make_tensor(const graph_shape *shape, float **data, vis_error *err)
{
    int64_t count;
    if (!shape_count(shape->dim, shape->rank, &count) ||
        !(*data = aligned_calloc((size_t)count, sizeof(float))))
        return vis_fail_memory(err, "inputs");
    for (int64_t n = 0; n < count; n++)
        (*data)[n] = (float)(n * 2654435761u % 1000) / 1000;
    return VIS_OK;
}

static vis_status measure(const settings *s, const nn_program *p, vis_error *err)
{
    thread_pool *pool;
    nn_session *session;
    float *inputs[GRAPH_MAX_INPUTS] = {0}, *outputs[GRAPH_MAX_INPUTS] = {0};
    VIS_TRY(thread_pool_create(s->threads, &pool, err));
    VIS_TRY(nn_session_create(p, pool, &session, err));
    for (int k = 0; k < nn_input_count(p) + nn_output_count(p); k++) {
        int i = k - nn_input_count(p);
        VIS_TRY(make_tensor(i < 0 ? nn_input_shape(p, k) : nn_output_shape(p, i),
                            i < 0 ? &inputs[k] : &outputs[i], err));
    }
    size_t most = (size_t)(s->runs > p->n_steps ? s->runs : p->n_steps);
    double *times = calloc(most, sizeof *times);
    if (!times) return vis_fail_memory(err, "times");
    nn_run(session, (const float *const *)inputs, outputs);
    time_steps(session, s, times);
    print_steps(p, times);
    for (int r = 0; r < s->runs; r++) {
        double start = now(s);
        nn_run(session, (const float *const *)inputs, outputs);
        times[r] = now(s) - start;
    }
    qsort(times, (size_t)s->runs, sizeof *times, ascending);
    if (nn_cache_floats(p))
        VIS_TRY(measure_kept(session, s, (const float *const *)inputs, outputs, err));
    printf(
        "%s, %d threads, batch %d: median %.2f ms, best %.2f ms; weights %.1f MB, work %.1f MB\n",
        p->kernels_i16 ? p->kernels_i16->name : p->kernels->name, s->threads, s->batch,
        times[s->runs / 2], times[0], (double)nn_weight_bytes(p) / 1e6,
        (double)nn_arena_bytes(p, s->threads) / 1e6);
    free(times);
    for (int i = 0; i < GRAPH_MAX_INPUTS; i++) {
        aligned_free(inputs[i]);
        aligned_free(outputs[i]);
    }
    nn_session_free(session);
    thread_pool_destroy(pool);
    return VIS_OK;
}

/* What a render of the character looks at: out->region, out->rows. */
static vis_status find_shown(const settings *s, const model *m, network_options *out,
                             vis_error *err)
{
    const renderer_options options = {.seamless = true};
    character *c;
    blend_mask *mask = NULL;
    VIS_TRY(character_open(s->character, NULL, &c, err));
    vis_status status = renderer_mask(m, c, &options, &mask, err);
    if (status == VIS_OK) status = renderer_network(m, c, &options, mask, NULL, out, err);
    blend_mask_destroy(mask);
    character_close(c);
    return status;
}

static vis_status bench(const settings *s, vis_error *err)
{
    model *m;
    nn_program *p;
    model_options options = {.mode = s->mode, .checkpoint = -1};
    VIS_TRY(model_open(s->path, &options, &m, err));
    if (!m->net) return vis_fail(err, VIS_ERR_USAGE, "%s: needs --audio-mode", s->path);
    graph_shape shapes[GRAPH_MAX_INPUTS];
    for (int i = 0; i < m->net->n_inputs; i++) {
        const graph_value *v = &m->net->value[m->net->input[i]];
        shapes[i].rank = v->rank;
        for (int d = 0; d < v->rank; d++)
            shapes[i].dim[d] = v->dim[d] < 0 ? s->batch : v->dim[d];
    }
    float *sample[GRAPH_MAX_INPUTS] = {0};
    for (int i = 0; i < m->net->n_inputs; i++)
        VIS_TRY(make_tensor(&shapes[i], &sample[i], err));
    network_options looked_at = {.region = s->region};
    if (s->character) VIS_TRY(find_shown(s, m, &looked_at, err));
    nn_options how = {.fast = s->fast,
                      .cache_inputs = model_footage_inputs(m),
                      .sample = (const float *const *)sample,
                      .region = s->part || s->character ? &looked_at.region : NULL,
                      .rows = looked_at.rows};
    vis_status status = nn_compile(m->net, shapes, m->net->n_inputs, &how, &p, err);
    free(looked_at.rows);
    for (int i = 0; i < m->net->n_inputs; i++)
        aligned_free(sample[i]);
    model_close(m);
    VIS_TRY(status);
    status = measure(s, p, err);
    nn_program_free(p);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    vis_error err;
    if (!parse(argc, argv, &s)) {
        fprintf(stderr, "usage: nn_steps MODEL [--threads T] [--batch N] [--runs R] "
                        "[--audio-mode ave|hubert|wenet] [--fast] "
                        "[--region X0,Y0,X1,Y1 | --shown CHARACTER]\n");
        return 2;
    }
    vis_status status = bench(&s, &err);
    if (status != VIS_OK) fprintf(stderr, "nn_steps: %s\n", err.message);
    return exit_status(status);
}
