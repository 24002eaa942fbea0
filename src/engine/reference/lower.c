/* engine/reference/lower.c - which function runs which operator.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference/reference.h"

static vis_status lower_resize(lowering *l, const graph_node *node, vis_error *err)
{
    bool nearest = node->attr.resize.mode == GRAPH_RESIZE_NEAREST;
    return nearest ? reference_rearrange(l, node, err) : reference_resize(l, node, err);
}

static const reference_lower_fn lower_table[OP_COUNT] = {
    [OP_CONV] = reference_conv,
    [OP_BATCH_NORM] = reference_batch_norm,
    [OP_RELU] = reference_unary,
    [OP_LEAKY_RELU] = reference_unary,
    [OP_PRELU] = reference_binary,
    [OP_SIGMOID] = reference_unary,
    [OP_CLIP] = reference_unary,
    [OP_NEG] = reference_unary,
    [OP_ABS] = reference_unary,
    [OP_FLOOR] = reference_unary,
    [OP_CEIL] = reference_unary,
    [OP_SQRT] = reference_unary,
    [OP_EXP] = reference_unary,
    [OP_TANH] = reference_unary,
    [OP_HARD_SIGMOID] = reference_unary,
    [OP_HARD_SWISH] = reference_unary,
    [OP_CAST] = reference_unary,
    [OP_IDENTITY] = reference_unary,
    [OP_ADD] = reference_binary,
    [OP_SUB] = reference_binary,
    [OP_MUL] = reference_binary,
    [OP_DIV] = reference_binary,
    [OP_POW] = reference_binary,
    [OP_MIN] = reference_binary,
    [OP_MAX] = reference_binary,
    [OP_CONCAT] = reference_concat,
    [OP_RESIZE] = lower_resize,
    [OP_PAD] = reference_rearrange,
    [OP_SLICE] = reference_rearrange,
    [OP_GATHER] = reference_rearrange,
    [OP_RESHAPE] = reference_rearrange,
    [OP_FLATTEN] = reference_rearrange,
    [OP_TRANSPOSE] = reference_rearrange,
    [OP_SQUEEZE] = reference_rearrange,
    [OP_UNSQUEEZE] = reference_rearrange,
    [OP_EXPAND] = reference_rearrange,
    [OP_SPLIT] = reference_rearrange,
    [OP_MAX_POOL] = reference_pool,
    [OP_AVERAGE_POOL] = reference_pool,
    [OP_GLOBAL_AVERAGE_POOL] = reference_global_pool,
    [OP_GLOBAL_MAX_POOL] = reference_global_pool,
    [OP_GEMM] = reference_gemm,
    [OP_MATMUL] = reference_matmul,
    [OP_SOFTMAX] = reference_softmax,
    [OP_REDUCE_MEAN] = reference_reduce,
    [OP_REDUCE_SUM] = reference_reduce,
    [OP_REDUCE_MAX] = reference_reduce,
    [OP_REDUCE_MIN] = reference_reduce,
    [OP_REDUCE_PROD] = reference_reduce,
};

vis_status lower_reference(lowering *l, const graph_node *node, vis_error *err)
{
    if ((unsigned)node->op >= OP_COUNT || !lower_table[node->op])
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "node '%s' (%s): this operator on computed values is not supported",
                        node->name, graph_op_name(node->op));
    for (int i = 1; i < node->n_outputs; i++)
        if (l->readers[node->output[i]])
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "node '%s' (%s): only its first output is computed", node->name,
                            graph_op_name(node->op));
    return lower_table[node->op](l, node, err);
}
