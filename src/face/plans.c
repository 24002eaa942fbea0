/* face/plans.c - resize plans kept for the square sizes that were met lately.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/plans.h"

void plans_init(plans *p, resize_mode mode, int fixed, bool to_fixed)
{
    *p = (plans){.mode = mode, .fixed = fixed, .to_fixed = to_fixed};
}

void plans_free(plans *p)
{
    for (int i = 0; i < p->count; i++)
        resize_plan_destroy(p->entries[i].plan);
    p->count = 0;
}

static plans_entry *find(plans *p, int width, int height)
{
    for (int i = 0; i < p->count; i++)
        if (p->entries[i].width == width && p->entries[i].height == height) return &p->entries[i];
    return NULL;
}

/* Where a new plan goes: behind the others, or over the one unused for longest. */
static plans_entry *place(plans *p)
{
    if (p->count < PLANS_MAX) {
        p->entries[p->count] = (plans_entry){0};
        return &p->entries[p->count++];
    }
    plans_entry *oldest = &p->entries[0];
    for (int i = 1; i < p->count; i++)
        if (p->entries[i].used < oldest->used) oldest = &p->entries[i];
    resize_plan_destroy(oldest->plan);
    return oldest;
}

vis_status plans_for(plans *p, int width, int height, resize_plan **out, vis_error *err)
{
    plans_entry *entry = find(p, width, height);
    if (!entry) {
        resize_plan *plan;
        if (p->to_fixed)
            VIS_TRY(resize_plan_create(p->mode, width, height, p->fixed, p->fixed, 3, &plan, err));
        else
            VIS_TRY(resize_plan_create(p->mode, p->fixed, p->fixed, width, height, 3, &plan, err));
        entry = place(p);
        *entry = (plans_entry){.width = width, .height = height, .plan = plan};
    }
    entry->used = ++p->calls;
    *out = entry->plan;
    return VIS_OK;
}
