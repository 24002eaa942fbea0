/* graph/fold_internal.h - what the files of constant folding share among themselves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef GRAPH_FOLD_INTERNAL_H
#define GRAPH_FOLD_INTERNAL_H

#include "graph/value_fact.h"

/* Steps through all positions of a shape, in row-major order, keeping an offset into another array
 * whose strides (in elements, may be 0 or negative) are given per axis. */
typedef struct walker {
    int rank;
    const int64_t *dim;
    const int64_t *stride;
    int64_t at[TENSOR_MAX_RANK];
    int64_t offset;
} walker;

static inline walker walker_start(int rank, const int64_t *dim, const int64_t *stride, int64_t base)
{
    return (walker){.rank = rank, .dim = dim, .stride = stride, .offset = base};
}

static inline void walker_next(walker *w)
{
    for (int a = w->rank - 1; a >= 0; a--) {
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): rank <= TENSOR_MAX_RANK */
        w->offset += w->stride[a];
        if (++w->at[a] < w->dim[a]) return;
        w->offset -= w->stride[a] * w->dim[a];
        w->at[a] = 0;
    }
}

/* fold_move.c: operators that only move numbers. *result exists already, zeroed. */
vis_status fold_move(const graph_node *node, const value_fact *const *in, const value_fact *out,
                     tensor *result, vis_error *err);

/* fold_reduce.c: ReduceSum and its like, of int64 or float32 (summed in double). */
vis_status fold_reduce(const graph_node *node, const value_fact *const *in, tensor *result,
                       vis_error *err);

#endif
