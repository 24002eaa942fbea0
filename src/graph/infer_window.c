/* graph/infer_window.c - shape rules of the operators on pictures: convolution, normalisation,
 * pooling, resizing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "graph/infer_rules.h"

#include <math.h>
#include <stdio.h>

#define MAX_WINDOW ((int64_t)1 << 20) /* of a kernel, a stride, a dilation, a pad */

static bool in_bounds(int64_t v, int64_t least)
{
    return v >= least && v <= MAX_WINDOW;
}

/* Pads that make the output ceil(size / stride) long, shared out between both ends. */
static void same_pads(int64_t size, int64_t reach, int64_t stride, bool upper, int64_t *before,
                      int64_t *after)
{
    int64_t missing = ((size + stride - 1) / stride - 1) * stride + reach - size;
    if (missing < 0) missing = 0;
    *before = upper ? missing / 2 : missing - missing / 2;
    *after = missing - *before;
}

vis_status settle_window(const graph_node *node, const value_fact *const *in,
                         graph_attributes *attr, vis_error *err)
{
    *attr = node->attr;
    for (int axis = 0; axis < 2; axis++) {
        int64_t size = in[0]->dim[2 + axis];
        if (node->op == OP_CONV && attr->window.kernel[axis] == 0) {
            attr->window.kernel[axis] = in[1]->dim[2 + axis];
        }
        int64_t kernel = attr->window.kernel[axis], dilation = attr->window.dilation[axis];
        int64_t stride = attr->window.stride[axis];
        int64_t *before = &attr->window.pad[axis], *after = &attr->window.pad[axis + 2];
        if (!in_bounds(kernel, 1) || !in_bounds(stride, 1) || !in_bounds(dilation, 1) ||
            !in_bounds(*before, 0) || !in_bounds(*after, 0) || size > MAX_ELEMENTS) {
            return node_fail(node, VIS_ERR_FORMAT, "kernel, stride, dilation or pads beyond bounds",
                             err);
        }
        if (attr->window.auto_pad == AUTO_PAD_NONE) continue;
        same_pads(size, dilation * (kernel - 1) + 1, stride,
                  attr->window.auto_pad == AUTO_PAD_SAME_UPPER, before, after);
    }
    attr->window.auto_pad = AUTO_PAD_NONE;
    return VIS_OK;
}

/* Output size of a sliding window along one axis:
 * floor((size + pads - dilation * (kernel - 1) - 1) / stride) + 1, ceil when so asked. */
static vis_status window_size(const graph_node *node, const graph_attributes *attr, int64_t size,
                              int axis, int64_t *out, vis_error *err)
{
    int64_t kernel = attr->window.kernel[axis], stride = attr->window.stride[axis];
    int64_t dilation = attr->window.dilation[axis];
    int64_t before = attr->window.pad[axis], after = attr->window.pad[axis + 2];
    int64_t room = size + before + after - (dilation * (kernel - 1) + 1);
    if (room < 0) return node_fail(node, VIS_ERR_FORMAT, "a window larger than its input", err);
    *out = (room + (attr->window.ceil ? stride - 1 : 0)) / stride + 1;
    /* A window must begin inside the input or its leading pad. */
    if (attr->window.ceil && (*out - 1) * stride >= size + before) (*out)--;
    return VIS_OK;
}

/* Height and width of the output of a window operator. */
static vis_status window_sizes(const graph_node *node, const value_fact *const *in, value_fact *out,
                               vis_error *err)
{
    graph_attributes attr;
    VIS_TRY(settle_window(node, in, &attr, err));
    VIS_TRY(window_size(node, &attr, in[0]->dim[2], 0, &out->dim[2], err));
    return window_size(node, &attr, in[0]->dim[3], 1, &out->dim[3], err);
}

/* Nothing to run: who computes on pictures may count on every axis having at least one number. */
static vis_status need_numbers(const graph_node *node, const value_fact *x, vis_error *err)
{
    for (int a = 0; a < x->rank; a++) {
        if (x->dim[a] < 1) return node_fail(node, VIS_ERR_FORMAT, "data without numbers", err);
    }
    return VIS_OK;
}

static vis_status need_picture(const graph_node *node, const value_fact *x, vis_error *err)
{
    if (x->dtype != TENSOR_F32) {
        return node_fail(node, VIS_ERR_FORMAT, "data that is not floating point", err);
    }
    if (x->rank != 4) {
        return node_fail(node, VIS_ERR_UNSUPPORTED,
                         "only data of four axes [N, C, H, W] is handled", err);
    }
    return need_numbers(node, x, err);
}

/* Are the weights of the size that the node says, if it says one? */
static bool same_kernel(const graph_node *node, const value_fact *w)
{
    for (int i = 0; i < 2; i++) {
        int64_t said = node->attr.window.kernel[i];
        if (said != 0 && said != w->dim[2 + i]) return false;
    }
    return true;
}

