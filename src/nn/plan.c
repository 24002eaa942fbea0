/* nn/plan.c - places tensors in the arena.
 *
 * Two tensors may share memory when no step needs both. Largest first, each goes to the lowest
 * offset that is free during its whole life ("greedy by size", Pisarchyk and Lee 2020,
 * arXiv:2001.03288).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/program.h"

#include <stdlib.h>

#define ALIGN_FLOATS (VIS_ALIGN / (int64_t)sizeof(float))

typedef struct slot {
    int tensor;
    int64_t floats; /* rounded up */
} slot;

static int larger_first(const void *a, const void *b)
{
    const slot *x = a, *y = b;
    if (x->floats != y->floats) return x->floats < y->floats ? 1 : -1;
    return x->tensor - y->tensor;
}

static bool live_together(const nn_tensor *a, const nn_tensor *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which `s` fits among the placed slots that live at the same time. */
static int64_t lowest_gap(const nn_program *p, const slot *placed, int n, const slot *s)
{
    const nn_tensor *t = &p->tensor[s->tensor];
    int64_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < n; i++) {
            const nn_tensor *other = &p->tensor[placed[i].tensor];
            if (!live_together(t, other)) continue;
            if (offset < other->offset + placed[i].floats && other->offset < offset + s->floats) {
                offset = other->offset + placed[i].floats;
                moved = true;
            }
        }
    }
    return offset;
}

/* Is the tensor in the arena, and touched at all? */
static bool is_placed(const nn_tensor *t)
{
    return t->place == NN_IN_ARENA && t->first >= 0;
}

/* What a tensor takes of the arena. */
static int64_t room_of(const nn_tensor *t)
{
    return round_up(t->floats + 1, ALIGN_FLOATS);
}

void program_spread(nn_program *p)
{
    p->arena_floats = 0;
    for (int i = 0; i < p->n_tensors; i++) {
        if (!is_placed(&p->tensor[i])) continue;
        p->tensor[i].offset = p->arena_floats;
        p->arena_floats += room_of(&p->tensor[i]);
    }
}

vis_status program_plan(nn_program *p, vis_error *err)
{
    slot *order = calloc((size_t)p->n_tensors + 1, sizeof *order);
    if (!order) return vis_fail_memory(err, "network memory plan");
    int n = 0;
    for (int i = 0; i < p->n_tensors; i++)
        if (is_placed(&p->tensor[i])) order[n++] = (slot){i, room_of(&p->tensor[i])};
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
