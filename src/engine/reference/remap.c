/* engine/reference/remap.c - operators that only move elements.
 *
 * Slice, Split, Pad, Gather, Transpose, Expand, Concat and nearest Resize are the same loop: each
 * axis has a table that says, for every position, how far into the input to go (or -1: fill).
 * Reshaping copies.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

#include <math.h>
#include <string.h>

#define SPLIT_MAX_PARTS 1024 /* as the reader of ONNX allows */

typedef struct remap_params {
    int rank;
    int64_t size[TENSOR_MAX_RANK];
    int64_t *from[TENSOR_MAX_RANK];  /* [size] offsets into the input, -1 outside it */
    int64_t stride[TENSOR_MAX_RANK]; /* of the output */
    int64_t start;                   /* in the output */
    float fill;
} remap_params;

static void remap_row(const remap_params *q, const float *x, int64_t base, bool outside, float *y)
{
    int last = q->rank - 1;
    for (int64_t i = 0; i < q->size[last]; i++, y += q->stride[last])
        *y = outside || q->from[last][i] < 0 ? q->fill : x[base + q->from[last][i]];
}

static void remap_run(const nn_step *step, struct nn_session *s)
{
    const remap_params *q = step->data;
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output) + q->start;
    int64_t rows = 1, at[TENSOR_MAX_RANK] = {0};
    for (int d = 0; d < q->rank - 1; d++)
        rows *= q->size[d];
    for (int64_t r = 0; r < rows; r++) {
        int64_t base = 0, out = 0;
        bool outside = false;
        for (int d = 0; d < q->rank - 1; d++) {
            int64_t from = q->from[d][at[d]];
            outside = outside || from < 0;
            base += from;
            out += at[d] * q->stride[d];
        }
        remap_row(q, x, base, outside, y + out);
        for (int d = q->rank - 2; d >= 0 && ++at[d] == q->size[d]; d--)
            at[d] = 0;
    }
}

static const nn_step_class remap_class = {"reference remap", remap_run, NULL};

/* An iteration over `shape` that fills a whole row-major output; the tables are zeroed. */
static vis_status remap_create(nn_program *p, const graph_shape *shape, remap_params **out,
                               vis_error *err)
{
    void *memory;
    VIS_TRY(program_alloc(p, 1, sizeof(remap_params), &memory, err));
    remap_params *q = memory;
    graph_shape whole = *shape;
    if (!whole.rank) {
        whole.rank = 1;
        whole.dim[0] = 1;
    }
    q->rank = whole.rank;
    shape_strides(whole.dim, whole.rank, q->stride);
    for (int d = 0; d < q->rank; d++) {
        q->size[d] = whole.dim[d];
        VIS_TRY(program_alloc(p, (size_t)whole.dim[d], sizeof(int64_t), &memory, err));
        q->from[d] = memory;
    }
    *out = q;
    return VIS_OK;
}

/* Every axis as in the input: position i is i strides in. */
static void remap_identity(remap_params *q, const graph_shape *in)
{
    int64_t stride[TENSOR_MAX_RANK];
    shape_strides(in->dim, in->rank, stride);
    for (int d = 0; d < in->rank; d++)
        for (int64_t i = 0; i < q->size[d]; i++)
            q->from[d][i] = i * stride[d];
}

static void copy_run(const nn_step *step, struct nn_session *s)
{
    size_t bytes = (size_t)s->program->tensor[step->output].floats * sizeof(float);
    if (bytes) memcpy(session_data(s, step->output), session_data(s, step->input[0]), bytes);
}

static const nn_step_class copy_class = {"reference copy", copy_run, NULL};

vis_status lower_copy(lowering *l, const char *name, int from, int to, vis_error *err)
{
    return program_add_step(l->p, &copy_class, name, &from, 1, to, NULL, err);
}

