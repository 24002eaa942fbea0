/* nn/keep.c - what can outlast a run: results that depend only on inputs which come again.
 *
 * A footage frame comes back with every bounce, under other sound. The image encoder's results are
 * the same then; they lie in one block, in the order of the steps, so that a session can be pointed
 * at one frame's block or another's without copying.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/program.h"

#define ALIGN_FLOATS (VIS_ALIGN / (int64_t)sizeof(float))

static bool writes(const nn_program *p, int id, bool early)
{
    for (int i = 0; i < p->n_steps; i++)
        if (p->step[i].output == id && p->step[i].early == early) return true;
    return false;
}

static bool reads_late(const nn_program *p, int id)
{
    for (int i = 0; i < p->n_steps; i++)
        for (int k = 0; k < p->step[i].n_inputs && !p->step[i].early; k++)
            if (p->step[i].input[k] == id) return true;
    return false;
}

void program_keep(nn_program *p, uint32_t inputs)
{
    p->kept_floats = 0;
    if (!inputs) return;
    for (int i = 0; i < p->n_steps; i++)
        p->step[i].early = (p->step[i].depends & ~inputs) == 0 &&
                           p->tensor[p->step[i].output].place == NN_IN_ARENA;
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        if (t->place != NN_IN_ARENA || !writes(p, i, true)) continue;
        if (!reads_late(p, i) && !writes(p, i, false)) continue;
        t->place = NN_IN_KEPT;
        t->offset = p->kept_floats;
        p->kept_floats += round_up(t->floats + 1, ALIGN_FLOATS);
    }
}
