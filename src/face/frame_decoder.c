/* face/frame_decoder.c - threads that prefetch frames into the cache, in the schedule's order.
 *
 * One lock guards cache, schedule and decoder; it is released only while a frame is decoded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/frame_decoder.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_PICTURES 16 /* positions of lookahead: any picture is decoded on its own */
#define WINDOW_VIDEO 256   /* ... a video backward needs whole blocks */
#define STEP_MAX 16        /* source frames between two frames of one block, when resampled */
#define NO_FRAME (-1)

struct frame_decoder {
    frame_source *source;
    schedule *schedule;
    frame_cache cache;
    pthread_mutex_t lock;
    pthread_cond_t loaded; /* a frame was decoded or failed */
    pthread_cond_t work;   /* there may be something to decode */
    pthread_t *threads;
    int thread_count;
    bool stop;
    int demand;         /* source frame of a video that a caller waits for, or NO_FRAME, */
    plan *demand_plan;  /* and whose plan it belongs to; NULL: none */
    vis_error **errors; /* [sources] why a frame cannot be decoded, or NULL */
    vis_error fallback; /* such an error when there was no memory for it, of frame: */
    int fallback_index;
};

/* Source frames to decode in one pass, first .. last; `last` is needed soonest. */
typedef struct frame_range {
    int first, last;
} frame_range;

static const vis_error *error_of(const frame_decoder *d, int index)
{
    if (d->errors[index]) return d->errors[index];
    return d->fallback_index == index ? &d->fallback : NULL;
}

static void store_error(frame_decoder *d, int index, const vis_error *err)
{
    if (error_of(d, index)) return;
    d->errors[index] = malloc(sizeof *err);
    if (d->errors[index]) {
        *d->errors[index] = *err;
    } else {
        d->fallback = *err;
        d->fallback_index = index;
    }
}

/* Decodes into a slot taken for it. The lock is held on entry and on return, not in between. */
static void decode(frame_decoder *d, frame_slot *slot)
{
    int index = slot->index;
    vis_error err = {0};
    pthread_mutex_unlock(&d->lock);
    vis_status status = frame_source_read(d->source, index, &slot->frame, &slot->keep, &err);
    pthread_mutex_lock(&d->lock);
    if (status == VIS_OK) {
        frame_cache_publish(slot);
    } else {
        store_error(d, index, &err);
        frame_cache_discard(&d->cache, slot);
    }
    if (d->demand == index) d->demand = NO_FRAME;
    pthread_cond_broadcast(&d->loaded);
}

static bool missing(const frame_decoder *d, int index)
{
    return !frame_cache_find(&d->cache, index) && !error_of(d, index);
}

/* A plan's first position in the window whose frame is neither cached nor being decoded. */
static bool first_missing_of(const frame_decoder *d, const plan *p, int64_t window,
                             int64_t *position)
{
    for (int64_t i = 0; i < window && p->cursor + i < p->end; i++) {
        *position = p->cursor + i;
        if (missing(d, schedule_at(d->schedule, p, *position))) return true;
    }
    return false;
}

/* The plan that needs a missing frame first, and that frame's position; NULL when none does. */
static const plan *first_missing(const frame_decoder *d, int64_t window, int64_t *position)
{
    const plan *found = NULL;
    for (const plan *p = d->schedule->plans; p && window > 0; p = p->next) {
        int64_t at;
        if (!first_missing_of(d, p, window, &at)) continue;
        window = at - p->cursor; /* others must be sooner */
        *position = at;
        found = p;
    }
    return found;
}

static int64_t window_of(const frame_decoder *d, int64_t max)
{
    return d->cache.capacity < (size_t)max ? (int64_t)d->cache.capacity : max;
}

/* Extends the range by the frames that the plan needs after `position` as long as it runs
 * backward through missing frames; at most `max` frames. Returns their number. */
static int64_t extend_backward(const frame_decoder *d, const plan *p, int64_t position, int64_t max,
                               frame_range *r)
{
    int64_t count = 1;
    r->first = r->last;
    for (int64_t i = position + 1; i <= position + WINDOW_VIDEO; i++) {
        if (count >= max || i >= p->end) break;
        int index = schedule_at(d->schedule, p, i);
        if (index == r->first) continue; /* resampled: shown more than once */
        if (index > r->first || r->first - index > STEP_MAX || !missing(d, index)) break;
        r->first = index;
        count++;
    }
    return count;
}