vis_status reference_concat(lowering *l, const graph_node *node, vis_error *err)
{
    int output;
    VIS_TRY(lowering_write(l, NN_PLAIN, node->output[0], &output, err));
    graph_shape y = l->p->tensor[output].shape;
    int64_t stride[TENSOR_MAX_RANK];
    shape_strides(y.dim, y.rank, stride);
    int axis = (int)(node->attr.axis < 0 ? node->attr.axis + y.rank : node->attr.axis);
    if (axis < 0 || axis >= y.rank)
        return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (Concat): axis is out of range",
                        node->name);
    int64_t done = 0;
    for (int i = 0; i < node->n_inputs; i++) {
        int input;
        VIS_TRY(lowering_read(l, NN_PLAIN, node->input[i], &input, err));
        graph_shape x = l->p->tensor[input].shape;
        remap_params *q;
        VIS_TRY(remap_create(l->p, &x, &q, err));
        remap_identity(q, &x);
        memcpy(q->stride, stride, sizeof q->stride);
        q->start = done * stride[axis];
        done += x.dim[axis];
        VIS_TRY(program_add_step(l->p, &remap_class, node->name, &input, 1, output, q, err));
    }
    if (done != y.dim[axis])
        return vis_fail(err, VIS_ERR_INTERNAL, "node '%s' (Concat): wrong output shape",
                        node->name);
    return VIS_OK;
}

/* Axes that the node names in input i; all of them in order when it is absent. */
static vis_status node_axes(const lowering *l, const graph_node *node, int i, int rank, int n,
                            int64_t *axes, vis_error *err)
{
    int count;
    VIS_TRY(node_integers(l->g, node, i, axes, TENSOR_MAX_RANK, &count, err));
    for (int k = 0; count == 0 && k < n; k++)
        axes[k] = k;
    if (count != 0 && count != n) goto wrong;
    for (int k = 0; k < n; k++) {
        if (axes[k] < 0) axes[k] += rank;
        if (axes[k] < 0 || axes[k] >= rank) goto wrong;
    }
    return VIS_OK;
wrong:
    return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (%s): axes do not fit the input", node->name,
                    graph_op_name(node->op));
}

static vis_status fill_slice(const lowering *l, const graph_node *node, const graph_shape *x,
                             remap_params *q, vis_error *err)
{
    int64_t start[TENSOR_MAX_RANK], axes[TENSOR_MAX_RANK], step[TENSOR_MAX_RANK],
        stride[TENSOR_MAX_RANK];
    int n, steps;
    VIS_TRY(node_integers(l->g, node, 1, start, TENSOR_MAX_RANK, &n, err));
    VIS_TRY(node_axes(l, node, 3, x->rank, n, axes, err));
    VIS_TRY(node_integers(l->g, node, 4, step, TENSOR_MAX_RANK, &steps, err));
    shape_strides(x->dim, x->rank, stride);
    remap_identity(q, x);
    for (int k = 0; k < n; k++) {
        int64_t d = axes[k], size = x->dim[d], by = steps ? step[k] : 1, first = start[k];
        if (first < 0) first += size;
        int64_t most = by < 0 ? size - 1 : size;
        first = first < 0 ? 0 : first > most ? most : first;
        for (int64_t i = 0; i < q->size[d]; i++) {
            int64_t at = first + i * by;
            if (at < 0 || at >= size)
                return vis_fail(err, VIS_ERR_INTERNAL, "node '%s' (Slice): wrong output shape",
                                node->name);
            q->from[d][i] = at * stride[d];
        }
    }
    return VIS_OK;
}

/* Split: this node's part, as wide as its output. */
static vis_status fill_split(const lowering *l, const graph_node *node, const graph_shape *x,
                             remap_params *q, vis_error *err)
{
    int64_t length[SPLIT_MAX_PARTS], stride[TENSOR_MAX_RANK], start = 0;
    int index = node->attr.split.index, parts = node->attr.split.parts, given;
    int axis =
        (int)(node->attr.split.axis < 0 ? node->attr.split.axis + x->rank : node->attr.split.axis);
    VIS_TRY(node_integers(l->g, node, 1, length, SPLIT_MAX_PARTS, &given, err));
    shape_strides(x->dim, x->rank, stride);
    remap_identity(q, x);
    if (!given) start = (x->dim[axis] + parts - 1) / parts * index;
    for (int i = 0; i < given && i < index; i++)
        start += length[i];
    if (start + q->size[axis] > x->dim[axis])
        return vis_fail(err, VIS_ERR_INTERNAL, "node '%s' (Split): wrong output shape", node->name);
    for (int64_t i = 0; i < q->size[axis]; i++)
        q->from[axis][i] = (start + i) * stride[axis];
    return VIS_OK;
}

