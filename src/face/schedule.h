/* face/schedule.h - when which frame of the source will be needed.
 *
 * Two numberings: `n` counts the character's frames, `index` those of the source (pictures or
 * video). They differ only where footage is resampled in time; then several n may show one index,
 * and some index none. Positions count output frames along a plan; there
 * may be many plans, of who shares the footage.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_SCHEDULE_H
#define FACE_SCHEDULE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* What somebody who asks for frames will ask for: footage_index(i, first, frames) for i = cursor,
 * cursor + 1, ... */
typedef struct plan {
    int first;          /* the bounce runs over first .. frames-1 */
    int64_t cursor;     /* position of the frame that will be asked for next */
    int64_t end;        /* position behind the last one */
    int64_t likely_end; /* where it will probably end, when `end` is not known; INT64_MAX */
    struct plan *next;  /* in the schedule's list */
} plan;

typedef struct schedule {
    int frames;              /* n in [0, frames) */
    int sources;             /* index in [0, sources) */
    int *source_of;          /* [frames] n -> index, ascending */
    int *first_of, *last_of; /* [sources] index -> the n that show it; first > last when none */
    plan *plans;             /* of all who read now; theirs */
} schedule;

/* `sources` frames recorded at `step` source frames an output frame (1 = as they are): n shows
 * index floor(n * step + 1/2), the nearest in time. VIS_ERR_LIMIT beyond CHARACTER_MAX_FRAMES,
 * VIS_ERR_MEMORY. */
vis_status schedule_create(schedule *s, int sources, double step, vis_error *err);
void schedule_free(schedule *s);

/* A plan counts from the one to the other; either is fine at any time. */
void schedule_add(schedule *s, plan *p);
void schedule_remove(schedule *s, plan *p);

/* The source frame at a position of a plan. */
int schedule_at(const schedule *s, const plan *p, int64_t position);

/* In how many frames `index` will be needed (0: it is the next), by whoever needs it first;
 * ORDER_NEVER when no plan shows it again, or only behind the likely end that the plan's cursor has
 * not passed. Without any plan that of all footage from position 0 on counts. */
int64_t schedule_next_use(const schedule *s, int index);

/* Notes that frame n is being asked for: the plan's cursor goes behind its next position, unless n
 * was shown shortly before (several threads, or a second look). */
void schedule_advance(const schedule *s, plan *p, int n);

#endif