/* From the frame that a caller waits for on. */
static void choose_demanded_range(const frame_decoder *d, int64_t block, frame_range *r)
{
    const plan *p = d->demand_plan;
    r->first = r->last = d->demand;
    if (!p) return;
    int64_t position = p->cursor;
    /* The cursor stands behind the frame asked for, if that came in the order of the plan. */
    if (position > -1 && schedule_at(d->schedule, p, position - 1) == r->last) position--;
    int64_t count = extend_backward(d, p, position, block, r);
    int64_t room =
        (int64_t)frame_cache_room(&d->cache, position - p->cursor + count, (size_t)count);
    if (room < count) extend_backward(d, p, position, room > 1 ? room : 1, r);
}

/* What to decode next of a video; false when there is nothing, or not yet room for a block. */
static bool choose_range(const frame_decoder *d, frame_range *r)
{
    int64_t window = window_of(d, WINDOW_VIDEO), position = 0;
    int64_t block = window / 2 > 1 ? window / 2 : 1;
    if (d->demand != NO_FRAME) {
        choose_demanded_range(d, block, r);
        return true;
    }
    const plan *p = first_missing(d, window, &position);
    if (!p) return false;
    r->last = schedule_at(d->schedule, p, position);
    int64_t count = extend_backward(d, p, position, block, r);
    return (int64_t)frame_cache_room(&d->cache, position - p->cursor + count, (size_t)count) >=
           count;
}

/* Decodes the range forward. Gives up for a caller who needs another frame than these. Says
 * whether anything came of it. */
static bool decode_range(frame_decoder *d, frame_range r)
{
    bool worked = false;
    for (int index = r.first; index <= r.last && !d->stop; index++) {
        bool demanded = d->demand == index;
        if (d->demand != NO_FRAME && (d->demand < index || d->demand > r.last)) return true;
        if (!missing(d, index)) continue;
        /* Frames passed over in resampling are not worth a slot. */
        if (!demanded && schedule_next_use(d->schedule, index) == INT64_MAX) continue;
        frame_slot *slot = frame_cache_reserve(&d->cache, index, demanded);
        worked |= slot || demanded;
        if (slot) {
            decode(d, slot);
        } else if (demanded) {
            vis_error err;
            vis_fail_memory(&err, "a decoded frame");
            store_error(d, index, &err);
            d->demand = NO_FRAME;
            pthread_cond_broadcast(&d->loaded);
        }
    }
    return worked;
}

static bool work_on_video(frame_decoder *d)
{
    frame_range r;
    if (d->demand != NO_FRAME && !missing(d, d->demand)) {
        d->demand = NO_FRAME;
        pthread_cond_broadcast(&d->loaded);
    }
    if (!choose_range(d, &r)) return false;
    return decode_range(d, r);
}

static bool work_on_pictures(frame_decoder *d)
{
    int64_t position;
    const plan *p = first_missing(d, window_of(d, WINDOW_PICTURES), &position);
    if (!p) return false;
    frame_slot *slot = frame_cache_reserve(&d->cache, schedule_at(d->schedule, p, position), false);
    if (!slot) return false;
    decode(d, slot);
    return true;
}

