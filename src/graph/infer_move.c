/* graph/infer_move.c - shape rules of the operators that only move numbers about.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "graph/infer_rules.h"

#include <inttypes.h>

vis_status infer_concat(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    *out = *in[0];
    int axis;
    VIS_TRY(node_axis(node, node->attr.axis, out->rank, &axis, err));
    for (int i = 1; i < node->n_inputs; i++) {
        bool fits = in[i] && in[i]->rank == out->rank && in[i]->dtype == out->dtype;
        for (int a = 0; fits && a < out->rank; a++) {
            fits = a == axis || in[i]->dim[a] == out->dim[a];
        }
        if (!fits) {
            char ta[128], tb[128];
            if (!in[i]) return node_fail(node, VIS_ERR_FORMAT, "an input is missing", err);
            return vis_fail(err, VIS_ERR_FORMAT,
                            "node %s (Concat): shapes %s and %s do not fit together", node->name,
                            shape_text(in[0]->dim, in[0]->rank, ta, sizeof(ta)),
                            shape_text(in[i]->dim, in[i]->rank, tb, sizeof(tb)));
        }
        if (__builtin_add_overflow(out->dim[axis], in[i]->dim[axis], &out->dim[axis])) {
            return node_fail(node, VIS_ERR_LIMIT, "the result is too large", err);
        }
    }
    return VIS_OK;
}

vis_status slice_ranges(const graph_node *node, const value_fact *const *in,
                        slice_range range[TENSOR_MAX_RANK], vis_error *err)
{
    const int64_t *starts, *ends, *axes, *steps;
    int64_t n, n_ends, n_axes, n_steps;
    VIS_TRY(constant_list(node, in, 1, "starts", &starts, &n, err));
    VIS_TRY(constant_list(node, in, 2, "ends", &ends, &n_ends, err));
    VIS_TRY(constant_list(node, in, 3, "axes", &axes, &n_axes, err));
    VIS_TRY(constant_list(node, in, 4, "steps", &steps, &n_steps, err));
    int rank = in[0]->rank;
    if (n > rank || n_ends != n || (axes && n_axes != n) || (steps && n_steps != n)) {
        return node_fail(node, VIS_ERR_FORMAT, "starts, ends, axes and steps differ in length",
                         err);
    }
    for (int a = 0; a < rank; a++) {
        range[a] = (slice_range){0, 1, in[0]->dim[a]};
    }
    for (int64_t i = 0; i < n; i++) {
        int axis;
        VIS_TRY(node_axis(node, axes ? axes[i] : i, rank, &axis, err));
        int64_t dim = in[0]->dim[axis], step = steps ? steps[i] : 1;
        if (step == 0 || step == INT64_MIN) {
            return node_fail(node, VIS_ERR_FORMAT, "a step of zero, or beyond bounds", err);
        }
        /* The specification clamps: [0, dim] going up, [0, dim-1] and [-1, dim-1] going down. */
        int64_t start = starts[i] < 0 && starts[i] >= -dim ? starts[i] + dim : starts[i];
        int64_t end = ends[i] < 0 && ends[i] >= -dim ? ends[i] + dim : ends[i];
        int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;
        if (start < 0) start = 0;
        if (start > high) start = high;
        if (end < low) end = low;
        if (end > high) end = high;
        int64_t span = step > 0 ? end - start : start - end, stride = step > 0 ? step : -step;
        int64_t count = span <= 0 ? 0 : (span - 1) / stride + 1;
        range[axis] = (slice_range){start, step, count};
    }
    return VIS_OK;
}

vis_status infer_slice(const graph_node *node, const value_fact *const *in, value_fact *out,
                       vis_error *err)
{
    slice_range range[TENSOR_MAX_RANK] = {0};
    VIS_TRY(slice_ranges(node, in, range, err));
    for (int a = 0; a < in[0]->rank; a++) {
        out->dim[a] = range[a].count;
    }
    return VIS_OK;
}

vis_status pad_amounts(const graph_node *node, const value_fact *const *in,
                       int64_t before[TENSOR_MAX_RANK], int64_t after[TENSOR_MAX_RANK],
                       vis_error *err)
{
    const int64_t *pads, *axes;
    int64_t n, n_axes;
    VIS_TRY(constant_list(node, in, 1, "pads", &pads, &n, err));
    VIS_TRY(constant_list(node, in, 3, "axes", &axes, &n_axes, err));
    int rank = in[0]->rank;
    int64_t covered = axes ? n_axes : rank;
    if (!pads || covered > rank || n != 2 * covered) {
        return node_fail(node, VIS_ERR_FORMAT, "pads of the wrong length", err);
    }
    for (int a = 0; a < rank; a++) {
        before[a] = after[a] = 0;
    }
    for (int64_t i = 0; i < covered; i++) {
        int axis;
        VIS_TRY(node_axis(node, axes ? axes[i] : i, rank, &axis, err));
        before[axis] = pads[i];
        after[axis] = pads[i + covered];
    }
    return VIS_OK;
}

