/* engine/plan.c - where tensors lie: in the arena, or in the block that outlasts a run.
 *
 * A footage frame comes back with every bounce, under other sound. The image encoder's results are
 * the same then; they lie in one block, in the order of the steps, so that a session can be pointed
 * at one frame's block or another's without copying.
 *
 * In the arena two tensors may share memory when no step needs both. Largest first, each goes to
 * the lowest offset that is free during its whole life ("greedy by size", Pisarchyk and Lee 2020,
 * arXiv:2001.03288).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/program.h"

#include <stdlib.h>

#define ALIGN_FLOATS (VIS_ALIGN / (int64_t)sizeof(float))

typedef struct slot {
    int tensor, first, last; /* steps between which it is needed */
    int64_t floats;          /* rounded up */
} slot;

static int larger_first(const void *a, const void *b)
{
    const slot *x = a, *y = b;
    if (x->floats != y->floats) return x->floats < y->floats ? 1 : -1;
    return x->tensor - y->tensor;
}

static bool live_together(const slot *a, const slot *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which `s` fits among the placed slots that live at the same time. */
static int64_t lowest_gap(const nn_program *p, const slot *placed, int n, const slot *s)
{
    int64_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < n; i++) {
            const nn_tensor *other = &p->tensor[placed[i].tensor];
            if (!live_together(s, &placed[i])) continue;
            if (offset < other->offset + placed[i].floats && other->offset < offset + s->floats) {
                offset = other->offset + placed[i].floats;
                moved = true;
            }
        }
    }
    return offset;
}

vis_status program_plan_lasting(nn_program *p, const bool *lasts, int n_lasts, vis_error *err)
{
    slot *order = calloc((size_t)p->n_tensors + 1, sizeof *order);
    if (!order) return vis_fail_memory(err, "network memory plan");
    int n = 0;
    for (int i = 0; i < p->n_tensors; i++) {
        const nn_tensor *t = &p->tensor[i];
        if (t->storage != NN_IN_ARENA || t->first < 0) continue;
        int last = i < n_lasts && lasts[i] ? p->n_steps : t->last;
        order[n++] = (slot){i, t->first, last, round_up(t->floats + 1, ALIGN_FLOATS)};
    }
    qsort(order, (size_t)n, sizeof *order, larger_first);
    p->arena_floats = 0;
    for (int i = 0; i < n; i++) {
        nn_tensor *t = &p->tensor[order[i].tensor];
        t->offset = lowest_gap(p, order, i, &order[i]);
        int64_t end = t->offset + order[i].floats;
        if (end > p->arena_floats) p->arena_floats = end;
    }
    free(order);
    return VIS_OK;
}

vis_status program_plan(nn_program *p, vis_error *err)
{
    return program_plan_lasting(p, NULL, 0, err);
}

static bool writes(const nn_program *p, int id, bool cacheable)
{
    for (int i = 0; i < p->n_steps; i++)
        if (p->step[i].output == id && p->step[i].cacheable == cacheable) return true;
    return false;
}

static bool read_per_run(const nn_program *p, int id)
{
    for (int i = 0; i < p->n_steps; i++)
        for (int k = 0; k < p->step[i].n_inputs && !p->step[i].cacheable; k++)
            if (p->step[i].input[k] == id) return true;
    return false;
}

void program_plan_cache(nn_program *p, uint32_t inputs)
{
    p->cache_floats = 0;
    if (!inputs) return;
    for (int i = 0; i < p->n_steps; i++)
        p->step[i].cacheable = (p->step[i].depends & ~inputs) == 0 &&
                               p->tensor[p->step[i].output].storage == NN_IN_ARENA;
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        if (t->storage == NN_IN_INPUT && (t->depends & inputs) && read_per_run(p, i))
            p->reads_cached = true;
        if (t->storage != NN_IN_ARENA || !writes(p, i, true)) continue;
        if (!read_per_run(p, i) && !writes(p, i, false)) continue;
        t->storage = NN_IN_CACHE;
        t->offset = p->cache_floats;
        p->cache_floats += round_up(t->floats + 1, ALIGN_FLOATS);
    }
}
