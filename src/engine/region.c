/* engine/region.c - how much of each tensor is computed when not all of the outputs is wanted.
 *
 * From the last step to the first: a step that can computes only what its readers need, and needs of
 * its own inputs that and a halo; any other computes all and needs all.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/program.h"

nn_region region_whole(const nn_tensor *t)
{
    if (t->shape.rank != 4) return (nn_region){0};
    return (nn_region){.x1 = t->shape.dim[3], .y1 = t->shape.dim[2]};
}

static bool is_empty(const nn_region *r)
{
    return r->x0 >= r->x1 || r->y0 >= r->y1;
}

bool region_is_part(const nn_tensor *t)
{
    nn_region whole = region_whole(t);
    return region_area(&t->region) < region_area(&whole);
}

void region_include(nn_tensor *t, const nn_region *more)
{
    nn_region *r = &t->region;
    if (is_empty(r)) {
        *r = *more;
        return;
    }
    if (more->x0 < r->x0) r->x0 = more->x0;
    if (more->y0 < r->y0) r->y0 = more->y0;
    if (more->x1 > r->x1) r->x1 = more->x1;
    if (more->y1 > r->y1) r->y1 = more->y1;
}

static vis_status check(const nn_program *p, const nn_region *r, vis_error *err)
{
    for (int i = 0; i < p->n_outputs; i++) {
        const graph_shape *y = &p->output_shape[i];
        if (is_empty(r) || r->x0 < 0 || r->y0 < 0 || y->rank != 4 || r->x1 > y->dim[3] ||
            r->y1 > y->dim[2])
            return vis_fail(
                err, VIS_ERR_USAGE,
                "columns %lld to %lld and rows %lld to %lld are no part of output %d of "
                "the network",
                (long long)r->x0, (long long)r->x1, (long long)r->y0, (long long)r->y1, i);
    }
    return VIS_OK;
}

/* Everything of a step, and of what it reads. */
static void take_whole(nn_program *p, const nn_step *step)
{
    nn_tensor *t = &p->tensor[step->output];
    t->region = region_whole(t);
    for (int k = 0; k < step->n_inputs; k++) {
        t = &p->tensor[step->input[k]];
        t->region = region_whole(t);
    }
}

vis_status program_limit(nn_program *p, const nn_region *region, vis_error *err)
{
    if (!region) return VIS_OK;
    VIS_TRY(check(p, region, err));
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        t->region = t->storage == NN_IN_OUTPUT ? *region : (nn_region){0};
    }
    for (int i = p->n_steps - 1; i >= 0; i--) {
        nn_step *step = &p->step[i];
        const nn_tensor *t = &p->tensor[step->output];
        /* what several steps write, each writes all of its part of */
        bool part = step->kind->limit && t->first == i && !is_empty(&t->region);
        if (!part || !step->kind->limit(p, step)) take_whole(p, step);
        step->region = t->region;
    }
    return VIS_OK;
}

int64_t program_step_macs(const nn_program *p, const nn_step *step)
{
    nn_region whole = region_whole(&p->tensor[step->output]);
    int64_t area = region_area(&whole);
    if (area == 0) return step->macs;
    return (int64_t)((double)step->macs * (double)region_area(&step->region) / (double)area);
}