vis_status infer_pad(const graph_node *node, const value_fact *const *in, value_fact *out,
                     vis_error *err)
{
    int64_t before[TENSOR_MAX_RANK] = {0}, after[TENSOR_MAX_RANK] = {0};
    VIS_TRY(pad_amounts(node, in, before, after, err));
    for (int a = 0; a < in[0]->rank; a++) {
        int64_t dim = in[0]->dim[a], most = dim - (node->attr.pad == PAD_REFLECT ? 1 : 0);
        bool mirrored = node->attr.pad != PAD_CONSTANT;
        if (node->attr.pad == PAD_REFLECT && (before[a] > most || after[a] > most)) {
            return node_fail(node, VIS_ERR_FORMAT, "reflects more than there is", err);
        }
        if (__builtin_add_overflow(dim, before[a], &out->dim[a]) ||
            __builtin_add_overflow(out->dim[a], after[a], &out->dim[a]) || out->dim[a] < 0 ||
            before[a] < -dim || after[a] < -dim || (mirrored && dim == 0)) {
            return node_fail(node, VIS_ERR_FORMAT, "pads beyond bounds", err);
        }
    }
    return VIS_OK;
}

vis_status infer_gather(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    int axis;
    VIS_TRY(node_axis(node, node->attr.axis, in[0]->rank, &axis, err));
    int rank = in[0]->rank - 1 + in[1]->rank;
    if (in[1]->dtype != TENSOR_I64) {
        return node_fail(node, VIS_ERR_FORMAT, "indices that are not integers", err);
    }
    if (rank > TENSOR_MAX_RANK) return node_fail(node, VIS_ERR_UNSUPPORTED, "too many axes", err);
    int n = 0;
    for (int i = 0; i < axis; i++) {
        out->dim[n++] = in[0]->dim[i];
    }
    for (int i = 0; i < in[1]->rank; i++) {
        out->dim[n++] = in[1]->dim[i];
    }
    for (int i = axis + 1; i < in[0]->rank; i++) {
        out->dim[n++] = in[0]->dim[i];
    }
    out->rank = n;
    return VIS_OK;
}

vis_status infer_reshape(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err)
{
    const int64_t *shape;
    int64_t n, have, want = 1;
    VIS_TRY(constant_list(node, in, 1, "dimensions", &shape, &n, err));
    if (n > TENSOR_MAX_RANK) return node_fail(node, VIS_ERR_UNSUPPORTED, "too many axes", err);
    int free_axis = -1;
    for (int i = 0; i < n; i++) {
        int64_t dim = shape[i];
        if (dim == 0 && !node->attr.allow_zero) {
            if (i >= in[0]->rank) {
                return node_fail(node, VIS_ERR_FORMAT, "copies an axis that is not there", err);
            }
            dim = in[0]->dim[i];
        }
        if (dim == -1 && free_axis < 0) {
            free_axis = i;
            dim = 1;
        }
        if (dim < 0 || __builtin_mul_overflow(want, dim, &want)) {
            return node_fail(node, VIS_ERR_FORMAT, "a shape that makes no sense", err);
        }
        out->dim[i] = dim;
    }
    out->rank = (int)n;
    if (!shape_count(in[0]->dim, in[0]->rank, &have)) {
        return node_fail(node, VIS_ERR_LIMIT, "a size that overflows", err);
    }
    if (free_axis >= 0 && want > 0 && have % want == 0) {
        out->dim[free_axis] = have / want;
        want = have;
    }
    if (want != have) {
        char from[128], to[128];
        return vis_fail(err, VIS_ERR_FORMAT, "node %s (Reshape): %s does not fill %s", node->name,
                        shape_text(in[0]->dim, in[0]->rank, from, sizeof(from)),
                        shape_text(shape, (int)n, to, sizeof(to)));
    }
    return VIS_OK;
}

vis_status infer_flatten(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err)
{
    int rank = in[0]->rank;
    int64_t axis = node->attr.axis < 0 ? node->attr.axis + rank : node->attr.axis;
    if (axis < 0 || axis > rank) return node_fail(node, VIS_ERR_FORMAT, "axis out of range", err);
    out->rank = 2;
    if (!shape_count(in[0]->dim, (int)axis, &out->dim[0]) ||
        !shape_count(in[0]->dim + axis, rank - (int)axis, &out->dim[1])) {
        return node_fail(node, VIS_ERR_LIMIT, "a size that overflows", err);
    }
    return VIS_OK;
}

