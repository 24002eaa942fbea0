/* formats/onnx_operators.c - converters, one per operator that has attributes or older forms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_operators.h"

#include "formats/onnx_tensor.h"

#include <string.h>

typedef vis_status (*converter)(onnx_node *n);

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
    (void)onnx_attribute(n, "round_mode"); /* as well */
    if (to < 0 || to > 64 || !onnx_type((int)to, &stored, &n->attr.to)) {
        return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "casts to a type that is not handled");
    }
    /* Computing in float32 is finer than float16 and means the same; bfloat16 is so coarse that a
     * network which casts to it means its rounding. */
    if (stored == STORED_BFLOAT16) {
        return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "casts to bfloat16, which is not rounded to");
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
    if (n->n_inputs > 2 && n->input[2] != GRAPH_NONE) {
        const tensor *training = n->g->value[n->input[2]].constant;
        bool off = training && training->dtype == TENSOR_BOOL && tensor_count(training) == 1 &&
                   !*(const uint8_t *)training->data;
        if (!off) return onnx_node_fail(n, VIS_ERR_UNSUPPORTED, "training_mode is not off");
    }
    if (n->n_inputs > 1) n->n_inputs = 1;
    return VIS_OK;
}

/* One node for each output; the reader says which this is. */
static vis_status convert_split(onnx_node *n)
{
    int64_t parts = (int64_t)n->proto->n_output;
    n->attr.split.axis = 0;
    n->attr.split.even = n->opset < 18;
    n->attr.split.parts = (int)parts;
    n->attr.split.index = n->output;
    VIS_TRY(onnx_take_int(n, "axis", &n->attr.split.axis));
    VIS_TRY(onnx_take_int(n, "num_outputs", &parts));
    if (parts != (int64_t)n->proto->n_output) {
        return onnx_node_fail(n, VIS_ERR_FORMAT, "num_outputs is not the number of its outputs");
    }
    return onnx_ints_to_input(n, "split", 1); /* an attribute before opset 13 */
}

static vis_status take_bool(onnx_node *n, const char *name, bool *value)
{
    int64_t number = *value;
    VIS_TRY(onnx_take_int(n, name, &number));
    *value = number != 0;
    return VIS_OK;
}

static vis_status convert_gemm(onnx_node *n)
{
    n->attr.gemm.alpha = n->attr.gemm.beta = 1;
    VIS_TRY(onnx_take_float(n, "alpha", &n->attr.gemm.alpha));
    VIS_TRY(onnx_take_float(n, "beta", &n->attr.gemm.beta));
    VIS_TRY(take_bool(n, "transA", &n->attr.gemm.transpose_a));
    return take_bool(n, "transB", &n->attr.gemm.transpose_b);
}

static vis_status convert_softmax(onnx_node *n)
{
    n->attr.softmax.flat = n->opset < 13;
    n->attr.softmax.axis = n->opset < 13 ? 1 : -1;
    return onnx_take_int(n, "axis", &n->attr.softmax.axis);
}

/* Axes are an attribute before opset 18 (ReduceSum: 13). */
static vis_status convert_reduce(onnx_node *n)
{
    n->attr.reduce.keep = true;
    VIS_TRY(take_bool(n, "keepdims", &n->attr.reduce.keep));
    VIS_TRY(take_bool(n, "noop_with_empty_axes", &n->attr.reduce.identity));
    return onnx_ints_to_input(n, "axes", 1);
}

static vis_status convert_hard_sigmoid(onnx_node *n)
{
    n->attr.hard_sigmoid.alpha = 0.2f;
    n->attr.hard_sigmoid.beta = 0.5f;
    VIS_TRY(onnx_take_float(n, "alpha", &n->attr.hard_sigmoid.alpha));
    return onnx_take_float(n, "beta", &n->attr.hard_sigmoid.beta);
}

/* Operators that need a converter; the others of GRAPH_OP_MAP have no attributes and one form. */
static const struct {
    const char *name;
    graph_op op;
    converter convert;
} converters[] = {
    {"Conv", OP_CONV, onnx_convert_conv},
    {"MaxPool", OP_MAX_POOL, onnx_convert_max_pool},
    {"AveragePool", OP_AVERAGE_POOL, onnx_convert_average_pool},
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
    {"Resize", OP_RESIZE, onnx_convert_resize},
    {"Upsample", OP_RESIZE, onnx_convert_upsample},
    {"Split", OP_SPLIT, convert_split},
    {"Gemm", OP_GEMM, convert_gemm},
    {"Softmax", OP_SOFTMAX, convert_softmax},
    {"ReduceMean", OP_REDUCE_MEAN, convert_reduce},
    {"ReduceSum", OP_REDUCE_SUM, convert_reduce},
    {"ReduceMax", OP_REDUCE_MAX, convert_reduce},
    {"ReduceMin", OP_REDUCE_MIN, convert_reduce},
    {"ReduceProd", OP_REDUCE_PROD, convert_reduce},
    {"HardSigmoid", OP_HARD_SIGMOID, convert_hard_sigmoid},
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
