/* face/ahead.c - decoding ahead: threads that fill a cache in the order of a schedule.
 *
 * One lock guards cache, schedule and all of `ahead`; it is let go only while a frame is decoded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_PICTURES 16 /* positions looked ahead: any picture is decoded on its own */
#define WINDOW_VIDEO 256   /* ... a video backward needs whole blocks */
#define STEP_MAX 16        /* source frames between two frames of one block, when resampled */
#define NOBODY (-1)

struct ahead {
    footage *footage;
    schedule *order;
    cache cache;
    pthread_mutex_t lock;
    pthread_cond_t loaded; /* a frame was decoded or failed */
    pthread_cond_t work;   /* there may be something to decode */
    pthread_t *threads;
    int thread_count;
    bool stop;
    int demand;         /* source frame of a video that a caller waits for, or NOBODY, */
    plan *demand_plan;  /* and whose plan it belongs to; NULL: none */
    vis_error **errors; /* [sources] why a frame cannot be decoded, or NULL */
    vis_error spare;    /* such an error when there was no memory for it, of frame: */
    int spare_index;
};

/* A stretch of source frames to decode in one go, first .. last; `last` is needed soonest. */
typedef struct stretch {
    int first, last;
} stretch;

static const vis_error *error_of(const ahead *a, int index)
{
    if (a->errors[index]) return a->errors[index];
    return a->spare_index == index ? &a->spare : NULL;
}

static void keep_error(ahead *a, int index, const vis_error *err)
{
    if (error_of(a, index)) return;
    a->errors[index] = malloc(sizeof *err);
    if (a->errors[index]) {
        *a->errors[index] = *err;
    } else {
        a->spare = *err;
        a->spare_index = index;
    }
}

/* Decodes into a slot taken for it. The lock is held on entry and on return, not in between. */
static void load(ahead *a, cache_slot *slot)
{
    int index = slot->index;
    vis_error err = {0};
    pthread_mutex_unlock(&a->lock);
    vis_status status = footage_load(a->footage, index, &slot->frame, &slot->keep, &err);
    pthread_mutex_lock(&a->lock);
    if (status == VIS_OK) {
        cache_publish(slot);
    } else {
        keep_error(a, index, &err);
        cache_drop(&a->cache, slot);
    }
    if (a->demand == index) a->demand = NOBODY;
    pthread_cond_broadcast(&a->loaded);
}

static bool missing(const ahead *a, int index)
{
    return !cache_find(&a->cache, index) && !error_of(a, index);
}

/* The first position of a plan within the window whose frame is neither held nor being decoded. */
static bool first_missing_of(const ahead *a, const plan *p, int64_t window, int64_t *position)
{
    for (int64_t i = 0; i < window && p->cursor + i < p->end; i++) {
        *position = p->cursor + i;
        if (missing(a, schedule_at(a->order, p, *position))) return true;
    }
    return false;
}

/* The plan that needs a missing frame first, and that frame's position; NULL when none does. */
static const plan *first_missing(const ahead *a, int64_t window, int64_t *position)
{
    const plan *found = NULL;
    for (const plan *p = a->order->plans; p && window > 0; p = p->next) {
        int64_t at;
        if (!first_missing_of(a, p, window, &at)) continue;
        window = at - p->cursor; /* others must be sooner */
        *position = at;
        found = p;
    }
    return found;
}

static int64_t window_of(const ahead *a, int64_t most)
{
    return a->cache.capacity < (size_t)most ? (int64_t)a->cache.capacity : most;
}

/* Lengthens the stretch by the frames that the plan needs after `position` as long as it runs
 * backward through missing frames; at most `most` frames. Returns their number. */
static int64_t lengthen(const ahead *a, const plan *p, int64_t position, int64_t most, stretch *s)
{
    int64_t count = 1;
    s->first = s->last;
    for (int64_t i = position + 1; i <= position + WINDOW_VIDEO; i++) {
        if (count >= most || i >= p->end) break;
        int index = schedule_at(a->order, p, i);
        if (index == s->first) continue; /* resampled: shown more than once */
        if (index > s->first || s->first - index > STEP_MAX || !missing(a, index)) break;
        s->first = index;
        count++;
    }
    return count;
}

