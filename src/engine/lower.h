/* engine/lower.h - turning graph nodes into steps: which tensor holds which value.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_LOWER_H
#define ENGINE_LOWER_H

#include "engine/program.h"

/* A value that is a 1x1 convolution of a tensor and has been put off: its readers may prefer to
 * take the convolution into their own weights. */
typedef struct composed {
    struct conv_layer *layer; /* owned; NULL: there is none */
    int from;                 /* the tensor, NN_NHWC */
} composed;

typedef struct lowering {
    nn_program *p;
    const graph *g; /* resolved */
    bool reference;
    bool i16;              /* in 16 bits afterwards (program_make_fast) */
    uint32_t cache_inputs; /* inputs whose results can be kept (nn_options) */
    int *plain;            /* by value: its NN_PLAIN tensor, -1 while there is none */
    int *nhwc;             /* by value: its NN_NHWC tensor, -1 while there is none */
    int *readers;          /* by value: how many node inputs and graph outputs read it */
    int *reader;           /* by value: one of the nodes that read it, -1 when none does */
    bool *is_output;       /* by value: is it a result of the graph? */
    int *writer;           /* by value: the node that computes it, -1 for inputs and constants */
    composed *compose;     /* by value */
    bool *done;            /* by node: already part of a step */
    /* Computes a value that was put off in the hope that nobody would need it in memory; nothing
       happens where none was */
    vis_status (*lower_late)(struct lowering *l, int value, vis_error *err);
} lowering;

/* The shape of a value as a graph_shape. */
graph_shape lowering_shape(const lowering *l, int value);

/* The tensor of a value in the layout asked for, converted or (constants) copied in when it exists
 * in the other one only. A value whose node was put off (fast.c) is computed now. */
vis_status lowering_read(lowering *l, nn_layout layout, int value, int *id, vis_error *err);

/* The tensor that a step is about to write for a value. */
vis_status lowering_write(lowering *l, nn_layout layout, int value, int *id, vis_error *err);

/* The tensors of the node's inputs (absent ones skipped) and of its output, NN_PLAIN all. */
vis_status lowering_tensors(lowering *l, const graph_node *node, int *inputs, int *n_inputs,
                            int *output, vis_error *err);

/* Lowers one node, and with it whatever the fast path takes along. */
vis_status lower_fast(lowering *l, int node, vis_error *err);

/* `lower_late` of a lowering: what lower_fast has put off. */
vis_status lower_put_off(lowering *l, int value, vis_error *err);

/* One node as one step (Concat: several) on the plain C kernels (engine/reference/). */
vis_status lower_reference(lowering *l, const graph_node *node, vis_error *err);

/* Copies one plain tensor into another of the same number of elements. */
vis_status lower_copy(lowering *l, const char *name, int from, int to, vis_error *err);

/* The constant behind input `i` of a node, NULL when that input is absent or computed. */
const tensor *node_constant(const graph *g, const graph_node *node, int i);

/* Is input `i` given at all? */
bool node_has_input(const graph_node *node, int i);

/* The node's input i as up to `limit` integers (a constant; VIS_ERR_UNSUPPORTED when it is
 * computed). *count is 0 when the input is absent. */
vis_status node_integers(const graph *g, const graph_node *node, int i, int64_t *values, int limit,
                         int *count, vis_error *err);

#endif
