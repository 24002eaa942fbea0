/* model/infer_window.c - shape rules of the operators on pictures: convolution, normalisation,
 * pooling, resizing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/infer_internal.h"

#include <math.h>
#include <stdio.h>

#define MAX_WINDOW ((int64_t)1 << 20) /* of a kernel, a stride, a dilation, a pad */

/* Output size of a sliding window along one axis:
 * floor((size + pads - dilation * (kernel - 1) - 1) / stride) + 1, ceil when so asked. */
static vis_status window_size(const graph_node *node, int64_t size, int axis, int64_t *out,
                              vis_error *err)
{
    int64_t kernel = node->attr.window.kernel[axis], stride = node->attr.window.stride[axis];
    int64_t dilation = node->attr.window.dilation[axis];
    int64_t before = node->attr.window.pad[axis], after = node->attr.window.pad[axis + 2];
    if (kernel < 1 || kernel > MAX_WINDOW || stride < 1 || stride > MAX_WINDOW || dilation < 1 ||
        dilation > MAX_WINDOW || before < 0 || before > MAX_WINDOW || after < 0 ||
        after > MAX_WINDOW || size > MAX_ELEMENTS) {
        return node_fail(node, VIS_ERR_FORMAT, "kernel, stride, dilation or pads beyond bounds",
                         err);
    }
    int64_t room = size + before + after - (dilation * (kernel - 1) + 1);
    if (room < 0) return node_fail(node, VIS_ERR_FORMAT, "a window larger than its input", err);
    *out = (room + (node->attr.window.ceil ? stride - 1 : 0)) / stride + 1;
    /* A window must begin inside the input or its leading pad. */
    if (node->attr.window.ceil && (*out - 1) * stride >= size + before) (*out)--;
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
    return VIS_OK;
}

vis_status infer_conv(const graph_node *node, const value_fact *const *in, value_fact *out,
                      vis_error *err)
{
    const value_fact *w = in[1];
    VIS_TRY(need_picture(node, in[0], err));
    if (w->rank != 4 || w->dtype != TENSOR_F32) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "only 2-D convolutions are handled", err);
    }
    int64_t groups = node->attr.window.groups, channels;
    bool fits = groups >= 1 && !__builtin_mul_overflow(w->dim[1], groups, &channels) &&
                channels == in[0]->dim[1] && w->dim[0] % groups == 0 &&
                w->dim[2] == node->attr.window.kernel[0] &&
                w->dim[3] == node->attr.window.kernel[1];
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
    VIS_TRY(window_size(node, in[0]->dim[2], 0, &out->dim[2], err));
    return window_size(node, in[0]->dim[3], 1, &out->dim[3], err);
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

vis_status infer_max_pool(const graph_node *node, const value_fact *const *in, value_fact *out,
                          vis_error *err)
{
    VIS_TRY(need_picture(node, in[0], err));
    VIS_TRY(window_size(node, in[0]->dim[2], 0, &out->dim[2], err));
    return window_size(node, in[0]->dim[3], 1, &out->dim[3], err);
}

vis_status infer_global_average_pool(const graph_node *node, const value_fact *const *in,
                                     value_fact *out, vis_error *err)
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

vis_status infer_resize(const graph_node *node, const value_fact *const *in, value_fact *out,
                        vis_error *err)
{
    int from = given(node, in, 3) ? 3 : 2;
    VIS_TRY(need_picture(node, in[0], err));
    if (!given(node, in, from))
        return node_fail(node, VIS_ERR_FORMAT, "neither scales nor sizes", err);
    const tensor *t = in[from]->constant;
    if (!t) {
        return node_fail(node, VIS_ERR_UNSUPPORTED, "its size depends on the input data", err);
    }
    if (t->rank != 1 || t->dim[0] != 4 || t->dtype != (from == 3 ? TENSOR_I64 : TENSOR_F32)) {
        return node_fail(node, VIS_ERR_FORMAT, "scales or sizes not for the four axes", err);
    }
    for (int a = 0; a < 4; a++) {
        double size = from == 3 ? (double)tensor_i64(t)[a]
                                : floor((double)in[0]->dim[a] * (double)tensor_f32(t)[a]);
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
