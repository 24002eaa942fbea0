/* model/onnx_operators.c - converters, one per operator that has attributes or older forms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/onnx_operators.h"

#include "model/onnx_tensor.h"

#include <string.h>

typedef vis_status (*converter)(onnx_node *n);

/* Attributes shared by Conv and MaxPool. `pads` are [top, left, bottom, right], as ours. */
static vis_status take_window(onnx_node *n)
{
    static const char *const paddings[] = {"NOTSET", "VALID", NULL};
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
    if (padding == 1) memset(n->attr.window.pad, 0, sizeof(n->attr.window.pad));
    return VIS_OK;
}

static vis_status convert_conv(onnx_node *n)
{
    VIS_TRY(take_window(n));
    VIS_TRY(onnx_take_int(n, "group", &n->attr.window.groups));
    if (n->attr.window.kernel[0] == 0 && n->n_inputs > 1 && n->input[1] != GRAPH_NONE) {
        const graph_value *w = &n->g->value[n->input[1]]; /* left out: as the weights say */
        if (w->rank != 4 || !w->constant) {
            return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "only 2-D convolutions are handled");
        }
        n->attr.window.kernel[0] = w->dim[2];
        n->attr.window.kernel[1] = w->dim[3];
    }
    return VIS_OK;
}

static vis_status convert_max_pool(onnx_node *n)
{
    int64_t ceil = 0;
    VIS_TRY(take_window(n));
    VIS_TRY(onnx_take_int(n, "ceil_mode", &ceil));
    VIS_TRY(onnx_take_fixed(n, "storage_order", 0));
    n->attr.window.ceil = ceil != 0;
    return VIS_OK;
}

static vis_status convert_batch_norm(onnx_node *n)
{
    float momentum = 0; /* of training only */
    n->attr.batch_norm.epsilon = 1e-5f;
    VIS_TRY(onnx_take_float(n, "epsilon", &n->attr.batch_norm.epsilon));
    VIS_TRY(onnx_take_float(n, "momentum", &momentum));
    VIS_TRY(onnx_take_fixed(n, "training_mode", 0));
    return onnx_take_fixed(n, "spatial", 1);
}

static vis_status convert_leaky_relu(onnx_node *n)
{
    n->attr.alpha = 0.01f;
    return onnx_take_float(n, "alpha", &n->attr.alpha);
}

static vis_status convert_clip(onnx_node *n)
{
    VIS_TRY(onnx_float_to_input(n, "min", 1)); /* attributes before opset 11 */
    return onnx_float_to_input(n, "max", 2);
}

static vis_status convert_concat(onnx_node *n)
{
    if (!onnx_attribute(n, "axis")) return onnx_node_fail(n, VIS_ERR_FORMAT, "has no axis");
    return onnx_take_int(n, "axis", &n->attr.axis);
}

static vis_status convert_gather(onnx_node *n)
{
    n->attr.axis = 0;
    return onnx_take_int(n, "axis", &n->attr.axis);
}

static vis_status convert_flatten(onnx_node *n)
{
    n->attr.axis = 1;
    return onnx_take_int(n, "axis", &n->attr.axis);
}

static vis_status convert_transpose(onnx_node *n)
{
    const Onnx__AttributeProto *perm = onnx_attribute(n, "perm");
    if (!perm) return VIS_OK;
    if (perm->n_ints < 1 || perm->n_ints > TENSOR_MAX_RANK) {
        return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "a permutation of too many axes");
    }
    n->attr.transpose.rank = (int)perm->n_ints;
    memcpy(n->attr.transpose.perm, perm->ints, perm->n_ints * sizeof(int64_t));
    return VIS_OK;
}

static vis_status convert_axes(onnx_node *n) /* Squeeze, Unsqueeze: an attribute before opset 13 */
{
    return onnx_ints_to_input(n, "axes", 1);
}

static vis_status convert_slice(onnx_node *n) /* attributes before opset 10 */
{
    VIS_TRY(onnx_ints_to_input(n, "starts", 1));
    VIS_TRY(onnx_ints_to_input(n, "ends", 2));
    return onnx_ints_to_input(n, "axes", 3);
}

static vis_status convert_pad(onnx_node *n) /* attributes before opset 11 */
{
    static const char *const modes[] = {"constant", "reflect", "edge", NULL};
    int mode = PAD_CONSTANT;
    VIS_TRY(onnx_take_choice(n, "mode", modes, &mode));
    VIS_TRY(onnx_ints_to_input(n, "pads", 1));
    VIS_TRY(onnx_float_to_input(n, "value", 2));
    n->attr.pad = (pad_mode)mode;
    return VIS_OK;
}

