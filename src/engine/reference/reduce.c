/* engine/reference/reduce.c - ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceProd along any axes.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

#include <math.h>

/* Axes to loop over: sizes, and strides in the input. */
typedef struct axis_list {
    int n;
    int64_t size[TENSOR_MAX_RANK], stride[TENSOR_MAX_RANK];
} axis_list;

typedef struct reduce_params {
    graph_op op;
    axis_list kept, gone;
    int64_t each; /* numbers that become one */
} reduce_params;

/* The next position, in row-major order; returns its offset. */
static int64_t next_offset(const axis_list *a, int64_t *at, int64_t offset)
{
    for (int d = a->n - 1; d >= 0; d--) {
        offset += a->stride[d];
        if (++at[d] < a->size[d]) break;
        offset -= a->stride[d] * a->size[d];
        at[d] = 0;
    }
    return offset;
}

static float reduce_one(const reduce_params *q, const float *x)
{
    int64_t at[TENSOR_MAX_RANK] = {0}, offset = 0;
    double sum = q->op == OP_REDUCE_PROD ? 1 : 0;
    for (int64_t i = 0; i < q->each; i++) {
        double v = (double)x[offset];
        if (q->op == OP_REDUCE_PROD)
            sum *= v;
        else if (q->op == OP_REDUCE_MAX)
            sum = i == 0 || v > sum || isnan(v) ? v : sum;
        else if (q->op == OP_REDUCE_MIN)
            sum = i == 0 || v < sum || isnan(v) ? v : sum;
        else
            sum += v;
        offset = next_offset(&q->gone, at, offset);
    }
    return (float)(q->op == OP_REDUCE_MEAN ? sum / (double)q->each : sum);
}

static void reduce_run(const nn_step *step, struct nn_session *s)
{
    const reduce_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    int64_t at[TENSOR_MAX_RANK] = {0}, offset = 0, n = s->program->tensor[step->output].floats;
    for (int64_t i = 0; i < n; i++) {
        y[i] = reduce_one(q, x + offset);
        offset = next_offset(&q->kept, at, offset);
    }
}

static const nn_step_class reduce_class = {"reference reduce", reduce_run, NULL};

/* The axes reduced, as a bit mask. */
static vis_status find_axes(const lowering *l, const graph_node *node, int rank, unsigned *mask,
                            vis_error *err)
{
    int64_t axes[TENSOR_MAX_RANK];
    int n;
    VIS_TRY(node_integers(l->g, node, 1, axes, TENSOR_MAX_RANK, &n, err));
    *mask = n || node->attr.reduce.identity ? 0 : (1u << rank) - 1;
    for (int i = 0; i < n; i++) {
        int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (axis < 0 || axis >= rank)
            return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): axis is out of range", node->name,
                            graph_op_name(node->op));
        *mask |= 1u << axis;
    }
    return VIS_OK;
}

vis_status reference_reduce(lowering *l, const graph_node *node, vis_error *err)
{
    int input, output;
    unsigned mask;
    VIS_TRY(lowering_read(l, NN_PLAIN, node->input[0], &input, err));
    VIS_TRY(lowering_write(l, NN_PLAIN, node->output[0], &output, err));
    graph_shape x = l->p->tensor[input].shape;
    VIS_TRY(find_axes(l, node, x.rank, &mask, err));
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(reduce_params), &memory, err));
    reduce_params *q = memory;
    int64_t stride[TENSOR_MAX_RANK];
    shape_strides(x.dim, x.rank, stride);
    q->op = node->op;
    q->each = 1;
    for (int d = 0; d < x.rank; d++) {
        axis_list *list = mask >> d & 1u ? &q->gone : &q->kept;
        list->size[list->n] = x.dim[d];
        list->stride[list->n++] = stride[d];
        if (mask >> d & 1u) q->each *= x.dim[d];
    }
    return program_add_step(l->p, &reduce_class, node->name, &input, 1, output, q, err);
}