vis_status infer_transpose(const graph_node *node, const value_fact *const *in, value_fact *out,
                           vis_error *err)
{
    int rank = in[0]->rank, listed = node->attr.transpose.rank;
    unsigned seen = 0;
    if (listed != 0 && listed != rank) {
        return node_fail(node, VIS_ERR_FORMAT, "a permutation of another rank", err);
    }
    for (int i = 0; i < rank; i++) {
        int64_t from = listed ? node->attr.transpose.perm[i] : rank - 1 - i;
        if (from < 0 || from >= rank || (seen & 1u << from)) {
            return node_fail(node, VIS_ERR_FORMAT, "not a permutation", err);
        }
        seen |= 1u << from;
        out->dim[i] = in[0]->dim[from];
    }
    return VIS_OK;
}

vis_status infer_squeeze(const graph_node *node, const value_fact *const *in, value_fact *out,
                         vis_error *err)
{
    unsigned mask;
    bool all = node->n_inputs < 2 || !in[1];
    VIS_TRY(axes_mask(node, in, in[0]->rank, &mask, err));
    int n = 0;
    for (int i = 0; i < in[0]->rank; i++) {
        bool drop = all ? in[0]->dim[i] == 1 : (mask >> i & 1u) != 0;
        if (drop && in[0]->dim[i] != 1) {
            return node_fail(node, VIS_ERR_FORMAT, "squeezes an axis that is not 1", err);
        }
        if (!drop) out->dim[n++] = in[0]->dim[i];
    }
    out->rank = n;
    return VIS_OK;
}

vis_status infer_unsqueeze(const graph_node *node, const value_fact *const *in, value_fact *out,
                           vis_error *err)
{
    const int64_t *axes;
    int64_t n;
    unsigned mask;
    VIS_TRY(constant_list(node, in, 1, "axes", &axes, &n, err));
    if (n > TENSOR_MAX_RANK - in[0]->rank) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "too many axes", err);
    }
    int rank = in[0]->rank + (int)n, from = 0;
    VIS_TRY(axes_mask(node, in, rank, &mask, err));
    for (int i = 0; i < rank; i++) {
        out->dim[i] = mask >> i & 1u ? 1 : in[0]->dim[from++];
    }
    out->rank = rank;
    return VIS_OK;
}

/* A shape handed over as a constant list, as Expand and ConstantOfShape take it. */
vis_status infer_from_list(const graph_node *node, const value_fact *const *in, int i,
                           value_fact *out, vis_error *err)
{
    const int64_t *shape;
    int64_t n;
    VIS_TRY(constant_list(node, in, i, "dimensions", &shape, &n, err));
    if (n > TENSOR_MAX_RANK) return node_fail(node, VIS_ERR_UNSUPPORTED, "too many axes", err);
    out->rank = (int)n;
    for (int64_t a = 0; a < n; a++) {
        if (shape[a] < 0) return node_fail(node, VIS_ERR_FORMAT, "a negative dimension", err);
        out->dim[a] = shape[a];
    }
    return VIS_OK;
}

vis_status infer_expand(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    value_fact target = {0};
    VIS_TRY(infer_from_list(node, in, 1, &target, err));
    return infer_broadcast(node, in[0], &target, out, err);
}

vis_status split_range(const graph_node *node, const value_fact *const *in, int *axis,
                       int64_t *start, int64_t *count, vis_error *err)
{
    const int64_t *length;
    int64_t n, parts = node->attr.split.parts, index = node->attr.split.index;
    VIS_TRY(node_axis(node, node->attr.split.axis, in[0]->rank, axis, err));
    VIS_TRY(constant_list(node, in, 1, "lengths", &length, &n, err));
    int64_t dim = in[0]->dim[*axis], sum = 0;
    if (!length) {
        if (node->attr.split.even && dim % parts != 0) {
            return node_fail(node, VIS_ERR_FORMAT, "an axis that its parts do not divide", err);
        }
        int64_t each = (dim + parts - 1) / parts;
        *start = index * each;
        *count = *start + each <= dim ? each : dim - *start;
        if (*count >= 0) return VIS_OK;
        return node_fail(node, VIS_ERR_FORMAT, "more parts than there is", err);
    }
    for (int64_t i = 0; i < n; i++) {
        if (length[i] < 0 || length[i] > dim - sum) {
            return node_fail(node, VIS_ERR_FORMAT, "lengths that do not fill the axis", err);
        }
        if (i == index) *start = sum;
        sum += length[i];
    }
    if (n != parts || sum != dim) {
        return node_fail(node, VIS_ERR_FORMAT, "lengths that do not fill the axis", err);
    }
    *count = length[index];
    return VIS_OK;
}

vis_status infer_split(const graph_node *node, const value_fact *const *in, value_fact *out,
                       vis_error *err)
{
    int axis;
    int64_t start = 0, count = 0;
    VIS_TRY(split_range(node, in, &axis, &start, &count, err));
    out->dim[axis] = count;
    return VIS_OK;
}
