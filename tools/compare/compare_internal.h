/* compare/compare_internal.h - what opening and walking share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_COMPARE_INTERNAL_H
#define COMPARE_COMPARE_INTERNAL_H

#include "compare/compare.h"
#include "compare/compare_match.h"
#include "compare/shift.h"

struct comparison {
    compare_options options;
    side *a, *b;
    sidecar beside_a, beside_b;
    node_inputs inputs; /* of the checkpoint, or of both */
    feed *feed;         /* NULL without checkpoints */
    thread_pool *pool;
    shift_finder shift;
    compare_result result;
};

/* The first of the sides that is a checkpoint; NULL: neither is. */
side *comparison_first_model(const comparison *c);
bool comparison_both_models(const comparison *c);

/* Opens both sides and checks that they can belong together, from what they say of themselves;
 * settles the first frame. */
vis_status comparison_open_sides(comparison *c, vis_error *err);

/* Settles the audio modes of checkpoints, opens what they are fed and compiles them. */
vis_status comparison_open_models(comparison *c, vis_error *err);

#endif
