/* graph/graph.h - a network as viseme sees it: operators over values, each value written once.
 *
 * Checkpoints and ONNX files both become this. The operators and their attributes mean exactly what
 * the ONNX specification says of the newest opset that we read (18), older forms being rewritten by
 * the reader, so that whoever runs a graph knows one meaning for each operator.
 * Tensors are [N, C, H, W] unless an operator says otherwise.
 *
 * Life of a graph: a reader (networks/unet.c, formats/onnx_read.c) builds it with the functions below;
 * graph_resolve (graph/resolve.h) gives every value a concrete shape and computes away whatever
 * does not depend on the inputs; nn compiles the result.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/tensor.h"

#include <stdbool.h>

#define GRAPH_MAX_INPUTS 16 /* of the graph, and of one node except Concat */

/* X(enumerator, ONNX name) */
#define GRAPH_OP_MAP(X)                                                                            \
    X(OP_CONV, "Conv")                                                                             \
    X(OP_BATCH_NORM, "BatchNormalization")                                                         \
    X(OP_RELU, "Relu")                                                                             \
    X(OP_LEAKY_RELU, "LeakyRelu")                                                                  \
    X(OP_PRELU, "PRelu")                                                                           \
    X(OP_SIGMOID, "Sigmoid")                                                                       \
    X(OP_CLIP, "Clip")                                                                             \
    X(OP_ADD, "Add")                                                                               \
    X(OP_SUB, "Sub")                                                                               \
    X(OP_MUL, "Mul")                                                                               \
    X(OP_DIV, "Div")                                                                               \
    X(OP_CONCAT, "Concat")                                                                         \
    X(OP_RESIZE, "Resize")                                                                         \
    X(OP_PAD, "Pad")                                                                               \
    X(OP_SLICE, "Slice")                                                                           \
    X(OP_GATHER, "Gather")                                                                         \
    X(OP_RESHAPE, "Reshape")                                                                       \
    X(OP_FLATTEN, "Flatten")                                                                       \
    X(OP_TRANSPOSE, "Transpose")                                                                   \
    X(OP_SQUEEZE, "Squeeze")                                                                       \
    X(OP_UNSQUEEZE, "Unsqueeze")                                                                   \
    X(OP_EXPAND, "Expand")                                                                         \
    X(OP_SPLIT, "Split")                                                                           \
    X(OP_MAX_POOL, "MaxPool")                                                                      \
    X(OP_AVERAGE_POOL, "AveragePool")                                                              \
    X(OP_GLOBAL_AVERAGE_POOL, "GlobalAveragePool")                                                 \
    X(OP_GLOBAL_MAX_POOL, "GlobalMaxPool")                                                         \
    X(OP_GEMM, "Gemm")                                                                             \
    X(OP_MATMUL, "MatMul")                                                                         \
    X(OP_SOFTMAX, "Softmax")                                                                       \
    X(OP_REDUCE_MEAN, "ReduceMean")                                                                \
    X(OP_REDUCE_SUM, "ReduceSum")                                                                  \
    X(OP_REDUCE_MAX, "ReduceMax")                                                                  \
    X(OP_REDUCE_MIN, "ReduceMin")                                                                  \
    X(OP_REDUCE_PROD, "ReduceProd")                                                                \
    X(OP_MIN, "Min")                                                                               \
    X(OP_MAX, "Max")                                                                               \
    X(OP_POW, "Pow")                                                                               \
    X(OP_NEG, "Neg")                                                                               \
    X(OP_ABS, "Abs")                                                                               \
    X(OP_FLOOR, "Floor")                                                                           \
    X(OP_CEIL, "Ceil")                                                                             \
    X(OP_SQRT, "Sqrt")                                                                             \
    X(OP_EXP, "Exp")                                                                               \
    X(OP_TANH, "Tanh")                                                                             \
    X(OP_HARD_SIGMOID, "HardSigmoid")                                                              \
    X(OP_HARD_SWISH, "HardSwish")                                                                  \
    X(OP_SHAPE, "Shape")                                                                           \
    X(OP_SIZE, "Size")                                                                             \
    X(OP_CAST, "Cast")                                                                             \
    X(OP_CONSTANT_OF_SHAPE, "ConstantOfShape")                                                     \
    X(OP_IDENTITY, "Identity")                                                                     \
    /* From here on arithmetic on shapes only, which graph_resolve computes away or refuses. */    \
    X(OP_EQUAL, "Equal")                                                                           \
    X(OP_LESS, "Less")                                                                             \
    X(OP_GREATER, "Greater")                                                                       \
    X(OP_LESS_OR_EQUAL, "LessOrEqual")                                                             \
    X(OP_GREATER_OR_EQUAL, "GreaterOrEqual")                                                       \
    X(OP_AND, "And")                                                                               \
    X(OP_OR, "Or")                                                                                 \
    X(OP_XOR, "Xor")                                                                               \
    X(OP_NOT, "Not")                                                                               \
    X(OP_WHERE, "Where")                                                                           \
    X(OP_MOD, "Mod")                                                                               \
    X(OP_RANGE, "Range")

typedef enum graph_op {
#define GRAPH_OP_ENUM(enumerator, name) enumerator,
    GRAPH_OP_MAP(GRAPH_OP_ENUM)
#undef GRAPH_OP_ENUM
        OP_COUNT
} graph_op;

