/* sides/node_compare.h - where two networks part: every matched intermediate value of both,
 * compared.
 *
 * Both graphs run natively on the same inputs with their points (node_points.h) as outputs, a few
 * at a time. A point has parted when its furthest values lie more than NODE_ROUNDING of its range
 * apart:
 *
 *   relative = max |a - b| / max |a|     (max |b| where that is larger)
 *
 * Sums in another order leave 1e-6 of the range, so that 1e-4 is no rounding. The first such point
 * in the order of A is where to look: what lies behind it differs because it does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SIDES_NODE_COMPARE_H
#define SIDES_NODE_COMPARE_H

#include "base/threads.h"
#include "graph/resolve.h"
#include "networks/model.h"
#include "sides/node_points.h"
#include "sides/node_weights.h"

#define NODE_ROUNDING 1e-4
#define NODE_TEXT 128

typedef struct compared_node {
    char *name_a, *name_b; /* owned; NULL: no counterpart */
    char layer_a[NODE_TEXT], layer_b[NODE_TEXT];
    char shape_a[NODE_TEXT], shape_b[NODE_TEXT]; /* "[1, 64, 320, 320]" */
    point_match match;
    bool structural; /* operators, attributes, weight shapes or the shape of the result differ */
    bool compared;   /* both have values of one shape */
    bool broken;     /* NaN or infinities in one and not in the other */
    double max, mean, relative; /* of |a - b|; when compared */
} compared_node;

typedef struct node_comparison {
    compared_node *node; /* in the order of A, then what only B has; owned */
    int count, matched, alone_a, alone_b;
    int first;      /* the first that has parted; -1: none */
    int structural; /* the first whose structure differs or that has no counterpart; -1: none */
    weight_comparison weights;
} node_comparison;

/* What both networks are fed. Input k of B is number `of_b[k]` of these, which are in the order of
 * A. All hold the same batch. */
typedef struct node_inputs {
    int count;
    graph_shape shape[GRAPH_MAX_INPUTS];
    const float *data[GRAPH_MAX_INPUTS];
    int of_b[GRAPH_MAX_INPUTS];
} node_inputs;

typedef struct node_options {
    thread_pool *pool; /* NULL: the calling thread alone */
    bool reference_b;  /* run B on the plain C kernels: the engine against its definition */
    vis_status (*step)(void *user, int done, int total, vis_error *err); /* NULL: none */
    void *user;
} node_options;

/* Compares two models, whose audio modes are decided. Where their inputs have other shapes nothing
 * can be run: then only structure and weights are compared (`in` NULL). VIS_ERR_MISMATCH,
 * VIS_ERR_MEMORY and what compiling says. Released with node_comparison_free; NULL is fine there.
 */
vis_status node_compare(const model *a, const model *b, const node_inputs *in,
                        const node_options *options, node_comparison *out, vis_error *err);
void node_comparison_free(node_comparison *c);

/* The inputs of two models paired: by what they are in U-Nets, else by shape in their order. Fills
 * count, shape (dynamic axes: batch 1, or what either file insists on) and of_b; data is the
 * caller's to fill. VIS_ERR_MISMATCH where they take other inputs. */
vis_status node_inputs_pair(const model *a, const model *b, node_inputs *in, vis_error *err);

#endif
