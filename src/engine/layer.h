/* engine/layer.h - a convolution with everything that can be folded into it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_LAYER_H
#define ENGINE_LAYER_H

#include "engine/cpu/kernels.h"
#include "engine/lower.h"

#define LAYER_MAX_NODES 8

/* Conv -> BatchNormalization* -> [Add of another value] -> [activation], each read by the next
 * alone. */
typedef struct conv_layer {
    int input, output; /* values */
    int residual;      /* the other value that is added, or -1 */
    int node[LAYER_MAX_NODES], n_nodes;
    int64_t outputs, group_inputs, groups;
    int64_t kernel[2], stride[2], dilation[2], pad[4];
    float *weights;           /* [outputs, group_inputs, KH, KW], batch norm folded in; owned */
    double *bias;             /* [outputs]; owned */
    float *slope;             /* [outputs] for NN_ACTIVATION_SLOPE, else NULL; owned */
    nn_activation activation; /* its slope points nowhere yet */
    bool sigmoid;             /* after the activation NONE */
} conv_layer;

/* Reads the layer that begins at the Conv `node`. *found is false when it cannot be run as one
 * (weights that are computed, an odd rank); nothing is owned then. `may_add`: take an Add whose
 * other value has been lowered already; `may_sigmoid`: take a Sigmoid whose result is a result of
 * the graph alone. */
vis_status conv_layer_read(const lowering *l, int node, bool may_add, bool may_sigmoid,
                           conv_layer *layer, bool *found, vis_error *err);
void conv_layer_free(conv_layer *layer);

/* Marks the layer's nodes as lowered. */
void conv_layer_done(lowering *l, const conv_layer *layer);

/* The only node that reads a value in one place; -1 when there are several or the value is a
 * result. */
int lowering_only_reader(const lowering *l, int value);

#endif