/* The input position that padding shows at `at`; -1 for the constant. */
static int64_t pad_position(pad_mode mode, int64_t at, int64_t size)
{
    if (at >= 0 && at < size) return at;
    if (mode == PAD_CONSTANT || size == 0) return -1;
    if (mode == PAD_EDGE) return at < 0 ? 0 : size - 1;
    if (size == 1) return 0;
    int64_t period = 2 * (size - 1);
    at = ((at % period) + period) % period;
    return at < size ? at : period - at;
}

static vis_status fill_pad(const lowering *l, const graph_node *node, const graph_shape *x,
                           remap_params *q, vis_error *err)
{
    int64_t pads[2 * TENSOR_MAX_RANK], axes[TENSOR_MAX_RANK], stride[TENSOR_MAX_RANK];
    int n;
    VIS_TRY(node_integers(l->g, node, 1, pads, 2 * TENSOR_MAX_RANK, &n, err));
    n /= 2;
    VIS_TRY(node_axes(l, node, 3, x->rank, n, axes, err));
    if (node_has_input(node, 2)) {
        const tensor *value = node_constant(l->g, node, 2);
        if (!value || value->dtype != TENSOR_F32 || tensor_count(value) != 1)
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "node '%s' (Pad): value is not a constant number", node->name);
        q->fill = tensor_f32(value)[0];
    }
    shape_strides(x->dim, x->rank, stride);
    int64_t before[TENSOR_MAX_RANK] = {0};
    for (int k = 0; k < n; k++)
        before[axes[k]] = pads[k];
    for (int d = 0; d < x->rank; d++)
        for (int64_t i = 0; i < q->size[d]; i++) {
            int64_t at = pad_position(node->attr.pad, i - before[d], x->dim[d]);
            q->from[d][i] = at < 0 ? -1 : at * stride[d];
        }
    return VIS_OK;
}

static int64_t nearest_position(double x, resize_rounding rounding, int64_t size)
{
    int64_t at;
    switch (rounding) {
    case RESIZE_FLOOR:
        at = (int64_t)floor(x);
        break;
    case RESIZE_CEIL:
        at = (int64_t)ceil(x);
        break;
    case RESIZE_PREFER_FLOOR:
        at = (int64_t)ceil(x - 0.5);
        break;
    default:
        at = (int64_t)floor(x + 0.5);
        break;
    }
    return at < 0 ? 0 : at >= size ? size - 1 : at;
}

static vis_status fill_nearest(const lowering *l, const graph_node *node, const graph_shape *x,
                               remap_params *q, vis_error *err)
{
    double scale[TENSOR_MAX_RANK];
    int64_t stride[TENSOR_MAX_RANK];
    VIS_TRY(resize_scales(l->g, node, scale, err));
    shape_strides(x->dim, x->rank, stride);
    for (int d = 0; d < x->rank; d++)
        for (int64_t i = 0; i < q->size[d]; i++) {
            double at = resize_coordinate(node->attr.resize.coordinates, i, x->dim[d], q->size[d],
                                          scale[d]);
            q->from[d][i] = stride[d] * nearest_position(at, node->attr.resize.rounding, x->dim[d]);
        }
    return VIS_OK;
}

static vis_status fill_transpose(const graph_node *node, const graph_shape *x, remap_params *q,
                                 vis_error *err)
{
    int64_t stride[TENSOR_MAX_RANK];
    shape_strides(x->dim, x->rank, stride);
    for (int d = 0; d < x->rank; d++) {
        int64_t from = node->attr.transpose.rank ? node->attr.transpose.perm[d] : x->rank - 1 - d;
        if (from < 0 || from >= x->rank || x->dim[from] != q->size[d])
            return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (Transpose): not a permutation",
                            node->name);
        for (int64_t i = 0; i < q->size[d]; i++)
            q->from[d][i] = i * stride[from];
    }
    return VIS_OK;
}

