/* engine/reference/conv.c - Conv: any kernel, stride, dilation, padding and number of groups.
 *
 * X [N, C, H, W], W [O, C / groups, KH, KW], B [O] -> Y [N, O, OH, OW]
 * Y[n, o, y, x] = B[o] + sum over c, i, j of W[o, c, i, j] * X[n, g + c, y * s + i * d - p, ...]
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

typedef struct conv_params {
    int64_t channels, height, width; /* of X */
    int64_t outputs, out_height, out_width;
    int64_t group_inputs, group_outputs;
    int64_t kernel[2], stride[2], dilation[2], pad[2];
} conv_params;

typedef struct conv_run {
    const conv_params *q;
    const struct nn_session *s;
    const float *x, *w, *b;
    float *y;
} conv_run;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Adds one input plane, seen through one weight, to the sums of an output plane. */
static void add_tap(const conv_params *q, const float *plane, double weight, int64_t i, int64_t j,
                    double *sum)
{
    int64_t dx = j * q->dilation[1] - q->pad[1], sx = q->stride[1];
    /* the range of x with 0 <= x * sx + dx < width */
    int64_t first = dx < 0 ? (-dx + sx - 1) / sx : 0;
    int64_t end = q->width - dx > 0 ? least((q->width - dx + sx - 1) / sx, q->out_width) : 0;
    for (int64_t y = 0; y < q->out_height; y++) {
        int64_t row = y * q->stride[0] + i * q->dilation[0] - q->pad[0];
        if (row < 0 || row >= q->height) continue;
        const float *in = plane + row * q->width;
        double *out = sum + y * q->out_width;
        if (sx == 1)
            for (int64_t x = first; x < end; x++)
                out[x] += weight * (double)in[x + dx];
        else
            for (int64_t x = first; x < end; x++)
                out[x] += weight * (double)in[x * sx + dx];
    }
}

/* One output plane: index = n * outputs + o. */
static void conv_plane(void *argument, int index, int worker)
{
    const conv_run *r = argument;
    const conv_params *q = r->q;
    double *sum = (double *)session_scratch(r->s, worker);
    int64_t n = index / q->outputs, o = index % q->outputs;
    int64_t area = q->out_height * q->out_width;
    for (int64_t i = 0; i < area; i++)
        sum[i] = r->b ? r->b[o] : 0;
    int64_t first = o / q->group_outputs * q->group_inputs;
    const float *w = r->w + o * q->group_inputs * q->kernel[0] * q->kernel[1];
    for (int64_t c = 0; c < q->group_inputs; c++) {
        const float *plane = r->x + (n * q->channels + first + c) * q->height * q->width;
        for (int64_t i = 0; i < q->kernel[0]; i++)
            for (int64_t j = 0; j < q->kernel[1]; j++)
                add_tap(q, plane, *w++, i, j, sum);
    }
    float *y = r->y + index * area;
    for (int64_t i = 0; i < area; i++)
        y[i] = (float)sum[i];
}

static void conv_step_run(const nn_step *step, struct nn_session *s)
{
    const conv_params *q = step->data;
    conv_run r = {.q = q,
                  .s = s,
                  .x = session_data(s, step->input[0]),
                  .w = session_data(s, step->input[1]),
                  .b = step->n_inputs > 2 ? session_data(s, step->input[2]) : NULL,
                  .y = session_data(s, step->output)};
    int64_t planes = s->program->tensor[step->output].shape.dim[0] * q->outputs;
    thread_pool_run(s->pool, (int)planes, conv_plane, &r);
}

static int64_t conv_scratch(const nn_step *step, int threads)
{
    const conv_params *q = step->data;
    return 2 * q->out_height * q->out_width; /* doubles */
}

static const nn_step_class conv_class = {"reference conv", conv_step_run, conv_scratch};

vis_status reference_conv(lowering *l, const graph_node *node, vis_error *err)
{
    int inputs[GRAPH_MAX_INPUTS], n, output;
    VIS_TRY(lowering_tensors(l, node, inputs, &n, &output, err));
    const graph_shape x = l->p->tensor[inputs[0]].shape, w = l->p->tensor[inputs[1]].shape;
    const graph_shape y = l->p->tensor[output].shape;
    if (x.rank != 4 || w.rank != 4 || y.rank != 4)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (Conv): only two-dimensional ones are run", node->name);
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(conv_params), &memory, err));
    conv_params *q = memory;
    int64_t groups = node->attr.window.groups;
    *q = (conv_params){.channels = x.dim[1],
                       .height = x.dim[2],
                       .width = x.dim[3],
                       .outputs = w.dim[0],
                       .out_height = y.dim[2],
                       .out_width = y.dim[3],
                       .group_inputs = w.dim[1]};
    for (int i = 0; i < 2; i++) {
        q->kernel[i] = w.dim[2 + i];
        q->stride[i] = node->attr.window.stride[i];
        q->dilation[i] = node->attr.window.dilation[i];
        q->pad[i] = node->attr.window.pad[i];
    }
    if (groups < 1 || w.dim[0] % groups || w.dim[1] * groups != x.dim[1] || y.dim[1] != w.dim[0])
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (Conv): weights do not fit the input",
                        node->name);
    q->group_outputs = w.dim[0] / groups;
    return program_add_step(l->p, &conv_class, node->name, inputs, n, output, q, err);
}