vis_status infer_conv(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err)
{
    const value_fact *w = in[1];
    VIS_TRY(need_picture(node, in[0], err));
    if (w->rank != 4 || w->dtype != TENSOR_F32) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "only 2-D convolutions are handled", err);
    }
    VIS_TRY(need_numbers(node, w, err));
    int64_t groups = node->attr.window.groups, channels;
    bool fits = groups >= 1 && !__builtin_mul_overflow(w->dim[1], groups, &channels) &&
                channels == in[0]->dim[1] && w->dim[0] % groups == 0 && same_kernel(node, w);
    if (!fits) {
        char x_text[128], w_text[128];
        return vis_fail(err, VIS_ERR_FORMAT,
                        "node %s (Conv): weights %s in %lld groups do not fit data of %s",
                        node->name, shape_text(w->dim, 4, w_text, sizeof(w_text)),
                        (long long)groups, shape_text(in[0]->dim, 4, x_text, sizeof(x_text)));
    }
    if (node->n_inputs > 2 && in[2] && (in[2]->rank != 1 || in[2]->dim[0] != w->dim[0])) {
        return node_fail(node, VIS_ERR_FORMAT, "a bias of another length than the weights", err);
    }
    out->dim[1] = w->dim[0];
    return window_sizes(node, in, out, err);
}

vis_status infer_batch_norm(const graph_node *node, const value_fact *const *in, value_fact *out,
                            vis_error *err)
{
    if (in[0]->rank < 2 || in[0]->dtype != TENSOR_F32) {
        return node_fail(node, VIS_ERR_FORMAT, "data that has no channels", err);
    }
    for (int i = 1; i < 5; i++) {
        if (in[i]->rank != 1 || in[i]->dim[0] != in[0]->dim[1] || in[i]->dtype != TENSOR_F32) {
            return node_fail(node, VIS_ERR_FORMAT, "statistics that do not fit the channels", err);
        }
    }
    return VIS_OK;
}

vis_status infer_pool(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err)
{
    VIS_TRY(need_picture(node, in[0], err));
    return window_sizes(node, in, out, err);
}

vis_status infer_global_pool(const graph_node *node, const value_fact *const *in, value_fact *out,
                             vis_error *err)
{
    VIS_TRY(need_picture(node, in[0], err));
    out->dim[2] = out->dim[3] = 1;
    return VIS_OK;
}

static bool given(const graph_node *node, const value_fact *const *in, int i)
{
    /* Exporters write an empty list for an input that they do not use. */
    return i < node->n_inputs && in[i] && !(in[i]->rank == 1 && in[i]->dim[0] == 0);
}

/* Which entry of scales or sizes is for which axis: entry[axis], -1 for none. */
static vis_status resize_entries(const graph_node *node, const tensor *list, int64_t entry[4],
                                 vis_error *err)
{
    int n = node->attr.resize.n_axes;
    if (list->rank != 1 || list->dim[0] != (n ? n : 4)) {
        return node_fail(node, VIS_ERR_FORMAT, "scales or sizes not for the four axes, or axes",
                         err);
    }
    for (int a = 0; a < 4; a++) {
        entry[a] = n ? -1 : a;
    }
    for (int i = 0; i < n; i++) {
        int axis = 0;
        VIS_TRY(node_axis(node, node->attr.resize.axes[i], 4, &axis, err));
        if (entry[axis] >= 0) return node_fail(node, VIS_ERR_FORMAT, "an axis named twice", err);
        entry[axis] = i;
    }
    return VIS_OK;
}

/* The length of an axis enlarged by a scale. The product is rounded to float32 first, as PyTorch
 * and ONNX Runtime do: 3 times 5/3 is 5. */
static vis_status scaled_size(const graph_node *node, int64_t dim, float scale, double *size,
                              vis_error *err)
{
    float product = (float)dim * scale;
    *size = floor((double)product);
    if (node->attr.resize.coordinates == RESIZE_ALIGN_CORNERS && *size != (double)product) {
        return node_fail(node, VIS_ERR_UNSUPPORTED,
                         "align_corners with a scale that gives no whole size, of which ONNX and "
                         "its runtimes differ; export with sizes",
                         err);
    }
    return VIS_OK;
}

vis_status infer_resize(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    int from = given(node, in, 3) ? 3 : 2;
    int64_t entry[4] = {0};
    VIS_TRY(need_picture(node, in[0], err));
    if (!given(node, in, from))
        return node_fail(node, VIS_ERR_FORMAT, "neither scales nor sizes", err);
    const tensor *t = in[from]->constant;
    if (!t) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "its size depends on the input data", err);
    }
    if (t->dtype != (from == 3 ? TENSOR_I64 : TENSOR_F32)) {
        return node_fail(node, VIS_ERR_FORMAT, "scales or sizes of the wrong type", err);
    }
    VIS_TRY(resize_entries(node, t, entry, err));
    for (int a = 0; a < 4; a++) {
        if (entry[a] < 0) continue;
        double size = 0;
        if (from == 3) {
            size = (double)tensor_i64(t)[entry[a]];
        } else {
            VIS_TRY(scaled_size(node, in[0]->dim[a], tensor_f32(t)[entry[a]], &size, err));
        }
        if (!(size >= 1 && size <= (double)MAX_ELEMENTS)) {
            return node_fail(node, VIS_ERR_FORMAT, "a size beyond bounds", err);
        }
        out->dim[a] = (int64_t)size;
    }
    if (out->dim[0] != in[0]->dim[0] || out->dim[1] != in[0]->dim[1]) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "resizes the batch or the channels", err);
    }
    return VIS_OK;
}
