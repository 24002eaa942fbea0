/* formats/onnx_window.c - converters of the operators on pictures: convolution, pooling, resizing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_operators.h"

#include <string.h>

/* Attributes shared by Conv and the pools. `pads` are [top, left, bottom, right], as ours. */
static vis_status take_window(onnx_node *n)
{
    static const char *const paddings[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL};
    int padding = 0;
    for (int i = 0; i < 2; i++) {
        n->attr.window.stride[i] = n->attr.window.dilation[i] = 1;
    }
    n->attr.window.groups = 1;
    VIS_TRY(onnx_take_choice(n, "auto_pad", paddings, &padding));
    VIS_TRY(onnx_take_ints(n, "kernel_shape", n->attr.window.kernel, 2));
    VIS_TRY(onnx_take_ints(n, "strides", n->attr.window.stride, 2));
    VIS_TRY(onnx_take_ints(n, "dilations", n->attr.window.dilation, 2));
    VIS_TRY(onnx_take_ints(n, "pads", n->attr.window.pad, 4));
    if (padding != 0) memset(n->attr.window.pad, 0, sizeof(n->attr.window.pad));
    if (padding == 1) n->attr.window.auto_pad = AUTO_PAD_SAME_UPPER;
    if (padding == 2) n->attr.window.auto_pad = AUTO_PAD_SAME_LOWER;
    return VIS_OK;
}

vis_status onnx_convert_conv(onnx_node *n)
{
    VIS_TRY(take_window(n));
    return onnx_take_int(n, "group", &n->attr.window.groups);
}

/* A pool has no weights to tell its window from. */
static vis_status take_pool(onnx_node *n)
{
    int64_t ceil = 0;
    if (!onnx_attribute(n, "kernel_shape")) {
        return onnx_node_fail(n, VIS_ERR_FORMAT, "has no kernel_shape");
    }
    VIS_TRY(take_window(n));
    VIS_TRY(onnx_take_int(n, "ceil_mode", &ceil));
    n->attr.window.ceil = ceil != 0;
    return VIS_OK;
}

vis_status onnx_convert_max_pool(onnx_node *n)
{
    int64_t order = 0; /* of the indices, which are not computed */
    VIS_TRY(take_pool(n));
    return onnx_take_int(n, "storage_order", &order);
}

vis_status onnx_convert_average_pool(onnx_node *n)
{
    int64_t count_pad = 0;
    VIS_TRY(take_pool(n));
    VIS_TRY(onnx_take_int(n, "count_include_pad", &count_pad));
    n->attr.window.count_pad = count_pad != 0;
    return VIS_OK;
}

/* Opset 18: which axes scales and sizes are for. */
static vis_status take_axes(onnx_node *n)
{
    const Onnx__AttributeProto *axes = onnx_attribute(n, "axes");
    if (!axes) return VIS_OK;
    if (axes->n_ints < 1 || axes->n_ints > TENSOR_MAX_RANK) {
        return onnx_node_fail(n, VIS_ERR_FORMAT, "axes that are none, or too many");
    }
    n->attr.resize.n_axes = (int)axes->n_ints;
    memcpy(n->attr.resize.axes, axes->ints, axes->n_ints * sizeof(int64_t));
    return VIS_OK;
}

/* Attributes that other modes use, or that must be what they are by default. */
static vis_status take_unused(onnx_node *n)
{
    static const char *const policies[] = {"stretch", NULL};
    int policy = 0;
    float unused = 0;
    VIS_TRY(onnx_take_choice(n, "keep_aspect_ratio_policy", policies, &policy));
    VIS_TRY(onnx_take_float(n, "cubic_coeff_a", &unused));
    VIS_TRY(onnx_take_float(n, "extrapolation_value", &unused));
    VIS_TRY(onnx_take_fixed(n, "exclude_outside", 0));
    return onnx_take_fixed(n, "antialias", 0);
}

vis_status onnx_convert_resize(onnx_node *n)
{
    static const char *const modes[] = {"nearest", "linear", NULL};
    static const char *const coordinates[] = {
        "half_pixel", "pytorch_half_pixel",   "align_corners",
        "asymmetric", "half_pixel_symmetric", "tf_half_pixel_for_nn",
        NULL};
    static const char *const roundings[] = {"floor", "ceil", "round_prefer_floor",
                                            "round_prefer_ceil", NULL};
    bool old = n->opset < 11; /* inputs X, scales; asymmetric and floor */
    int mode = GRAPH_RESIZE_NEAREST;
    int from = old ? RESIZE_ASYMMETRIC : RESIZE_HALF_PIXEL;
    int rounding = old ? RESIZE_FLOOR : RESIZE_PREFER_FLOOR;
    VIS_TRY(onnx_take_choice(n, "mode", modes, &mode));
    VIS_TRY(onnx_take_choice(n, "coordinate_transformation_mode", coordinates, &from));
    VIS_TRY(onnx_take_choice(n, "nearest_mode", roundings, &rounding));
    VIS_TRY(take_unused(n));
    if (old && n->n_inputs == 2) {
        n->input[2] = n->input[1];
        n->n_inputs = 3;
    }
    if (n->n_inputs > 1) n->input[1] = GRAPH_NONE; /* roi serves a mode that is refused */
    n->attr.resize.mode = (graph_resize_mode)mode;
    n->attr.resize.coordinates = (resize_coordinates)from;
    n->attr.resize.rounding = (resize_rounding)rounding;
    return take_axes(n);
}

/* Upsample became Resize: scales an attribute in opset 7, input 1 in opset 9. */
vis_status onnx_convert_upsample(onnx_node *n)
{
    static const char *const modes[] = {"nearest", "linear", NULL};
    int mode = GRAPH_RESIZE_NEAREST;
    VIS_TRY(onnx_take_choice(n, "mode", modes, &mode));
    VIS_TRY(onnx_floats_to_input(n, "scales", 1));
    if (n->n_inputs != 2) return onnx_node_fail(n, VIS_ERR_FORMAT, "has no scales");
    n->input[2] = n->input[1];
    n->input[1] = GRAPH_NONE;
    n->n_inputs = 3;
    n->attr.resize.mode = (graph_resize_mode)mode;
    n->attr.resize.coordinates = RESIZE_ASYMMETRIC;
    n->attr.resize.rounding = RESIZE_FLOOR;
    return VIS_OK;
}
