/* engine/session.c - one run after another over memory that is allocated once.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory_limit.h"
#include "engine/ops/i16.h"

#include <stdlib.h>
#include <string.h>

/* Zeroed memory whose pages are taken now, one after another. Taken as rows and tensors happen to
 * touch them, they lie such that they push each other out of L2: 22 ms in place of 18 for up5's
 * first block at full width. */
static float *working_memory(size_t floats)
{
    float *memory = aligned_malloc(floats, sizeof *memory);
    if (memory) memset(memory, 0, floats * sizeof *memory);
    return memory;
}

static float *brief_memory(size_t floats)
{
    return aligned_calloc(floats, sizeof(float));
}

/* Said before anything is taken, as the system might give the memory and only lack it in the run:
 * what a session takes, and the outputs that its caller will want. */
static vis_status check_room(const nn_program *p, int threads, vis_error *err)
{
    int64_t outputs = 0;
    for (int i = 0; i < p->n_outputs; i++)
        outputs += program_output_numbers(p, i);
    size_t needed = nn_session_bytes(p, threads) + (size_t)outputs * sizeof(float);
    size_t left = memory_left();
    if (needed <= left) return VIS_OK;
    return vis_fail(err, VIS_ERR_MEMORY, "the network needs %zu MB of working memory, %zu are left",
                    (needed >> 20) + 1, left >> 20);
}

/* `memory`: gives that of arena and scratch. */
static vis_status create(const nn_program *p, thread_pool *pool, float *(*memory)(size_t floats),
                         nn_session **out, vis_error *err)
{
    VIS_TRY(check_room(p, thread_pool_size(pool), err));
    struct nn_session *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "network session");
    s->program = p;
    s->pool = pool;
    s->threads = thread_pool_size(pool);
    s->scratch_floats = program_scratch_floats(p, s->threads);
    s->arena_floats = p->arena_floats;
    s->arena = memory((size_t)p->arena_floats);
    s->own_cache = aligned_calloc((size_t)p->cache_floats, sizeof(float));
    size_t floats;
    if (size_mul((size_t)s->scratch_floats, (size_t)s->threads, &floats))
        s->scratch = memory(floats);
    if (!s->arena || !s->own_cache || !s->scratch) {
        nn_session_free(s);
        return vis_fail_memory(err, "network session");
    }
    *out = s;
    return VIS_OK;
}

vis_status nn_session_create(const nn_program *p, thread_pool *pool, nn_session **out,
                             vis_error *err)
{
    return create(p, pool, working_memory, out, err);
}

vis_status session_create_brief(const nn_program *p, thread_pool *pool, nn_session **out,
                                vis_error *err)
{
    return create(p, pool, brief_memory, out, err);
}

bool session_turn_to(nn_session *s, const nn_program *p)
{
    if (p->arena_floats > s->arena_floats || p->cache_floats > 0 ||
        program_scratch_floats(p, s->threads) > s->scratch_floats)
        return false;
    s->program = p;
    return true;
}

void nn_session_free(nn_session *s)
{
    if (!s) return;
    aligned_free(s->arena);
    aligned_free(s->own_cache);
    aligned_free(s->scratch);
    free(s);
}

void session_begin(struct nn_session *s, const float *const *inputs, float *const *outputs,
                   float *cache)
{
    s->inputs = inputs;
    s->outputs = outputs;
    s->cache = cache ? cache : s->own_cache;
}

void session_run_step(struct nn_session *s, const nn_step *step)
{
    step->kind->run(step, s);
    const nn_tensor *t = &s->program->tensor[step->output];
    if (t->squares && t->layout == NN_NHWC && !step->measures) i16_measure(s, step->output);
}

void session_run_step_clean(struct nn_session *s, const nn_step *step)
{
    const nn_tensor *t = &s->program->tensor[step->output];
    if (t->storage != NN_IN_OUTPUT && region_is_part(t))
        memset(session_data(s, step->output), 0,
               (size_t)(t->squares ? t->squares : t->floats) * sizeof(float));
    session_run_step(s, step);
}

void nn_run_cached(nn_session *s, const float *const *inputs, float *const *outputs, float *cache,
                   bool filled)
{
    session_begin(s, inputs, outputs, cache);
    for (int i = 0; i < s->program->n_steps; i++) {
        const nn_step *step = &s->program->step[i];
        if (filled && step->cacheable) continue;
        session_run_step(s, step);
    }
}

void nn_run(nn_session *s, const float *const *inputs, float *const *outputs)
{
    nn_run_cached(s, inputs, outputs, NULL, false);
}