static void fill_expand(const graph_shape *x, remap_params *q)
{
    int64_t stride[TENSOR_MAX_RANK];
    shape_strides(x->dim, x->rank, stride);
    for (int d = 0; d < q->rank; d++) {
        int from = d - (q->rank - x->rank);
        for (int64_t i = 0; i < q->size[d]; i++)
            q->from[d][i] = from >= 0 && x->dim[from] != 1 ? i * stride[from] : 0;
    }
}

/* Gather: the axis is replaced by the axes of the indices, which this runs as one. */
static vis_status lower_gather(lowering *l, const graph_node *node, int input, int output,
                               vis_error *err)
{
    graph_shape x = l->p->tensor[input].shape, seen = x;
    const tensor *index = node_constant(l->g, node, 1);
    int axis = (int)(node->attr.axis < 0 ? node->attr.axis + x.rank : node->attr.axis);
    if (!index || index->dtype != TENSOR_I64 || axis < 0 || axis >= x.rank)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "node '%s' (Gather): indices are not constant",
                        node->name);
    int64_t stride[TENSOR_MAX_RANK];
    shape_strides(x.dim, x.rank, stride);
    seen.dim[axis] = tensor_count(index);
    remap_params *q;
    VIS_TRY(remap_create(l->p, &seen, &q, err));
    remap_identity(q, &x);
    for (int64_t i = 0; i < seen.dim[axis]; i++) {
        int64_t at =
            tensor_i64(index)[i] < 0 ? tensor_i64(index)[i] + x.dim[axis] : tensor_i64(index)[i];
        if (at < 0 || at >= x.dim[axis])
            return vis_fail(err, VIS_ERR_FORMAT, "node '%s' (Gather): an index is out of range",
                            node->name);
        q->from[axis][i] = at * stride[axis];
    }
    return program_add_step(l->p, &remap_class, node->name, &input, 1, output, q, err);
}

vis_status reference_rearrange(lowering *l, const graph_node *node, vis_error *err)
{
    int input, output;
    VIS_TRY(lowering_read(l, NN_PLAIN, node->input[0], &input, err));
    VIS_TRY(lowering_write(l, NN_PLAIN, node->output[0], &output, err));
    graph_shape x = l->p->tensor[input].shape, y = l->p->tensor[output].shape;
    if (node->op == OP_GATHER) return lower_gather(l, node, input, output, err);
    bool reshapes = node->op == OP_RESHAPE || node->op == OP_FLATTEN || node->op == OP_SQUEEZE ||
                    node->op == OP_UNSQUEEZE;
    if (reshapes && l->p->tensor[input].floats != l->p->tensor[output].floats)
        return vis_fail(err, VIS_ERR_INTERNAL, "node '%s': wrong output shape", node->name);
    if (reshapes) return lower_copy(l, node->name, input, output, err);
    if (x.rank != y.rank && node->op != OP_EXPAND)
        return vis_fail(err, VIS_ERR_INTERNAL, "node '%s': wrong output shape", node->name);
    remap_params *q;
    VIS_TRY(remap_create(l->p, &y, &q, err));
    switch (node->op) {
    case OP_SLICE:
        VIS_TRY(fill_slice(l, node, &x, q, err));
        break;
    case OP_SPLIT:
        VIS_TRY(fill_split(l, node, &x, q, err));
        break;
    case OP_PAD:
        VIS_TRY(fill_pad(l, node, &x, q, err));
        break;
    case OP_RESIZE:
        VIS_TRY(fill_nearest(l, node, &x, q, err));
        break;
    case OP_TRANSPOSE:
        VIS_TRY(fill_transpose(node, &x, q, err));
        break;
    default:
        fill_expand(&x, q);
        break;
    }
    return program_add_step(l->p, &remap_class, node->name, &input, 1, output, q, err);
}
