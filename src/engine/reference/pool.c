/* engine/reference/pool.c - MaxPool, AveragePool and their global forms.
 *
 * X [N, C, H, W] -> Y [N, C, OH, OW]; a window reaches beyond the input only into padding, which
 * never wins a maximum and counts in an average only where the node says so.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

#include <math.h>

typedef struct pool_params {
    int64_t planes, height, width, out_height, out_width;
    int64_t kernel[2], stride[2], dilation[2], pad[4];
    bool count_pad;
    /* the result at (y, x) of a plane */
    float (*window)(const struct pool_params *q, const float *plane, int64_t y, int64_t x);
} pool_params;

static float window_max(const pool_params *q, const float *plane, int64_t y, int64_t x)
{
    float most = -INFINITY;
    for (int64_t i = 0; i < q->kernel[0]; i++) {
        int64_t row = y * q->stride[0] + i * q->dilation[0] - q->pad[0];
        if (row < 0 || row >= q->height) continue;
        for (int64_t j = 0; j < q->kernel[1]; j++) {
            int64_t column = x * q->stride[1] + j * q->dilation[1] - q->pad[1];
            if (column < 0 || column >= q->width) continue;
            float v = plane[row * q->width + column];
            if (v > most || v != v) most = v;
        }
    }
    return most;
}

/* How many of a window's positions along one axis lie inside the input, padding included or not. */
static int64_t count_inside(const pool_params *q, int axis, int64_t at, bool with_pad)
{
    int64_t size = axis ? q->width : q->height, inside = 0;
    int64_t low = with_pad ? -q->pad[axis] : 0, high = with_pad ? size + q->pad[axis + 2] : size;
    for (int64_t i = 0; i < q->kernel[axis]; i++) {
        int64_t position = at * q->stride[axis] + i * q->dilation[axis] - q->pad[axis];
        inside += position >= low && position < high;
    }
    return inside;
}

static float window_mean(const pool_params *q, const float *plane, int64_t y, int64_t x)
{
    double sum = 0;
    for (int64_t i = 0; i < q->kernel[0]; i++) {
        int64_t row = y * q->stride[0] + i * q->dilation[0] - q->pad[0];
        if (row < 0 || row >= q->height) continue;
        for (int64_t j = 0; j < q->kernel[1]; j++) {
            int64_t column = x * q->stride[1] + j * q->dilation[1] - q->pad[1];
            if (column >= 0 && column < q->width) sum += (double)plane[row * q->width + column];
        }
    }
    int64_t count = count_inside(q, 0, y, q->count_pad) * count_inside(q, 1, x, q->count_pad);
    return (float)(sum / (double)count);
}

static void pool_run(const nn_step *step, struct nn_session *s)
{
    const pool_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    for (int64_t p = 0; p < q->planes; p++)
        for (int64_t i = 0; i < q->out_height; i++)
            for (int64_t j = 0; j < q->out_width; j++)
                *y++ = q->window(q, x + p * q->height * q->width, i, j);
}

static const nn_step_class average_pool_class = {"reference average pool", pool_run, NULL};
static const nn_step_class max_pool_class = {"reference max pool", pool_run, NULL};

vis_status reference_pool(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    const graph_shape x = l->p->tensor[inputs[0]].shape, y = l->p->tensor[output].shape;
    if (x.rank != 4 || y.rank != 4)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (%s): only two-dimensional ones are run", node->name,
                        graph_op_name(node->op));
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(pool_params), &memory, err));
    pool_params *q = memory;
    *q = (pool_params){.planes = x.dim[0] * x.dim[1],
                       .height = x.dim[2],
                       .width = x.dim[3],
                       .out_height = y.dim[2],
                       .out_width = y.dim[3]};
    for (int i = 0; i < 2; i++) {
        q->kernel[i] = node->attr.window.kernel[i];
        q->stride[i] = node->attr.window.stride[i];
        q->dilation[i] = node->attr.window.dilation[i];
    }
    for (int i = 0; i < 4; i++)
        q->pad[i] = node->attr.window.pad[i];
    bool average = node->op == OP_AVERAGE_POOL;
    q->count_pad = average && node->attr.window.count_pad;
    q->window = average ? window_mean : window_max;
    return program_add_step(l->p, average ? &average_pool_class : &max_pool_class, node->name,
                            inputs, 1, output, q, err);
}

/* Numbers in a plane of a tensor [N, C, ...]. */
static int64_t plane_area(const graph_shape *x)
{
    int64_t area = 1;
    for (int d = 2; d < x->rank; d++)
        area *= x->dim[d];
    return area;
}

static void global_average_run(const nn_step *step, struct nn_session *s)
{
    const graph_shape *x = &s->program->tensor[step->input[0]].shape;
    const float *in = session_data(s, step->input[0]);
    float *out = session_data(s, step->output);
    int64_t area = plane_area(x);
    for (int64_t p = 0; p < x->dim[0] * x->dim[1]; p++) {
        double sum = 0;
        for (int64_t i = 0; i < area; i++)
            sum += (double)in[p * area + i];
        out[p] = (float)(sum / (double)area);
    }
}

static void global_max_run(const nn_step *step, struct nn_session *s)
{
    const graph_shape *x = &s->program->tensor[step->input[0]].shape;
    const float *in = session_data(s, step->input[0]);
    float *out = session_data(s, step->output);
    int64_t area = plane_area(x);
    for (int64_t p = 0; p < x->dim[0] * x->dim[1]; p++) {
        float most = -INFINITY;
        for (int64_t i = p * area; i < (p + 1) * area; i++)
            if (in[i] > most || in[i] != in[i]) most = in[i];
        out[p] = most;
    }
}

static const nn_step_class global_average_class = {"reference global average", global_average_run,
                                                   NULL};
static const nn_step_class global_max_class = {"reference global max", global_max_run, NULL};

vis_status reference_global_pool(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    if (l->p->tensor[inputs[0]].shape.rank < 3)
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): needs spatial axes", node->name,
                        graph_op_name(node->op));
    bool average = node->op == OP_GLOBAL_AVERAGE_POOL;
    return program_add_step(l->p, average ? &global_average_class : &global_max_class, node->name,
                            inputs, 1, output, NULL, err);
}
