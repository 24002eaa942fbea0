/* sides/node_points.h - the places of two graphs where their values can be compared.
 *
 * A point is a node with what is commonly folded into it: a Conv, the BatchNormalization behind it
 * and the activation behind that, so that a .pth and an ONNX export with folded batch norm have the
 * same points. Points of two graphs are matched by structure from the inputs upward (operator,
 * attributes, shapes, and the same of everything before); where the structures part, by name; then
 * by order among those of one kind and size.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SIDES_NODE_POINTS_H
#define SIDES_NODE_POINTS_H

#include "graph/graph.h"

#include <stddef.h>

typedef enum point_match {
    POINT_ALONE, /* no counterpart */
    POINT_BY_STRUCTURE,
    POINT_BY_NAME,
    POINT_BY_ORDER,
} point_match;

/* Indices are of the graph given. */
typedef struct node_point {
    int node;       /* that begins it */
    int norm;       /* the BatchNormalization taken along; -1: none */
    int activation; /* the activation taken along; -1: none */
    int value;      /* what comes out at its end */
    uint64_t own;   /* hash of operator, attributes and weight shapes */
    uint64_t whole; /* hash of that, the shape, and everything before */
    point_match match;
    int other; /* index of its counterpart; -1: none */
} node_point;

typedef struct node_points {
    const graph *g;    /* resolved; must outlive the points */
    node_point *point; /* in the order of the nodes; owned */
    int count;
} node_points;

/* The points of a resolved graph. `role[i]` is what input i is called in both graphs (its number
 * among the inputs of the comparison). Released with node_points_free; NULL is fine there. */
vis_status node_points_find(const graph *g, const int *role, node_points *out, vis_error *err);
void node_points_free(node_points *p);

/* Matches the points of two graphs: fills `match` and `other` on both sides. */
void node_points_match(node_points *a, node_points *b);

/* The node's name, or that of its value where it has none. Belongs to the graph. */
const char *node_point_name(const node_points *p, int i);

/* "Conv 3x3, stride 2, 64 groups + Relu" into `text`. */
void node_point_layer(const node_points *p, int i, char *text, size_t size);

#endif
