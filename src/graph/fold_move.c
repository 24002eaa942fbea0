/* graph/fold_move.c - constant folding of operators that only move numbers about.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/fold_internal.h"
#include "graph/infer_rules.h"

#include <string.h>

static void copy_element(tensor *to, int64_t i, const tensor *from, int64_t j)
{
    switch (to->dtype) {
    case TENSOR_F32:
        tensor_f32(to)[i] = tensor_f32(from)[j];
        break;
    case TENSOR_I64:
        tensor_i64(to)[i] = tensor_i64(from)[j];
        break;
    case TENSOR_BOOL:
        ((uint8_t *)to->data)[i] = ((const uint8_t *)from->data)[j];
        break;
    }
}

/* result[position] = x[base + sum of position * stride], over the whole result. */
static void copy_strided(tensor *result, const tensor *x, int64_t base, const int64_t *stride)
{
    int64_t count = tensor_count(result);
    walker w = walker_start(result->rank, result->dim, stride, base);
    for (int64_t i = 0; i < count; i++, walker_next(&w)) {
        copy_element(result, i, x, w.offset);
    }
}

/* Concat: for every position before the axis, each input's run of numbers in turn. */
static vis_status move_concat(const graph_node *node, const value_fact *const *in,
                              const value_fact *out, tensor *result, vis_error *err)
{
    int axis;
    VIS_TRY(node_axis(node, node->attr.axis, out->rank, &axis, err));
    size_t element = tensor_element_size(out->dtype), run = element, at = 0;
    int64_t outer = 1;
    for (int a = 0; a < out->rank; a++) {
        if (a < axis) outer *= out->dim[a];
        if (a > axis) run *= (size_t)out->dim[a];
    }
    for (int64_t o = 0; o < outer; o++) {
        for (int i = 0; i < node->n_inputs; i++) {
            size_t bytes = run * (size_t)in[i]->dim[axis];
            const char *from = (const char *)in[i]->constant->data + (size_t)o * bytes;
            if (bytes) memcpy((char *)result->data + at, from, bytes);
            at += bytes;
        }
    }
    return VIS_OK;
}

/* Gather: result[outer, indices, inner] = x[outer, index, inner]. */
static vis_status move_gather(const graph_node *node, const value_fact *const *in, tensor *result,
                              vis_error *err)
{
    int axis;
    VIS_TRY(node_axis(node, node->attr.axis, in[0]->rank, &axis, err));
    size_t run = tensor_element_size(result->dtype), at = 0;
    int64_t outer = 1, dim = in[0]->dim[axis], picks = tensor_count(in[1]->constant);
    for (int a = 0; a < in[0]->rank; a++) {
        if (a < axis) outer *= in[0]->dim[a];
        if (a > axis) run *= (size_t)in[0]->dim[a];
    }
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < picks; i++) {
            int64_t index = tensor_i64(in[1]->constant)[i];
            if (index < -dim || index >= dim) {
                return node_fail(node, VIS_ERR_FORMAT, "an index out of range", err);
            }
            index = index < 0 ? index + dim : index;
            const char *from =
                (const char *)in[0]->constant->data + (size_t)(o * dim + index) * run;
            if (run) memcpy((char *)result->data + at, from, run);
            at += run;
        }
    }
    return VIS_OK;
}

/* Where the padded position `at` comes from along an axis; -1: from the fill value. */
static int64_t pad_source(pad_mode mode, int64_t at, int64_t before, int64_t dim)
{
    int64_t from = at - before;
    if (from >= 0 && from < dim) return from;
    if (mode == PAD_CONSTANT) return -1;
    if (mode == PAD_EDGE) return from < 0 ? 0 : dim - 1;
    return from < 0 ? -from : 2 * (dim - 1) - from;
}