static vis_status convert_reshape(onnx_node *n)
{
    int64_t allow_zero = 0;
    VIS_TRY(onnx_take_int(n, "allowzero", &allow_zero));
    n->attr.allow_zero = allow_zero != 0;
    return VIS_OK;
}

static vis_status convert_shape(onnx_node *n)
{
    n->attr.shape.start = 0;
    n->attr.shape.end = INT64_MAX;
    VIS_TRY(onnx_take_int(n, "start", &n->attr.shape.start));
    return onnx_take_int(n, "end", &n->attr.shape.end);
}

static vis_status convert_cast(onnx_node *n)
{
    stored_type stored;
    int64_t to = 0, saturate = 1; /* saturate concerns 8-bit floats only */
    VIS_TRY(onnx_take_int(n, "to", &to));
    VIS_TRY(onnx_take_int(n, "saturate", &saturate));
    if (to < 0 || to > 64 || !onnx_type((int)to, &stored, &n->attr.to)) {
        return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "casts to a type that is not handled");
    }
    return VIS_OK;
}

static vis_status convert_constant_of_shape(onnx_node *n)
{
    const Onnx__AttributeProto *value = onnx_attribute(n, "value");
    n->attr.fill.dtype = TENSOR_F32;
    n->attr.fill.value = 0;
    if (!value) return VIS_OK;
    onnx_externals none = {.model_path = n->path};
    tensor t;
    if (!value->t) return onnx_node_fail(n, VIS_ERR_FORMAT, "a value that is not a tensor");
    vis_status status = onnx_tensor_read(value->t, n->name, &none, &t, n->err);
    onnx_externals_free(&none);
    VIS_TRY(status);
    n->attr.fill.dtype = t.dtype;
    if (tensor_count(&t) != 1) {
        status = onnx_node_fail(n, VIS_ERR_FORMAT, "a value that is not one number");
    } else if (t.dtype == TENSOR_F32) {
        n->attr.fill.value = tensor_f32(&t)[0];
    } else if (t.dtype == TENSOR_I64) {
        n->attr.fill.value = (double)tensor_i64(&t)[0];
    } else {
        n->attr.fill.value = *(const uint8_t *)t.data;
    }
    tensor_free(&t);
    return status;
}

static vis_status convert_mod(onnx_node *n)
{
    int64_t fmod = 0;
    VIS_TRY(onnx_take_int(n, "fmod", &fmod));
    n->attr.fmod = fmod != 0;
    return VIS_OK;
}

/* Dropout does nothing at inference; its ratio and mode may be attributes or inputs. */
static vis_status convert_dropout(onnx_node *n)
{
    float ratio = 0;
    int64_t seed = 0;
    VIS_TRY(onnx_take_float(n, "ratio", &ratio));
    VIS_TRY(onnx_take_int(n, "seed", &seed));
    if (n->n_inputs > 1) n->n_inputs = 1;
    return VIS_OK;
}

/* Opset 18: axes name which axes scales and sizes are for. Ours are always for all four. */
static vis_status spread_resize(onnx_node *n)
{
    const Onnx__AttributeProto *axes = onnx_attribute(n, "axes");
    if (!axes) return VIS_OK;
    for (int at = 2; at < 4; at++) {
        if (at >= n->n_inputs || n->input[at] == GRAPH_NONE) continue;
        const tensor *given = n->g->value[n->input[at]].constant;
        bool all = axes->n_ints == 4;
        for (size_t i = 0; i < axes->n_ints && all; i++) {
            all = axes->ints[i] == (int64_t)i;
        }
        if (all) continue;
        bool plane = axes->n_ints == 2 && (axes->ints[0] == 2 || axes->ints[0] == -2) &&
                     (axes->ints[1] == 3 || axes->ints[1] == -1);
        if (!plane || at == 3 || !given || given->dtype != TENSOR_F32 || tensor_count(given) != 2) {
            return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "axes in a form that is not handled");
        }
        tensor four;
        int64_t count = 4;
        float y = tensor_f32(given)[0], x = tensor_f32(given)[1];
        VIS_TRY(tensor_create(&four, TENSOR_F32, 1, &count, n->err));
        memcpy(four.data, (const float[]){1, 1, y, x}, 4 * sizeof(float));
        VIS_TRY(graph_add_constant(n->g, n->name, &four, &n->input[at], n->err));
    }
    return VIS_OK;
}

