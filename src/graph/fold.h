/* graph/fold.h - computes a node whose inputs are all known.
 *
 * Meant for what exporters leave around the real work: arithmetic on shapes, constants moved about.
 * Plain loops, a handful of numbers each time. int64 stays int64; float32 is computed in float32.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_FOLD_H
#define GRAPH_FOLD_H

#include "graph/value_fact.h"

/* Whether fold_node can compute the node: it knows the operator, and all it needs is constant. */
bool fold_possible(const graph_node *node, const value_fact *const *in);

/* Computes into *result (new; the caller's to free), whose shape and type are those of `out`.
 * VIS_ERR_FORMAT for an index out of range or a division of integers by zero. */
vis_status fold_node(const graph_node *node, const value_fact *const *in, const value_fact *out,
                     tensor *result, vis_error *err);

#endif
