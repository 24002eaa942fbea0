/* live/idle_loop.h - a character at rest, encoded once for all who look at her.
 *
 * The footage at rest is a cycle: there and back again. It is cut into groups of pictures that each
 * begin with a key and need nothing of others; a viewer who has one needs no stream and no encoder
 * while it lasts. One thread makes them, on the way there and back at once, since they show the same:
 * what somebody waits for first, then, while nobody speaks, from the beginning on as long as there
 * is room. Where the next is not there, viewers turn round: what there is from the beginning on is a
 * loop by itself. Beyond the bound those that were not used for longest are dropped.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_IDLE_LOOP_H
#define LIVE_IDLE_LOOP_H

#include "base/status.h"
#include "live/bytes.h"
#include "live/video_encoder.h"

#include <stdbool.h>
#include <stdint.h>

#define IDLE_GROUP_SECONDS 2
#define IDLE_LOOP_BYTES (64u << 20)
#ifndef IDLE_HELD_BYTES
#define IDLE_HELD_BYTES (64u << 20) /* of painted pictures, while a group is made */
#endif

struct live_presenter;
struct vis_stream;

/* Any thread. */
typedef struct idle_loop idle_loop;

/* Pictures `first` ... first + count - 1 of the cycle. Only read; lives until it is released. */
typedef struct idle_group {
    int64_t first;
    int count;
    live_bytes *units[]; /* the first is a key */
} idle_group;

/* Makes the first group, and the last, so that the first viewer has a loop; *rest_ms: processor time
 * that a picture took. NULL: none is made before somebody wants it. `p` must outlive the loop. */
vis_status idle_loop_open(struct live_presenter *p, video_kind kind, idle_loop **out,
                          double *rest_ms, vis_error *err);
void idle_loop_close(idle_loop *l); /* NULL is fine */

/* What it paints with; belongs to the loop, and is its thread's. */
const struct vis_stream *idle_loop_stream(const idle_loop *l);

/* Pictures of the cycle. */
int64_t idle_loop_period(const idle_loop *l);

/* Of footage picture n, counted on for ever: where the group begins that it is in, and where the
 * next one does. */
int64_t idle_loop_group_begin(const idle_loop *l, int64_t n);
int64_t idle_loop_group_end(const idle_loop *l, int64_t n);

/* Where a group ends and the next would begin at n: the place where the way back begins from there.
 */
int64_t idle_loop_turn(const idle_loop *l, int64_t n);

/* The group that begins at n, held; NULL where it is not there: it is made then, and the one behind
 * it too. */
const idle_group *idle_loop_take(idle_loop *l, int64_t n);
void idle_loop_release(const idle_group *g); /* NULL is fine */

typedef struct idle_loop_figures {
    int64_t encoded; /* pictures, by the loop */
    size_t bytes;
    int groups;
    bool whole;            /* all of the cycle fits */
    int64_t found, missed; /* by who wanted a group */
} idle_loop_figures;
void idle_loop_get(idle_loop *l, idle_loop_figures *out);

#endif