static vis_status move_pad(const graph_node *node, const value_fact *const *in, tensor *result,
                           vis_error *err)
{
    int64_t before[TENSOR_MAX_RANK], after[TENSOR_MAX_RANK], own[TENSOR_MAX_RANK];
    const int64_t none[TENSOR_MAX_RANK] = {0};
    VIS_TRY(pad_amounts(node, in, before, after, err));
    shape_strides(in[0]->dim, in[0]->rank, own);
    const tensor *fill = node->n_inputs > 2 && in[2] ? in[2]->constant : NULL;
    if (fill && (fill->dtype != result->dtype || tensor_count(fill) != 1)) {
        return node_fail(node, VIS_ERR_FORMAT, "a fill value of another type", err);
    }
    int64_t count = tensor_count(result);
    walker w = walker_start(result->rank, result->dim, none, 0);
    for (int64_t i = 0; i < count; i++, walker_next(&w)) {
        int64_t offset = 0;
        for (int a = 0; a < result->rank && offset >= 0; a++) {
            int64_t from = pad_source(node->attr.pad, w.at[a], before[a], in[0]->dim[a]);
            offset = from < 0 ? -1 : offset + from * own[a];
        }
        if (offset >= 0) {
            copy_element(result, i, in[0]->constant, offset);
        } else if (fill) {
            copy_element(result, i, fill, 0);
        }
    }
    return VIS_OK;
}

static void move_where(const value_fact *const *in, const value_fact *out, tensor *result)
{
    int64_t stride[3][TENSOR_MAX_RANK], count = tensor_count(result);
    walker w[3];
    for (int k = 0; k < 3; k++) {
        broadcast_strides(in[k], out, stride[k]);
        w[k] = walker_start(out->rank, out->dim, stride[k], 0);
    }
    for (int64_t i = 0; i < count; i++) {
        int pick = ((const bool *)in[0]->constant->data)[w[0].offset] ? 1 : 2;
        copy_element(result, i, in[pick]->constant, w[pick].offset);
        for (int k = 0; k < 3; k++) {
            walker_next(&w[k]);
        }
    }
}

vis_status fold_move(const graph_node *node, const value_fact *const *in, const value_fact *out,
                     tensor *result, vis_error *err)
{
    int64_t own[TENSOR_MAX_RANK] = {0}, stride[TENSOR_MAX_RANK] = {0}, base = 0;
    if (tensor_count(result) == 0) return VIS_OK;
    shape_strides(in[0]->dim, in[0]->rank, own);
    switch (node->op) {
    case OP_CONCAT:
        return move_concat(node, in, out, result, err);
    case OP_GATHER:
        return move_gather(node, in, result, err);
    case OP_PAD:
        return move_pad(node, in, result, err);
    case OP_WHERE:
        move_where(in, out, result);
        return VIS_OK;
    case OP_SLICE: {
        slice_range range[TENSOR_MAX_RANK];
        VIS_TRY(slice_ranges(node, in, range, err));
        for (int a = 0; a < out->rank; a++) {
            base += range[a].start * own[a];
            /* A step over the whole axis leaves at most one element: its stride is never used
             * twice. */
            stride[a] = range[a].count > 1 ? range[a].step * own[a] : 0;
        }
        copy_strided(result, in[0]->constant, base, stride);
        return VIS_OK;
    }
    case OP_SPLIT: {
        int axis;
        int64_t start, count;
        VIS_TRY(split_range(node, in, &axis, &start, &count, err));
        copy_strided(result, in[0]->constant, start * own[axis], own);
        return VIS_OK;
    }
    case OP_TRANSPOSE:
        for (int a = 0; a < out->rank; a++) {
            stride[a] =
                own[node->attr.transpose.rank ? node->attr.transpose.perm[a] : out->rank - 1 - a];
        }
        copy_strided(result, in[0]->constant, 0, stride);
        return VIS_OK;
    case OP_EXPAND:
        broadcast_strides(in[0], out, stride);
        copy_strided(result, in[0]->constant, 0, stride);
        return VIS_OK;
    default: /* the same numbers under another shape */
        memcpy(result->data, in[0]->constant->data,
               (size_t)tensor_count(result) * tensor_element_size(out->dtype));
        return VIS_OK;
    }
}