/* From the frame that a caller waits for on. */
static void choose_demanded(const ahead *a, int64_t block, stretch *s)
{
    const plan *p = a->demand_plan;
    s->first = s->last = a->demand;
    if (!p) return;
    int64_t position = p->cursor;
    /* The cursor stands behind the frame asked for, if that came in the order of the plan. */
    if (position > -1 && schedule_at(a->order, p, position - 1) == s->last) position--;
    int64_t count = lengthen(a, p, position, block, s);
    int64_t room = (int64_t)cache_room(&a->cache, position - p->cursor + count, (size_t)count);
    if (room < count) lengthen(a, p, position, room > 1 ? room : 1, s);
}

/* What to decode next of a video; false when there is nothing, or not yet room for a block. */
static bool choose_stretch(const ahead *a, stretch *s)
{
    int64_t window = window_of(a, WINDOW_VIDEO), position = 0;
    int64_t block = window / 2 > 1 ? window / 2 : 1;
    if (a->demand != NOBODY) {
        choose_demanded(a, block, s);
        return true;
    }
    const plan *p = first_missing(a, window, &position);
    if (!p) return false;
    s->last = schedule_at(a->order, p, position);
    int64_t count = lengthen(a, p, position, block, s);
    return (int64_t)cache_room(&a->cache, position - p->cursor + count, (size_t)count) >= count;
}

/* Decodes the stretch forward. Gives up for a caller who needs another frame than these. Says
 * whether anything came of it. */
static bool load_stretch(ahead *a, stretch s)
{
    bool worked = false;
    for (int index = s.first; index <= s.last && !a->stop; index++) {
        bool demanded = a->demand == index;
        if (a->demand != NOBODY && (a->demand < index || a->demand > s.last)) return true;
        if (!missing(a, index)) continue;
        /* Frames passed over in resampling are not worth a slot. */
        if (!demanded && schedule_next_use(a->order, index) == INT64_MAX) continue;
        cache_slot *slot = cache_take(&a->cache, index, demanded);
        worked |= slot || demanded;
        if (slot) {
            load(a, slot);
        } else if (demanded) {
            vis_error err;
            vis_fail_memory(&err, "a decoded frame");
            keep_error(a, index, &err);
            a->demand = NOBODY;
            pthread_cond_broadcast(&a->loaded);
        }
    }
    return worked;
}

static bool work_on_video(ahead *a)
{
    stretch s;
    if (a->demand != NOBODY && !missing(a, a->demand)) {
        a->demand = NOBODY;
        pthread_cond_broadcast(&a->loaded);
    }
    if (!choose_stretch(a, &s)) return false;
    return load_stretch(a, s);
}

static bool work_on_pictures(ahead *a)
{
    int64_t position;
    const plan *p = first_missing(a, window_of(a, WINDOW_PICTURES), &position);
    if (!p) return false;
    cache_slot *slot = cache_take(&a->cache, schedule_at(a->order, p, position), false);
    if (!slot) return false;
    load(a, slot);
    return true;
}

