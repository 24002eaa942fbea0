/* face/frame_cache.c - decoded frames within a byte budget, and the schedule that says which goes.
 *
 * As the order of the frames is known, eviction is Belady's optimal rule (L. A. Belady, "A study of
 * replacement algorithms for a virtual-storage computer", 1966).
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/frame_decoder.h"

#include "face/ping_pong.h"

#include <math.h>
#include <stdlib.h>

#define LOOK_BACK 8 /* positions within which an earlier frame is a repeated read, not a seek */

vis_status schedule_create(schedule *s, int sources, double step, vis_error *err)
{
    *s = (schedule){.sources = sources};
    double frames = floor(sources / step + 1e-6);
    if (frames < 1) frames = 1;
    if (sources < 1 || sources > FRAME_SOURCE_MAX || !(frames <= FRAME_SOURCE_MAX))
        return vis_fail(err, VIS_ERR_LIMIT, "footage of %.0f frames; at most %d are taken",
                        sources > frames ? sources : frames, FRAME_SOURCE_MAX);
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
    return s->source_of[ping_pong_index(position, p->first, s->frames)];
}

static int64_t next_use(const schedule *s, const plan *p, int index)
{
    int64_t earliest = PING_PONG_NEVER;
    for (int n = s->first_of[index]; n <= s->last_of[index]; n++) {
        int64_t position = ping_pong_next(n, p->cursor, p->first, s->frames);
        if (position < earliest) earliest = position;
    }
    bool likely = p->cursor < p->likely_end && p->likely_end < p->end;
    return earliest < (likely ? p->likely_end : p->end) ? earliest - p->cursor : PING_PONG_NEVER;
}

int64_t schedule_next_use(const schedule *s, int index)
{
    static const plan all = {.end = INT64_MAX, .likely_end = INT64_MAX};
    if (!s->plans) return next_use(s, &all, index);
    int64_t earliest = PING_PONG_NEVER;
    for (const plan *p = s->plans; p; p = p->next) {
        int64_t use = next_use(s, p, index);
        if (use < earliest) earliest = use;
    }
    return earliest;
}

void schedule_advance(const schedule *s, plan *p, int n)
{
    if (ping_pong_index(p->cursor, p->first, s->frames) == n) {
        p->cursor++;
        return;
    }
    for (int64_t back = p->cursor - 1; back >= p->cursor - LOOK_BACK && back >= -1; back--)
        if (ping_pong_index(back, p->first, s->frames) == n) return;
    int64_t position = ping_pong_next(n, p->cursor, p->first, s->frames);
    if (position < p->end) p->cursor = position + 1;
}

vis_status frame_cache_create(frame_cache *c, const schedule *s, size_t frame_bytes, size_t budget,
                              vis_error *err)
{
    size_t sources = (size_t)s->sources;
    size_t capacity = frame_bytes ? budget / frame_bytes : 1;
    if (capacity > sources) capacity = sources;
    *c = (frame_cache){.schedule = s, .capacity = capacity ? capacity : 1};
    c->slot_of = calloc(sources, sizeof *c->slot_of);
    c->waiters = calloc(sources, sizeof *c->waiters);
    if (c->slot_of && c->waiters) return VIS_OK;
    frame_cache_free(c);
    return vis_fail_memory(err, "a frame cache");
}

static void free_slot(frame_slot *slot)
{
    picture_free(&slot->frame);
    free(slot->keep);
    free(slot);
}

void frame_cache_free(frame_cache *c)
{
    for (size_t i = 0; i < c->count; i++)
        free_slot(c->slots[i]);
    free(c->slots);
    free(c->slot_of);
    free(c->waiters);
    *c = (frame_cache){0};
}

frame_slot *frame_cache_find(const frame_cache *c, int index)
{
    return c->slot_of[index];
}

static bool evictable(const frame_cache *c, const frame_slot *slot)
{
    return slot->state == SLOT_READY && slot->refs == 0 && c->waiters[slot->index] == 0;
}

static frame_slot *new_slot(frame_cache *c)
{
    if (c->count == c->allocated) {
        size_t larger = c->allocated ? 2 * c->allocated : 16;
        frame_slot **slots = realloc(c->slots, larger * sizeof *slots);
        if (!slots) return NULL;
        c->slots = slots;
        c->allocated = larger;
    }
    frame_slot *slot = calloc(1, sizeof *slot);
    if (!slot) return NULL;
    slot->index = -1;
    c->slots[c->count++] = slot;
    return slot;
}

/* An empty slot, or the one whose frame is needed last (at *next_use), or NULL. */
static frame_slot *best_slot(const frame_cache *c, int64_t *next_use)
{
    frame_slot *best = NULL;
    *next_use = -1;
    for (size_t i = 0; i < c->count; i++) {
        frame_slot *slot = c->slots[i];
        if (slot->state == SLOT_EMPTY) {
            *next_use = PING_PONG_NEVER;
            return slot;
        }
        if (!evictable(c, slot)) continue;
        int64_t use = schedule_next_use(c->schedule, slot->index);
        if (best && use <= *next_use) continue;
        best = slot;
        *next_use = use;
    }
    return best;
}

frame_slot *frame_cache_reserve(frame_cache *c, int index, bool must)
{
    int64_t use;
    frame_slot *slot = best_slot(c, &use);
    if (!slot || slot->state != SLOT_EMPTY) {
        bool better = slot && (must || use > schedule_next_use(c->schedule, index));
        bool spent = slot && use == PING_PONG_NEVER; /* memory that is warm and needed no more */
        if (!spent && (c->count < c->capacity || (!slot && must)))
            slot = new_slot(c);
        else if (!better)
            return NULL;
    }
    if (!slot) return NULL;
    if (slot->index >= 0) c->slot_of[slot->index] = NULL;
    slot->index = index;
    slot->state = SLOT_DECODING;
    c->slot_of[index] = slot;
    return slot;
}

size_t frame_cache_room(const frame_cache *c, int64_t uses, size_t max)
{
    size_t room = c->capacity > c->count ? c->capacity - c->count : 0;
    for (size_t i = 0; i < c->count && room < max; i++) {
        const frame_slot *slot = c->slots[i];
        room += slot->state == SLOT_EMPTY ||
                (evictable(c, slot) && schedule_next_use(c->schedule, slot->index) > uses);
    }
    return room < max ? room : max;
}

void frame_cache_publish(frame_slot *slot)
{
    slot->state = SLOT_READY;
}

static void release_surplus(frame_cache *c, frame_slot *slot)
{
    if (c->count <= c->capacity) return;
    size_t i = 0;
    while (c->slots[i] != slot)
        i++;
    c->slots[i] = c->slots[--c->count];
    if (slot->index >= 0) c->slot_of[slot->index] = NULL;
    free_slot(slot);
}

void frame_cache_discard(frame_cache *c, frame_slot *slot)
{
    c->slot_of[slot->index] = NULL;
    slot->index = -1;
    slot->state = SLOT_EMPTY;
    picture_free(&slot->frame); /* it may have grown to another size */
    release_surplus(c, slot);
}

void frame_cache_release(frame_cache *c, frame_slot *slot)
{
    if (--slot->refs == 0 && c->waiters[slot->index] == 0) release_surplus(c, slot);
}
