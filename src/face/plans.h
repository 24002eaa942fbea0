/* face/plans.h - resize plans kept for the square sizes that were met lately.
 *
 * The square follows the face, so its side varies by a few pixels over the footage; each size needs
 * tables of its own and comes back again and again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_PLANS_H
#define FACE_PLANS_H

#include "media/resize.h"

#include <stdbool.h>

#define PLANS_MAX 128 /* tens of kilobytes each */

typedef struct plans_entry {
    int width, height;
    uint64_t used; /* when, in calls */
    resize_plan *plan;
} plans_entry;

/* One side of every plan is `fixed` x `fixed`, the other is what it is kept for. One thread at a
 * time. */
typedef struct plans {
    resize_mode mode;
    int fixed;
    bool to_fixed; /* squares become fixed x fixed; otherwise the other way round */
    int count;
    uint64_t calls;
    plans_entry entries[PLANS_MAX];
} plans;

void plans_init(plans *p, resize_mode mode, int fixed, bool to_fixed);
void plans_free(plans *p);

/* The plan for squares of that size, in 3 channels; belongs to `p` until the next call. Made when
 * it is not there, in place of the one unused for longest when there are PLANS_MAX. Fails as
 * resize_plan_create does. */
vis_status plans_for(plans *p, int width, int height, resize_plan **out, vis_error *err);

#endif
