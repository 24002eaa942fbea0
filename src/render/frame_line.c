/* render/frame_line.c - a ring with three hands: orders, painters, encoder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/frame_line.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct ring_place {
    frame_place place; /* first, so that a pointer to it is one to its ring_place */
    bool painted;
} ring_place;

/* Frames are counted from 0 on; frame i lies in place i % places. done <= taken <= ordered. */
struct frame_line {
    ring_place *ring;
    int places;
    int64_t ordered, taken, done;
    bool ended, stopped;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static frame_place *place_of(frame_line *l, int64_t frame)
{
    return &l->ring[frame % l->places].place;
}

static vis_status make_windows(frame_line *l, int window_size, vis_error *err)
{
    for (int i = 0; i < l->places; i++) {
        l->ring[i].place.window = aligned_calloc((size_t)window_size, sizeof(float));
        if (!l->ring[i].place.window) return vis_fail_memory(err, "a feature window");
    }
    return VIS_OK;
}

vis_status frame_line_create(int places, int window_size, frame_line **out, vis_error *err)
{
    *out = NULL;
    frame_line *l = calloc(1, sizeof *l);
    ring_place *ring = calloc((size_t)places, sizeof *ring);
    if (!l || !ring) {
        free(l);
        free(ring);
        return vis_fail_memory(err, "the line of frames");
    }
    l->ring = ring;
    l->places = places;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    vis_status status = make_windows(l, window_size, err);
    if (status == VIS_OK)
        *out = l;
    else
        frame_line_free(l);
    return status;
}

void frame_line_free(frame_line *l)
{
    if (!l) return;
    for (int i = 0; i < l->places; i++) {
        picture_free(&l->ring[i].place.picture);
        aligned_free(l->ring[i].place.window);
    }
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l->ring);
    free(l);
}

/* Ends every change of the line: all who wait look again. */
static void unlock_changed(frame_line *l)
{
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

frame_place *frame_line_begin(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->ordered - l->done == l->places && !l->stopped)
        pthread_cond_wait(&l->changed, &l->lock);
    frame_place *place = l->stopped ? NULL : place_of(l, l->ordered);
    pthread_mutex_unlock(&l->lock);
    if (!place) return NULL;
    place->order = (render_order){.window = place->window};
    place->status = VIS_OK;
    return place;
}

void frame_line_order(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    l->ordered++;
    unlock_changed(l);
}

void frame_line_end(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    l->ended = true;
    unlock_changed(l);
}

void frame_line_stop(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopped = true;
    unlock_changed(l);
}

int64_t frame_line_done(frame_line *l, int64_t seen)
{
    pthread_mutex_lock(&l->lock);
    while (l->done <= seen && !l->stopped)
        pthread_cond_wait(&l->changed, &l->lock);
    int64_t done = l->done;
    pthread_mutex_unlock(&l->lock);
    return done;
}

frame_place *frame_line_take(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->taken == l->ordered && !l->ended && !l->stopped)
        pthread_cond_wait(&l->changed, &l->lock);
    bool none = l->stopped || l->taken == l->ordered;
    frame_place *place = none ? NULL : place_of(l, l->taken++);
    pthread_mutex_unlock(&l->lock);
    return place;
}

void frame_line_painted(frame_line *l, frame_place *place)
{
    pthread_mutex_lock(&l->lock);
    ((ring_place *)place)->painted = true;
    unlock_changed(l);
}

/* With the lock held: is the oldest frame painted, or will none come any more? */
static bool front_is_known(const frame_line *l)
{
    if (l->stopped) return true;
    return l->done < l->ordered ? l->ring[l->done % l->places].painted : l->ended;
}

frame_place *frame_line_front(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    while (!front_is_known(l))
        pthread_cond_wait(&l->changed, &l->lock);
    bool none = l->stopped || l->done == l->ordered;
    frame_place *place = none ? NULL : place_of(l, l->done);
    pthread_mutex_unlock(&l->lock);
    return place;
}

void frame_line_pop(frame_line *l)
{
    pthread_mutex_lock(&l->lock);
    l->ring[l->done % l->places].painted = false;
    l->done++;
    unlock_changed(l);
}

frame_place *frame_line_place(frame_line *l, int i)
{
    return i < l->places ? &l->ring[i].place : NULL;
}