static void *run(void *argument)
{
    ahead *a = argument;
    bool video = a->footage->kind == FOOTAGE_VIDEO;
    pthread_mutex_lock(&a->lock);
    while (!a->stop) {
        bool worked = video ? work_on_video(a) : work_on_pictures(a);
        if (!worked && !a->stop) pthread_cond_wait(&a->work, &a->lock);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static vis_status start_threads(ahead *a, int threads, vis_error *err)
{
    if (a->footage->kind == FOOTAGE_VIDEO) threads = 1;
    a->threads = calloc((size_t)threads, sizeof *a->threads);
    if (!a->threads) return vis_fail_memory(err, "decoding threads");
    while (a->thread_count < threads) {
        if (pthread_create(&a->threads[a->thread_count], NULL, run, a) != 0) break;
        a->thread_count++;
    }
    /* Pictures can do without: callers decode what they need. */
    if (a->thread_count > 0 || a->footage->kind == FOOTAGE_PICTURES) return VIS_OK;
    return vis_fail(err, VIS_ERR_MEMORY, "the thread that decodes video could not be started");
}

vis_status ahead_create(footage *f, schedule *order, size_t cache_bytes, int threads, ahead **out,
                        vis_error *err)
{
    *out = NULL;
    ahead *a = calloc(1, sizeof *a);
    if (!a) return vis_fail_memory(err, "decoding ahead");
    a->footage = f;
    a->order = order;
    a->demand = a->spare_index = NOBODY;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->loaded, NULL);
    pthread_cond_init(&a->work, NULL);
    size_t pixels = (size_t)f->width * (size_t)f->height;
    size_t frame_bytes = pixels * (f->parsing ? 4 : 3);
    vis_status status = cache_create(&a->cache, order, frame_bytes, cache_bytes, err);
    if (status == VIS_OK && !(a->errors = calloc((size_t)order->sources, sizeof(vis_error *))))
        status = vis_fail_memory(err, "decoding ahead");
    if (status == VIS_OK) status = start_threads(a, threads, err);
    if (status != VIS_OK) {
        ahead_destroy(a);
        return status;
    }
    *out = a;
    return VIS_OK;
}

void ahead_destroy(ahead *a)
{
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_broadcast(&a->work);
    pthread_mutex_unlock(&a->lock);
    for (int i = 0; i < a->thread_count; i++)
        pthread_join(a->threads[i], NULL);
    free(a->threads);
    if (a->errors)
        for (int i = 0; i < a->order->sources; i++)
            free(a->errors[i]);
    free(a->errors);
    cache_free(&a->cache);
    pthread_cond_destroy(&a->work);
    pthread_cond_destroy(&a->loaded);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

static int64_t position_after(int64_t begin, int64_t length)
{
    return length < 0 || length > INT64_MAX - 1 - begin ? INT64_MAX : begin + length;
}

void ahead_plan(ahead *a, plan *p, int first, int64_t begin, int64_t length)
{
    pthread_mutex_lock(&a->lock);
    schedule_add(a->order, p);
    p->first = first;
    p->cursor = begin;
    p->end = position_after(begin, length);
    p->likely_end = INT64_MAX;
    pthread_cond_broadcast(&a->work);
    pthread_mutex_unlock(&a->lock);
}

void ahead_expect(ahead *a, plan *p, int64_t length)
{
    pthread_mutex_lock(&a->lock);
    p->likely_end = position_after(p->cursor, length);
    pthread_mutex_unlock(&a->lock);
}

void ahead_drop(ahead *a, plan *p)
{
    pthread_mutex_lock(&a->lock);
    schedule_remove(a->order, p);
    if (a->demand_plan == p) a->demand_plan = NULL;
    pthread_mutex_unlock(&a->lock);
}

/* Waits until the frame is held, decoding it itself where it can. The lock is held. */
static vis_status wait_for(ahead *a, plan *p, int index, cache_slot **out, vis_error *err)
{
    bool video = a->footage->kind == FOOTAGE_VIDEO;
    for (;;) {
        cache_slot *slot = cache_find(&a->cache, index);
        const vis_error *problem = error_of(a, index);
        if (slot && slot->state == CACHE_READY) {
            *out = slot;
            return VIS_OK;
        }
        if (!slot && problem) {
            if (err) *err = *problem;
            return problem->status;
        }
        if (!slot && !video) {
            slot = cache_take(&a->cache, index, true);
            if (!slot) return vis_fail_memory(err, "a decoded frame");
            load(a, slot);
            continue;
        }
        if (!slot && a->demand == NOBODY) {
            a->demand = index;
            a->demand_plan = p;
            pthread_cond_signal(&a->work);
        }
        pthread_cond_wait(&a->loaded, &a->lock);
    }
}

vis_status ahead_borrow(ahead *a, plan *p, int n, const picture **frame, vis_error *err)
{
    *frame = NULL;
    int index = a->order->source_of[n];
    pthread_mutex_lock(&a->lock);
    a->cache.wanted[index]++;
    if (p) schedule_advance(a->order, p, n);
    pthread_cond_signal(&a->work);
    cache_slot *slot = NULL;
    vis_status status = wait_for(a, p, index, &slot, err);
    a->cache.wanted[index]--;
    if (slot) {
        slot->borrowed++;
        *frame = &slot->frame;
    }
    pthread_mutex_unlock(&a->lock);
    return status;
}

void ahead_return(ahead *a, const picture *frame)
{
    if (!frame) return;
    pthread_mutex_lock(&a->lock);
    cache_return(&a->cache, (cache_slot *)frame);
    pthread_cond_signal(&a->work);
    pthread_mutex_unlock(&a->lock);
}
