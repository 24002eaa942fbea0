/* face/schedule.c - when which frame of the source will be needed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/schedule.h"

#include "face/character.h"
#include "face/order.h"

#include <math.h>
#include <stdlib.h>

#define LOOK_BACK 8 /* positions within which an earlier frame is a second look, not a jump */

vis_status schedule_create(schedule *s, int sources, double step, vis_error *err)
{
    *s = (schedule){.sources = sources};
    double frames = floor(sources / step + 1e-6);
    if (frames < 1) frames = 1;
    if (sources < 1 || sources > CHARACTER_MAX_FRAMES || !(frames <= CHARACTER_MAX_FRAMES))
        return vis_fail(err, VIS_ERR_LIMIT, "footage of %.0f frames; at most %d are taken",
                        sources > frames ? sources : frames, CHARACTER_MAX_FRAMES);
    s->frames = (int)frames;
    s->source_of = malloc((size_t)s->frames * sizeof *s->source_of);
    s->first_of = malloc((size_t)sources * sizeof *s->first_of);
    s->last_of = malloc((size_t)sources * sizeof *s->last_of);
    if (!s->source_of || !s->first_of || !s->last_of) {
        schedule_free(s);
        return vis_fail_memory(err, "frame order");
    }
    for (int index = 0; index < sources; index++) {
        s->first_of[index] = 0;
        s->last_of[index] = -1;
    }
    for (int n = 0; n < s->frames; n++) {
        double nearest = floor(n * step + 0.5);
        int index = nearest < sources ? (int)nearest : sources - 1;
        s->source_of[n] = index;
        if (s->last_of[index] < 0) s->first_of[index] = n;
        s->last_of[index] = n;
    }
    return VIS_OK;
}

void schedule_free(schedule *s)
{
    free(s->source_of);
    free(s->first_of);
    free(s->last_of);
    *s = (schedule){0};
}

void schedule_add(schedule *s, plan *p)
{
    schedule_remove(s, p);
    p->next = s->plans;
    s->plans = p;
}

void schedule_remove(schedule *s, plan *p)
{
    for (plan **at = &s->plans; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            return;
        }
}

int schedule_at(const schedule *s, const plan *p, int64_t position)
{
    return s->source_of[footage_index(position, p->first, s->frames)];
}

static int64_t next_use(const schedule *s, const plan *p, int index)
{
    int64_t soonest = ORDER_NEVER;
    for (int n = s->first_of[index]; n <= s->last_of[index]; n++) {
        int64_t position = footage_next(n, p->cursor, p->first, s->frames);
        if (position < soonest) soonest = position;
    }
    bool likely = p->cursor < p->likely_end && p->likely_end < p->end;
    return soonest < (likely ? p->likely_end : p->end) ? soonest - p->cursor : ORDER_NEVER;
}

int64_t schedule_next_use(const schedule *s, int index)
{
    static const plan all = {.end = INT64_MAX, .likely_end = INT64_MAX};
    if (!s->plans) return next_use(s, &all, index);
    int64_t soonest = ORDER_NEVER;
    for (const plan *p = s->plans; p; p = p->next) {
        int64_t use = next_use(s, p, index);
        if (use < soonest) soonest = use;
    }
    return soonest;
}

void schedule_advance(const schedule *s, plan *p, int n)
{
    if (footage_index(p->cursor, p->first, s->frames) == n) {
        p->cursor++;
        return;
    }
    for (int64_t back = p->cursor - 1; back >= p->cursor - LOOK_BACK && back >= -1; back--)
        if (footage_index(back, p->first, s->frames) == n) return;
    int64_t position = footage_next(n, p->cursor, p->first, s->frames);
    if (position < p->end) p->cursor = position + 1;
}