static vis_status convert_resize(onnx_node *n)
{
    static const char *const modes[] = {"nearest", "linear", NULL};
    static const char *const coordinates[] = {"half_pixel", "pytorch_half_pixel", "align_corners",
                                              "asymmetric", NULL};
    static const char *const roundings[] = {"floor", "ceil", "round_prefer_floor",
                                            "round_prefer_ceil", NULL};
    static const char *const policies[] = {"stretch", NULL};
    bool old = n->opset < 11; /* inputs X, scales; asymmetric and floor */
    int mode = GRAPH_RESIZE_NEAREST, policy = 0;
    int from = old ? RESIZE_ASYMMETRIC : RESIZE_HALF_PIXEL;
    int rounding = old ? RESIZE_FLOOR : RESIZE_PREFER_FLOOR;
    float unused = 0;
    VIS_TRY(onnx_take_choice(n, "mode", modes, &mode));
    VIS_TRY(onnx_take_choice(n, "coordinate_transformation_mode", coordinates, &from));
    VIS_TRY(onnx_take_choice(n, "nearest_mode", roundings, &rounding));
    VIS_TRY(onnx_take_choice(n, "keep_aspect_ratio_policy", policies, &policy));
    VIS_TRY(onnx_take_float(n, "cubic_coeff_a", &unused));
    VIS_TRY(onnx_take_float(n, "extrapolation_value", &unused));
    VIS_TRY(onnx_take_fixed(n, "exclude_outside", 0));
    VIS_TRY(onnx_take_fixed(n, "antialias", 0));
    if (old && n->n_inputs == 2) {
        n->input[2] = n->input[1];
        n->n_inputs = 3;
    }
    if (n->n_inputs > 1) n->input[1] = GRAPH_NONE; /* roi serves a mode that is refused */
    n->attr.resize.mode = (graph_resize_mode)mode;
    n->attr.resize.coordinates = (resize_coordinates)from;
    n->attr.resize.rounding = (resize_rounding)rounding;
    return spread_resize(n);
}

/* Upsample became Resize: scales an attribute in opset 7, input 1 in opset 9. */
static vis_status convert_upsample(onnx_node *n)
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

/* Operators that need a converter; the others of GRAPH_OP_MAP have no attributes and one form. */
static const struct {
    const char *name;
    graph_op op;
    converter convert;
} converters[] = {
    {"Conv", OP_CONV, convert_conv},
    {"MaxPool", OP_MAX_POOL, convert_max_pool},
    {"BatchNormalization", OP_BATCH_NORM, convert_batch_norm},
    {"LeakyRelu", OP_LEAKY_RELU, convert_leaky_relu},
    {"Clip", OP_CLIP, convert_clip},
    {"Concat", OP_CONCAT, convert_concat},
    {"Gather", OP_GATHER, convert_gather},
    {"Flatten", OP_FLATTEN, convert_flatten},
    {"Transpose", OP_TRANSPOSE, convert_transpose},
    {"Squeeze", OP_SQUEEZE, convert_axes},
    {"Unsqueeze", OP_UNSQUEEZE, convert_axes},
    {"Slice", OP_SLICE, convert_slice},
    {"Pad", OP_PAD, convert_pad},
    {"Reshape", OP_RESHAPE, convert_reshape},
    {"Shape", OP_SHAPE, convert_shape},
    {"Cast", OP_CAST, convert_cast},
    {"ConstantOfShape", OP_CONSTANT_OF_SHAPE, convert_constant_of_shape},
    {"Mod", OP_MOD, convert_mod},
    {"Dropout", OP_IDENTITY, convert_dropout},
    {"Resize", OP_RESIZE, convert_resize},
    {"Upsample", OP_RESIZE, convert_upsample},
};

vis_status onnx_convert(onnx_node *n)
{
    const char *domain = n->proto->domain ? n->proto->domain : "";
    if (n->proto->n_attribute > ONNX_MAX_ATTRIBUTES) {
        return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "more attributes than any operator has");
    }
    if (domain[0] != '\0' && strcmp(domain, "ai.onnx") != 0) {
        return vis_fail(
            n->err, VIS_ERR_UNSUPPORTED,
            "%s: node %s: operator %s.%s is not a standard ONNX operator; export again with "
            "torch.onnx.export and opset 11 to 18",
            n->path, n->name, domain, n->proto->op_type);
    }
    for (size_t i = 0; i < sizeof(converters) / sizeof(converters[0]); i++) {
        if (strcmp(n->proto->op_type, converters[i].name) != 0) continue;
        n->op = converters[i].op;
        VIS_TRY(converters[i].convert(n));
        return onnx_node_finish(n);
    }
    if (!graph_op_find(n->proto->op_type, &n->op)) {
        return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "operator is not supported");
    }
    return onnx_node_finish(n);
}