/* Prefixed: media/resize.h has a resize_mode of its own, for pictures. */
typedef enum graph_resize_mode { GRAPH_RESIZE_NEAREST, GRAPH_RESIZE_LINEAR } graph_resize_mode;
typedef enum resize_coordinates {
    RESIZE_HALF_PIXEL,
    RESIZE_PYTORCH_HALF_PIXEL,
    RESIZE_ALIGN_CORNERS,
    RESIZE_ASYMMETRIC,
    RESIZE_HALF_PIXEL_SYMMETRIC,
    RESIZE_TF_HALF_PIXEL, /* "tf_half_pixel_for_nn", of opset 11 and 12 */
} resize_coordinates;
typedef enum resize_rounding {
    RESIZE_FLOOR,
    RESIZE_CEIL,
    RESIZE_PREFER_FLOOR,
    RESIZE_PREFER_CEIL
} resize_rounding;
/* Pads that follow from the size of the input; graph_resolve turns them into numbers. */
typedef enum graph_auto_pad {
    AUTO_PAD_NONE,
    AUTO_PAD_SAME_UPPER,
    AUTO_PAD_SAME_LOWER
} graph_auto_pad;
typedef enum pad_mode { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE } pad_mode;

/* Attributes; which member counts depends on the operator. Anything that newer opsets pass as an
 * input (axes, pads, sizes, ...) stays an input; older forms are turned into constant inputs by the
 * reader. */
typedef union graph_attributes {
    struct {
        int64_t kernel[2], stride[2], dilation[2];
        int64_t pad[4]; /* top, left, bottom, right */
        int64_t groups;
        bool ceil;      /* MaxPool, AveragePool */
        bool count_pad; /* AveragePool: padding counts as zeros */
        graph_auto_pad auto_pad;
    } window; /* Conv, MaxPool, AveragePool: 2-D; Conv: kernel 0 is the weights' */
    struct {
        float epsilon;
    } batch_norm;
    float alpha;  /* LeakyRelu */
    int64_t axis; /* Concat, Gather, Flatten */
    struct {
        int64_t perm[TENSOR_MAX_RANK];
        int rank; /* 0: reverse the axes */
    } transpose;
    struct {
        int64_t start, end; /* Shape: the range of axes, end INT64_MAX for all */
    } shape;
    struct {
        graph_resize_mode mode;
        resize_coordinates coordinates;
        resize_rounding rounding;
        int n_axes; /* of which scales and sizes speak; 0: of all */
        int64_t axes[TENSOR_MAX_RANK];
    } resize;        /* inputs: X, roi (ignored), scales, sizes; absent ones are GRAPH_NONE */
    pad_mode pad;    /* inputs: data, pads, value, axes */
    bool allow_zero; /* Reshape */
    bool fmod;       /* Mod: the sign follows the dividend */
    struct {
        int64_t axis;
        int index, parts; /* which of how many equal ones, where input 1 has no lengths */
        bool even;        /* equal ones must be, as before opset 18; else the last may be less */
    } split;              /* a Split of n outputs is n nodes */
    struct {
        float alpha, beta;
        bool transpose_a, transpose_b;
    } gemm;
    struct {
        int64_t axis;
        bool flat; /* over all axes from `axis` on, as before opset 13 */
    } softmax;
    struct {
        bool keep;     /* the reduced axes, as 1 */
        bool identity; /* no axes named means none, not all */
    } reduce;          /* inputs: data, axes */
    struct {
        float alpha, beta;
    } hard_sigmoid;  /* clamp(alpha * x + beta, 0, 1) */
    tensor_dtype to; /* Cast */
    struct {
        tensor_dtype dtype;
        double value;
    } fill; /* ConstantOfShape */
} graph_attributes;

#define GRAPH_NONE (-1) /* an optional input that is not given */

typedef struct graph_node {
    graph_op op;
    char *name; /* as in the file, or made by the builder; owned */
    int n_inputs;
    int *input; /* value indices or GRAPH_NONE; owned */
    int n_outputs;
    int *output;
    graph_attributes attr;
} graph_node;

typedef struct graph_value {
    char *name; /* owned */
    tensor_dtype dtype;
    int rank;                     /* -1: unknown */
    int64_t dim[TENSOR_MAX_RANK]; /* -1: unknown (a dynamic axis) */
    tensor *constant;             /* owned; NULL when computed or fed */
} graph_value;

typedef struct graph {
    graph_value *value;
    int n_values;
    graph_node *node; /* in an order in which every value is written before it is read */
    int n_nodes;
    int input[GRAPH_MAX_INPUTS], n_inputs; /* values fed by the caller (constants are not listed) */
    int output[GRAPH_MAX_INPUTS], n_outputs;
    int values_capacity, nodes_capacity;
} graph;

/* A new empty graph; graph_free releases it with all it owns. */
vis_status graph_create(graph **out, vis_error *err);
void graph_free(graph *g);

/* Adds a value of unknown shape; its index comes back in *id. The name is copied. */
vis_status graph_add_value(graph *g, const char *name, tensor_dtype dtype, int *id, vis_error *err);

/* Adds a constant; the tensor's data moves into the graph (also when the call fails: it is freed).
 */
vis_status graph_add_constant(graph *g, const char *name, tensor *t, int *id, vis_error *err);

/* Adds a fed value with its shape (-1 for a dynamic axis), or marks a value as a result. */
vis_status graph_add_input(graph *g, const char *name, int rank, const int64_t *dim, int *id,
                           vis_error *err);
vis_status graph_mark_output(graph *g, int id, vis_error *err);

/* Adds a node with one output, which is created and returned in *out. */
vis_status graph_add_node(graph *g, graph_op op, const char *name, const int *inputs, int n_inputs,
                          const graph_attributes *attr, int *out, vis_error *err);

/* Gives a value another name (copied). */
vis_status graph_rename_value(graph *g, int id, const char *name, vis_error *err);

const char *graph_op_name(graph_op op); /* "Conv", ...; static */

/* The operator of that ONNX name; false when there is none. */
bool graph_op_find(const char *name, graph_op *op);

#endif
