/* sides/node_weights.h - which weights of two networks differ, and by how much.
 *
 * Two .pth are compared tensor by tensor under their keys. Otherwise the weights of matched Conv
 * points are compared after batch norm has been folded in (in double):
 *
 *   w' = w * scale / sqrt(var + eps),   b' = (b - mean) * scale / sqrt(var + eps) + shift
 *
 * since an exporter may have done so already.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SIDES_NODE_WEIGHTS_H
#define SIDES_NODE_WEIGHTS_H

#include "sides/node_points.h"

#define WEIGHT_ROUNDING                                                                            \
    1e-6 /* relative: what folding in float32 leaves; keys are compared exactly */

typedef struct compared_weight {
    char *name; /* key, or the name of the node in A; owned */
    int64_t values, differing;
    double max,
        relative; /* max |a - b|, and that over max |a|; infinite where only one is finite */
} compared_weight;

typedef struct weight_comparison {
    bool by_key;
    int compared;            /* tensors (by key) or layers */
    compared_weight *weight; /* those that differ, by relative difference; owned */
    int count;
} weight_comparison;

/* `keys`: compare constants under the same name where every one of A has its like in B. The graphs
 * of the points hold the constants. VIS_ERR_MEMORY. */
vis_status weights_compare(const node_points *a, const node_points *b, bool keys,
                           weight_comparison *out, vis_error *err);
void weight_comparison_free(weight_comparison *c);

#endif
