/* engine/reference/softmax.c - Softmax: Y = exp(X - max) / sum of exp(X - max), along an axis or, in
 * the form of before opset 13, over all axes from one on.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

#include <math.h>

typedef struct softmax_params {
    int64_t outer, count, inner; /* the tensor as [outer, count, inner] */
} softmax_params;

static void softmax_line(const float *x, float *y, int64_t count, int64_t stride)
{
    float most = -INFINITY;
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        if (x[i * stride] > most) most = x[i * stride];
    for (int64_t i = 0; i < count; i++)
        sum += exp((double)x[i * stride] - (double)most);
    for (int64_t i = 0; i < count; i++)
        y[i * stride] = (float)(exp((double)x[i * stride] - (double)most) / sum);
}

static void softmax_run(const nn_step *step, struct nn_session *s)
{
    const softmax_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    for (int64_t o = 0; o < q->outer; o++)
        for (int64_t i = 0; i < q->inner; i++) {
            int64_t at = o * q->count * q->inner + i;
            softmax_line(x + at, y + at, q->count, q->inner);
        }
}

static const nn_step_class softmax_class = {"reference softmax", softmax_run, NULL};

vis_status reference_softmax(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    graph_shape x = l->p->tensor[inputs[0]].shape;
    int64_t axis = node->attr.softmax.axis;
    bool flat = node->attr.softmax.flat;
    if (axis < 0) axis += x.rank;
    if (axis < 0 || axis > x.rank || (axis == x.rank && !flat))
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (Softmax): axis is out of range",
                        node->name);
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(softmax_params), &memory, err));
    softmax_params *q = memory;
    q->outer = q->count = q->inner = 1;
    for (int d = 0; d < x.rank; d++) {
        if (d < axis)
            q->outer *= x.dim[d];
        else if (d == axis || flat)
            q->count *= x.dim[d];
        else
            q->inner *= x.dim[d];
    }
    return program_add_step(l->p, &softmax_class, node->name, inputs, 1, output, q, err);
}
