/* engine/reference/resize.c - Resize along the last two axes with linear interpolation.
 *
 * X [..., H, W] -> Y [..., OH, OW]. Coordinates as in the ONNX specification, in double.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

#include <math.h>

typedef struct resize_params {
    int64_t planes, height, width, out_height, out_width;
    resize_tap *rows, *columns;
} resize_params;

double resize_coordinate(resize_coordinates mode, int64_t x, int64_t in, int64_t out, double scale)
{
    switch (mode) {
    case RESIZE_ALIGN_CORNERS:
        return out == 1 ? 0 : (double)x * (double)(in - 1) / (double)(out - 1);
    case RESIZE_ASYMMETRIC:
        return (double)x / scale;
    case RESIZE_PYTORCH_HALF_PIXEL:
        return out > 1 ? ((double)x + 0.5) / scale - 0.5 : 0;
    case RESIZE_TF_HALF_PIXEL:
        return ((double)x + 0.5) / scale;
    case RESIZE_HALF_PIXEL_SYMMETRIC: {
        /* out may be less than in * scale by a fraction of a pixel: half of it goes to each end */
        double lost = (double)in / 2 * (1 - (double)out / (scale * (double)in));
        return lost + ((double)x + 0.5) / scale - 0.5;
    }
    default:
        return ((double)x + 0.5) / scale - 0.5;
    }
}

void resize_linear_taps(resize_coordinates mode, int64_t in, int64_t out, double scale,
                        resize_tap *tap)
{
    for (int64_t i = 0; i < out; i++) {
        double at = resize_coordinate(mode, i, in, out, scale);
        at = at < 0 ? 0 : at > (double)(in - 1) ? (double)(in - 1) : at;
        tap[i].lo = (int64_t)floor(at);
        tap[i].hi = tap[i].lo + 1 < in ? tap[i].lo + 1 : in - 1;
        tap[i].w = (float)(at - (double)tap[i].lo);
    }
}

/* Which entry of the scales is for axis d; -1 when none is. */
static int scale_entry(const graph_node *node, int d, int rank)
{
    int n = node->attr.resize.n_axes;
    for (int i = 0; i < n; i++)
        if (node->attr.resize.axes[i] == d || node->attr.resize.axes[i] == d - rank) return i;
    return n ? -1 : d;
}

vis_status resize_scales(const graph *g, const graph_node *node, double *scale, vis_error *err)
{
    const graph_value *x = &g->value[node->input[0]], *y = &g->value[node->output[0]];
    const tensor *given = node_constant(g, node, 2);
    if (x->rank != y->rank)
        return vis_fail(err, VIS_ERR_INTERNAL, "node '%s' (Resize): wrong output shape",
                        node->name);
    for (int d = 0; d < x->rank; d++) {
        int entry = scale_entry(node, d, x->rank);
        scale[d] = x->dim[d] ? (double)y->dim[d] / (double)x->dim[d] : 1;
        if (given && given->dtype == TENSOR_F32 && entry >= 0 && tensor_count(given) > entry)
            scale[d] = (double)tensor_f32(given)[entry];
        if (x->dim[d] < 1 || !(scale[d] > 0))
            return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (Resize): empty axis", node->name);
    }
    return VIS_OK;
}

static void resize_row(const resize_params *q, const float *lo, const float *hi, float w, float *y)
{
    for (int64_t x = 0; x < q->out_width; x++) {
        const resize_tap *t = &q->columns[x];
        double u = (double)t->w, v = (double)w;
        double top = (double)lo[t->lo] * (1 - u) + (double)lo[t->hi] * u;
        double bottom = (double)hi[t->lo] * (1 - u) + (double)hi[t->hi] * u;
        y[x] = (float)(top * (1 - v) + bottom * v);
    }
}

static void resize_run(const nn_step *step, struct nn_session *s)
{
    const resize_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    for (int64_t p = 0; p < q->planes; p++, x += q->height * q->width)
        for (int64_t i = 0; i < q->out_height; i++, y += q->out_width)
            resize_row(q, x + q->rows[i].lo * q->width, x + q->rows[i].hi * q->width, q->rows[i].w,
                       y);
}

static const nn_step_class resize_class = {"reference resize", resize_run, NULL};

vis_status reference_resize(lowering *l, const graph_node *node, vis_error *err)
{
    int input, output;
    VIS_TRY(lowering_read(l, NN_PLAIN, node->input[0], &input, err));
    VIS_TRY(lowering_write(l, NN_PLAIN, node->output[0], &output, err));
    graph_shape x = l->p->tensor[input].shape, y = l->p->tensor[output].shape;
    double scale[TENSOR_MAX_RANK] = {0};
    VIS_TRY(resize_scales(l->g, node, scale, err));
    int64_t planes = 1;
    for (int d = 0; d < x.rank - 2; d++) {
        planes *= x.dim[d];
        if (x.dim[d] != y.dim[d]) planes = -1;
    }
    if (x.rank < 2 || planes < 0)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (Resize): linear along other axes than height and width",
                        node->name);
    void *memory;
    VIS_TRY(program_alloc(l->p, 1, sizeof(resize_params), &memory, err));
    resize_params *q = memory;
    int h = x.rank - 2, w = x.rank - 1;
    *q = (resize_params){planes, x.dim[h], x.dim[w], y.dim[h], y.dim[w], NULL, NULL};
    VIS_TRY(program_alloc(l->p, (size_t)y.dim[h], sizeof(resize_tap), &memory, err));
    q->rows = memory;
    VIS_TRY(program_alloc(l->p, (size_t)y.dim[w], sizeof(resize_tap), &memory, err));
    q->columns = memory;
    resize_linear_taps(node->attr.resize.coordinates, x.dim[h], y.dim[h], scale[h], q->rows);
    resize_linear_taps(node->attr.resize.coordinates, x.dim[w], y.dim[w], scale[w], q->columns);
    return program_add_step(l->p, &resize_class, node->name, &input, 1, output, q, err);
}
