/* engine/region.c - how much of each tensor is computed when not all of the outputs is wanted.
 *
 * From the last step to the first: a step that can computes only what its readers need, and needs of
 * its own inputs that and a halo; any other computes all and needs all. Some can so row by row, and
 * others a rectangle.
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

nn_span region_row(const nn_tensor *t, int64_t y)
{
    if (y < t->region.y0 || y >= t->region.y1) return (nn_span){0};
    return t->rows ? t->rows[y] : (nn_span){t->region.x0, t->region.x1};
}

int64_t region_pixels(const nn_tensor *t)
{
    if (!t->rows) return region_area(&t->region);
    int64_t pixels = 0;
    for (int64_t y = t->region.y0; y < t->region.y1; y++)
        if (t->rows[y].x0 < t->rows[y].x1) pixels += t->rows[y].x1 - t->rows[y].x0;
    return pixels;
}

bool region_is_part(const nn_tensor *t)
{
    nn_region whole = region_whole(t);
    return region_pixels(t) < region_area(&whole);
}

static void widen(nn_span *span, int64_t x0, int64_t x1)
{
    if (span->x0 >= span->x1) *span = (nn_span){x0, x1};
    if (x0 < span->x0) span->x0 = x0;
    if (x1 > span->x1) span->x1 = x1;
}

void region_include(nn_tensor *t, const nn_region *more)
{
    nn_region *r = &t->region;
    for (int64_t y = more->y0; t->rows && y < more->y1; y++)
        widen(&t->rows[y], more->x0, more->x1);
    if (is_empty(r)) {
        *r = *more;
        return;
    }
    if (more->x0 < r->x0) r->x0 = more->x0;
    if (more->y0 < r->y0) r->y0 = more->y0;
    if (more->x1 > r->x1) r->x1 = more->x1;
    if (more->y1 > r->y1) r->y1 = more->y1;
}

static vis_status check_region(const nn_program *p, const nn_region *r, vis_error *err)
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

static vis_status check_rows(const nn_region *r, const nn_span *rows, vis_error *err)
{
    for (int64_t y = r->y0; y < r->y1; y++)
        if (rows[y].x0 < rows[y].x1 && (rows[y].x0 < r->x0 || rows[y].x1 > r->x1))
            return vis_fail(err, VIS_ERR_USAGE,
                            "columns %lld to %lld of row %lld are no part of columns %lld to %lld",
                            (long long)rows[y].x0, (long long)rows[y].x1, (long long)y,
                            (long long)r->x0, (long long)r->x1);
    return VIS_OK;
}

/* All of the region is computed. */
static void fill_rows(nn_tensor *t)
{
    for (int64_t y = 0; t->rows && y < t->shape.dim[2]; y++) {
        bool inside = y >= t->region.y0 && y < t->region.y1;
        t->rows[y] = inside ? (nn_span){t->region.x0, t->region.x1} : (nn_span){0};
    }
}

static void set_region(nn_tensor *t, nn_region region)
{
    t->region = region;
    fill_rows(t);
}

/* Everything of a step, and of what it reads. */
static void take_whole(nn_program *p, const nn_step *step)
{
    nn_tensor *t = &p->tensor[step->output];
    set_region(t, region_whole(t));
    for (int k = 0; k < step->n_inputs; k++) {
        t = &p->tensor[step->input[k]];
        set_region(t, region_whole(t));
    }
}

/* What is wanted of the outputs, and as yet nothing of all others. */
static vis_status begin(nn_program *p, const nn_options *options, vis_error *err)
{
    for (int i = 0; i < p->n_tensors; i++) {
        nn_tensor *t = &p->tensor[i];
        bool wanted = t->storage == NN_IN_OUTPUT;
        void *rows = NULL;
        if (options->rows && t->shape.rank == 4)
            VIS_TRY(program_alloc(p, (size_t)t->shape.dim[2], sizeof *t->rows, &rows, err));
        t->rows = rows;
        set_region(t, wanted ? *options->region : (nn_region){0});
        for (int64_t y = t->region.y0; t->rows && y < t->region.y1; y++)
            t->rows[y] = options->rows[y];
    }
    return VIS_OK;
}

vis_status program_limit(nn_program *p, const nn_options *options, vis_error *err)
{
    if (!options->region) return VIS_OK;
    VIS_TRY(check_region(p, options->region, err));
    if (options->rows) VIS_TRY(check_rows(options->region, options->rows, err));
    VIS_TRY(begin(p, options, err));
    for (int i = p->n_steps - 1; i >= 0; i--) {
        nn_step *step = &p->step[i];
        nn_tensor *t = &p->tensor[step->output];
        /* what several steps write, each writes all of its part of */
        bool part = step->kind->limit && t->first == i && !is_empty(&t->region);
        if (!part || !step->kind->limit(p, step))
            take_whole(p, step);
        else if (!step->kind->by_rows)
            fill_rows(t);
        step->region = t->region;
    }
    return VIS_OK;
}

int64_t program_step_macs(const nn_program *p, const nn_step *step)
{
    const nn_tensor *t = &p->tensor[step->output];
    nn_region whole = region_whole(t);
    int64_t area = region_area(&whole);
    if (area == 0) return step->macs;
    return (int64_t)((double)step->macs * (double)region_pixels(t) / (double)area);
}