static void *run(void *argument)
{
    frame_decoder *d = argument;
    bool video = d->source->kind == SOURCE_VIDEO;
    pthread_mutex_lock(&d->lock);
    while (!d->stop) {
        bool worked = video ? work_on_video(d) : work_on_pictures(d);
        if (!worked && !d->stop) pthread_cond_wait(&d->work, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static vis_status start_threads(frame_decoder *d, int threads, vis_error *err)
{
    if (d->source->kind == SOURCE_VIDEO) threads = 1;
    d->threads = calloc((size_t)threads, sizeof *d->threads);
    if (!d->threads) return vis_fail_memory(err, "decoding threads");
    while (d->thread_count < threads) {
        if (pthread_create(&d->threads[d->thread_count], NULL, run, d) != 0) break;
        d->thread_count++;
    }
    /* Pictures can do without: callers decode what they need. */
    if (d->thread_count > 0 || d->source->kind == SOURCE_PICTURES) return VIS_OK;
    return vis_fail(err, VIS_ERR_MEMORY, "the thread that decodes video could not be started");
}

vis_status frame_decoder_create(frame_source *f, schedule *s, size_t cache_bytes, int threads,
                                frame_decoder **out, vis_error *err)
{
    *out = NULL;
    frame_decoder *d = calloc(1, sizeof *d);
    if (!d) return vis_fail_memory(err, "decoding ahead");
    d->source = f;
    d->schedule = s;
    d->demand = d->fallback_index = NO_FRAME;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->loaded, NULL);
    pthread_cond_init(&d->work, NULL);
    size_t pixels = (size_t)f->width * (size_t)f->height;
    size_t frame_bytes = pixels * (f->masks ? 4 : 3);
    vis_status status = frame_cache_create(&d->cache, s, frame_bytes, cache_bytes, err);
    if (status == VIS_OK && !(d->errors = calloc((size_t)s->sources, sizeof(vis_error *))))
        status = vis_fail_memory(err, "decoding ahead");
    if (status == VIS_OK) status = start_threads(d, threads, err);
    if (status != VIS_OK) {
        frame_decoder_destroy(d);
        return status;
    }
    *out = d;
    return VIS_OK;
}

void frame_decoder_destroy(frame_decoder *d)
{
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    d->stop = true;
    pthread_cond_broadcast(&d->work);
    pthread_mutex_unlock(&d->lock);
    for (int i = 0; i < d->thread_count; i++)
        pthread_join(d->threads[i], NULL);
    free(d->threads);
    if (d->errors)
        for (int i = 0; i < d->schedule->sources; i++)
            free(d->errors[i]);
    free(d->errors);
    frame_cache_free(&d->cache);
    pthread_cond_destroy(&d->work);
    pthread_cond_destroy(&d->loaded);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static int64_t position_after(int64_t begin, int64_t length)
{
    return length < 0 || length > INT64_MAX - 1 - begin ? INT64_MAX : begin + length;
}

void frame_decoder_plan(frame_decoder *d, plan *p, int first, int64_t begin, int64_t length)
{
    pthread_mutex_lock(&d->lock);
    schedule_add(d->schedule, p);
    p->first = first;
    p->cursor = begin;
    p->end = position_after(begin, length);
    p->likely_end = INT64_MAX;
    pthread_cond_broadcast(&d->work);
    pthread_mutex_unlock(&d->lock);
}

void frame_decoder_expect(frame_decoder *d, plan *p, int64_t length)
{
    pthread_mutex_lock(&d->lock);
    p->likely_end = position_after(p->cursor, length);
    pthread_mutex_unlock(&d->lock);
}

void frame_decoder_remove(frame_decoder *d, plan *p)
{
    pthread_mutex_lock(&d->lock);
    schedule_remove(d->schedule, p);
    if (d->demand_plan == p) d->demand_plan = NULL;
    pthread_mutex_unlock(&d->lock);
}

/* Waits until the frame is cached, decoding it itself where it can. The lock is held. */
static vis_status wait_for(frame_decoder *d, plan *p, int index, frame_slot **out, vis_error *err)
{
    bool video = d->source->kind == SOURCE_VIDEO;
    for (;;) {
        frame_slot *slot = frame_cache_find(&d->cache, index);
        const vis_error *problem = error_of(d, index);
        if (slot && slot->state == SLOT_READY) {
            *out = slot;
            return VIS_OK;
        }
        if (!slot && problem) {
            if (err) *err = *problem;
            return problem->status;
        }
        if (!slot && !video) {
            slot = frame_cache_reserve(&d->cache, index, true);
            if (!slot) return vis_fail_memory(err, "a decoded frame");
            decode(d, slot);
            continue;
        }
        if (!slot && d->demand == NO_FRAME) {
            d->demand = index;
            d->demand_plan = p;
            pthread_cond_signal(&d->work);
        }
        pthread_cond_wait(&d->loaded, &d->lock);
    }
}

vis_status frame_decoder_acquire(frame_decoder *d, plan *p, int n, const picture **frame,
                                 vis_error *err)
{
    *frame = NULL;
    int index = d->schedule->source_of[n];
    pthread_mutex_lock(&d->lock);
    d->cache.waiters[index]++;
    if (p) schedule_advance(d->schedule, p, n);
    pthread_cond_signal(&d->work);
    frame_slot *slot = NULL;
    vis_status status = wait_for(d, p, index, &slot, err);
    d->cache.waiters[index]--;
    if (slot) {
        slot->refs++;
        *frame = &slot->frame;
    }
    pthread_mutex_unlock(&d->lock);
    return status;
}

void frame_decoder_release(frame_decoder *d, const picture *frame)
{
    if (!frame) return;
    pthread_mutex_lock(&d->lock);
    frame_cache_release(&d->cache, (frame_slot *)frame);
    pthread_cond_signal(&d->work);
    pthread_mutex_unlock(&d->lock);
}
