/* live/idle_loop.c - groups in a table, a thread that makes them, and a bound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/idle_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "live/admission.h"
#include "live/presenter_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_AGAIN_SECONDS 1 /* whether somebody still speaks */

typedef struct entry {
    idle_group *group;
    size_t bytes;
    int64_t used; /* when it was taken last, counted in takings */
    bool wanted;  /* somebody waits for it */
} entry;

struct idle_loop {
    live_presenter *p;
    video_kind kind;
    int64_t period; /* pictures of the cycle */
    int groups;
    vis_stream *stream; /* the thread's, and `at`, its place in the footage */
    int64_t at;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closing, failed;
    entry *table; /* [groups] */
    int64_t takings, encoded, found;
    size_t bytes;
};

/* A group that is held; the public part comes first. */
typedef struct held_group {
    int holders;
    idle_group group; /* its last member grows */
} held_group;

static held_group *holder_of(const idle_group *g)
{
    return (held_group *)((char *)g - offsetof(held_group, group));
}

/* ---- Where groups are ---- */

const vis_stream *idle_loop_stream(const idle_loop *l)
{
    return l->stream;
}

int64_t idle_loop_period(const idle_loop *l)
{
    return l->period;
}

/* Place in the cycle where a group begins. They are as long as each other, give or take one, and on
 * the way back they are where they were on the way there, so that one may turn round at any. */
static int64_t begin_of(const idle_loop *l, int index)
{
    int back = l->groups - index;
    return index <= back ? index * l->period / l->groups : l->period - back * l->period / l->groups;
}

static int index_of(const idle_loop *l, int64_t n)
{
    int64_t place = n % l->period;
    int index = (int)(place * l->groups / l->period);
    while (index > 0 && begin_of(l, index) > place)
        index--;
    while (begin_of(l, index + 1) <= place)
        index++;
    return index;
}

static int count_of(const idle_loop *l, int index)
{
    return (int)(begin_of(l, index + 1) - begin_of(l, index));
}

int64_t idle_loop_group_begin(const idle_loop *l, int64_t n)
{
    return n - n % l->period + begin_of(l, index_of(l, n));
}

int64_t idle_loop_group_end(const idle_loop *l, int64_t n)
{
    return n - n % l->period + begin_of(l, index_of(l, n) + 1);
}

int64_t idle_loop_turn(const idle_loop *l, int64_t n)
{
    return n + l->period - 2 * (n % l->period) % l->period;
}

/* ---- Groups ---- */

static idle_group *new_group(int64_t first, int count)
{
    held_group *h = calloc(1, sizeof *h + (size_t)count * sizeof *h->group.units);
    if (!h) return NULL;
    h->holders = 1;
    h->group.first = first;
    h->group.count = count;
    return &h->group;
}

void idle_loop_release(const idle_group *g)
{
    if (!g || __atomic_sub_fetch(&holder_of(g)->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    for (int i = 0; i < g->count; i++)
        live_bytes_release(g->units[i]);
    free(holder_of(g));
}

static size_t bytes_of(const idle_group *g)
{
    size_t bytes = sizeof *g;
    for (int i = 0; i < g->count; i++)
        bytes += sizeof *g->units + sizeof(live_bytes) + g->units[i]->size;
    return bytes;
}

/* ---- Made ---- */

/* Pictures between where the stream is and that place: the cycle goes on for ever. */
static vis_status go_to(idle_loop *l, int64_t place, vis_error *err)
{
    int64_t gap = (place - l->at % l->period + l->period) % l->period;
    if (gap > 0) VIS_TRY(vis_stream_skip(l->stream, gap, err));
    l->at += gap;
    return VIS_OK;
}

/* Pictures that are painted and held, in the order of the footage: those of a group that come last,
 * for the way back. Before them are `before` others of the group. */
typedef struct held_pictures {
    const vis_frame **picture; /* [most] */
    int most, count, before;
} held_pictures;

static void let_go(held_pictures *h)
{
    for (int i = 0; i < h->count; i++)
        vis_frame_release(h->picture[i]);
    h->count = 0;
}

/* Takes over a hold. Where there is no room the first one goes. */
static void hold(held_pictures *h, const vis_frame *f)
{
    if (h->count == h->most) {
        vis_frame_release(h->picture[0]);
        memmove(h->picture, h->picture + 1, (size_t)--h->count * sizeof *h->picture);
        h->before++;
    }
    h->picture[h->count++] = f;
}

static vis_status encode(video_encoder *e, const vis_frame *f, idle_group *g, int i, vis_error *err)
{
    bool key;
    return video_encoder_frame(e, f->pixels, f->stride, i == 0, &g->units[i], &key, err);
}

/* Paints the picture before a group and those of it, and encodes these as they come. */
static vis_status paint_there(idle_loop *l, idle_group *g, video_encoder *e, held_pictures *h,
                              vis_error *err)
{
    VIS_TRY(go_to(l, (g->first + l->period - 1) % l->period, err));
    for (int i = -1; i < g->count; i++, l->at++) {
        const vis_frame *f;
        VIS_TRY(vis_stream_pull(l->stream, -1, &f, err));
        vis_status status = i < 0 ? VIS_OK : encode(e, f, g, i, err);
        if (status == VIS_OK && i < g->count - 1)
            hold(h, f);
        else
            vis_frame_release(f);
        VIS_TRY(status);
    }
    return VIS_OK;
}

/* Paints once more as many of the others as can be held, the last ones; `first` is the place of the
 * first of all. */
static vis_status paint_again(idle_loop *l, int64_t first, held_pictures *h, vis_error *err)
{
    int count = h->before < h->most ? h->before : h->most;
    let_go(h);
    h->before -= count;
    VIS_TRY(go_to(l, (first + h->before) % l->period, err));
    for (; h->count < count; h->count++, l->at++)
        VIS_TRY(vis_stream_pull(l->stream, -1, &h->picture[h->count], err));
    return VIS_OK;
}

/* On the way back the same pictures come the other way round, but for the last, and the one before
 * them is the last. */
static vis_status encode_back(idle_loop *l, int64_t first, idle_group *g, video_encoder *e,
                              held_pictures *h, vis_error *err)
{
    for (int i = 0; i < g->count; i++) {
        if (h->count == 0) VIS_TRY(paint_again(l, first, h, err));
        VIS_TRY(encode(e, h->picture[h->count - 1], g, i, err));
        vis_frame_release(h->picture[--h->count]);
    }
    return VIS_OK;
}

static int mirror_of(const idle_loop *l, int index)
{
    return l->groups - 1 - index;
}

static vis_status make_there(idle_loop *l, idle_group *g, held_pictures *h, vis_error *err)
{
    video_encoder *e;
    VIS_TRY(presenter_take_encoder(l->p, l->kind, &e, err));
    vis_status status = paint_there(l, g, e, h, err);
    presenter_give_encoder(l->p, e);
    return status;
}

static vis_status make_back(idle_loop *l, int64_t first, idle_group *g, held_pictures *h,
                            vis_error *err)
{
    video_encoder *e;
    VIS_TRY(presenter_take_encoder(l->p, l->kind, &e, err));
    vis_status status = encode_back(l, first, g, e, h, err);
    presenter_give_encoder(l->p, e);
    return status;
}

static vis_status make_pair(idle_loop *l, held_pictures *h, idle_group *made[2], vis_error *err)
{
    VIS_TRY(make_there(l, made[0], h, err));
    if (!made[1]) return VIS_OK;
    return make_back(l, (made[0]->first + l->period - 1) % l->period, made[1], h, err);
}

static vis_status new_pair(const idle_loop *l, int index, idle_group *made[2], vis_error *err)
{
    int back = mirror_of(l, index);
    made[0] = new_group(begin_of(l, index), count_of(l, index));
    made[1] = back == index ? NULL : new_group(begin_of(l, back), count_of(l, back));
    return made[0] && (made[1] || back == index) ? VIS_OK
                                                 : vis_fail_memory(err, "pictures at rest");
}

/* How many pictures may be held at once. */
static int most_held(const idle_loop *l)
{
    size_t each = (size_t)l->p->facts.width * (size_t)l->p->facts.height * 3;
    return each < IDLE_HELD_BYTES ? (int)(IDLE_HELD_BYTES / each) : 1;
}

/* By the thread, or before there is one: a group on the way there and, made[1], the one on the way
 * back, which shows the same. */
static vis_status make(idle_loop *l, int index, idle_group *made[2], vis_error *err)
{
    held_pictures h = {.most = most_held(l)};
    vis_status status = new_pair(l, index, made, err);
    if (h.most > count_of(l, index)) h.most = count_of(l, index);
    h.picture = calloc((size_t)h.most, sizeof *h.picture);
    if (!h.picture) status = vis_fail_memory(err, "pictures at rest");
    if (status == VIS_OK) status = make_pair(l, &h, made, err);
    let_go(&h);
    free(h.picture);
    if (status == VIS_OK) return VIS_OK;
    idle_loop_release(made[0]);
    idle_loop_release(made[1]);
    return status;
}

/* ---- Kept ---- */

static void drop(idle_loop *l, entry *e)
{
    l->bytes -= e->bytes;
    idle_loop_release(e->group);
    e->group = NULL;
    e->bytes = 0;
}

/* Until there is room, those that were not used for longest go, but for `kept`. */
static void make_room(idle_loop *l, const entry *kept)
{
    while (l->bytes > IDLE_LOOP_BYTES) {
        entry *oldest = NULL;
        for (int i = 0; i < l->groups; i++) {
            entry *e = &l->table[i];
            if (e != kept && e->group && (!oldest || e->used < oldest->used)) oldest = e;
        }
        if (!oldest) return;
        drop(l, oldest);
    }
}

/* With the lock held. */
static void keep(idle_loop *l, int index, idle_group *g)
{
    entry *e = &l->table[index];
    if (e->group) drop(l, e); /* the other of its pair was wanted */
    e->group = g;
    e->bytes = bytes_of(g);
    e->used = l->takings;
    e->wanted = false;
    l->bytes += e->bytes;
    l->encoded += g->count;
    make_room(l, e);
}

/* With the lock held. */
static void keep_pair(idle_loop *l, int index, idle_group *made[2])
{
    keep(l, index, made[0]);
    if (made[1]) keep(l, mirror_of(l, index), made[1]);
}

/* Groups on the way there stand for their pairs. With the lock held; -1: none. */
static int next_wanted(const idle_loop *l)
{
    for (int i = 0; i < l->groups; i++)
        if (l->table[i].wanted && !l->table[i].group)
            return i < mirror_of(l, i) ? i : mirror_of(l, i);
    return -1;
}

/* From the beginning on, as long as another will fit. With the lock held; -1: none. */
static int next_missing(const idle_loop *l)
{
    int missing = -1;
    size_t largest = 0;
    for (int i = (l->groups - 1) / 2; i >= 0; i--) {
        if (!l->table[i].group) missing = i;
        if (l->table[i].bytes > largest) largest = l->table[i].bytes;
    }
    return l->bytes + 3 * largest > IDLE_LOOP_BYTES ? -1 : missing;
}

/* Waits for the next to make; -1: none, look again. What nobody waits for is made while nobody
 * speaks. With the lock held. */
static int wait_for_next(idle_loop *l)
{
    int index = next_wanted(l);
    if (index >= 0) return index;
    index = next_missing(l);
    if (index < 0) {
        pthread_cond_wait(&l->changed, &l->lock);
        return -1;
    }
    live_load load;
    live_admission_load(&load);
    if (load.speaking == 0) return index;
    struct timespec at = clock_in_ms(LOOK_AGAIN_SECONDS * 1000);
    pthread_cond_timedwait(&l->changed, &l->lock, &at);
    return -1;
}

static void *run(void *user)
{
    idle_loop *l = user;
    vis_error err;
    pthread_mutex_lock(&l->lock);
    while (!l->closing && !l->failed) {
        int index = wait_for_next(l);
        if (index < 0) continue;
        idle_group *made[2];
        pthread_mutex_unlock(&l->lock);
        vis_status status = make(l, index, made, &err);
        pthread_mutex_lock(&l->lock);
        if (status == VIS_OK)
            keep_pair(l, index, made);
        else
            l->failed = true; /* sessions paint for themselves, and say what is wrong */
        if (status != VIS_OK && status != VIS_ERR_CANCELLED)
            vis_warn(&l->p->log, "%s: pictures at rest are not shared any more: %s", l->p->name,
                     err.message);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

const idle_group *idle_loop_take(idle_loop *l, int64_t n)
{
    int index = index_of(l, n), next = (index + 1) % l->groups;
    pthread_mutex_lock(&l->lock);
    entry *e = &l->table[index];
    e->used = ++l->takings;
    e->wanted = !e->group;
    l->table[next].wanted = !l->table[next].group;
    if (e->wanted || l->table[next].wanted) pthread_cond_signal(&l->changed);
    const idle_group *g = e->group;
    if (g) __atomic_add_fetch(&holder_of(g)->holders, 1, __ATOMIC_RELAXED);
    l->found += g != NULL;
    pthread_mutex_unlock(&l->lock);
    return g;
}

void idle_loop_get(idle_loop *l, idle_loop_figures *out)
{
    *out = (idle_loop_figures){.encoded = 0};
    pthread_mutex_lock(&l->lock);
    out->encoded = l->encoded;
    out->bytes = l->bytes;
    out->found = l->found;
    out->missed = l->takings - l->found;
    for (int i = 0; i < l->groups; i++)
        out->groups += l->table[i].group != NULL;
    size_t each = out->groups ? l->bytes / (size_t)out->groups : 0;
    out->whole = each * (size_t)l->groups <= IDLE_LOOP_BYTES;
    pthread_mutex_unlock(&l->lock);
}

/* ---- Opened and closed ---- */

static vis_status set_up(idle_loop *l, vis_error *err)
{
    const live_presenter_facts *facts = &l->p->facts;
    int64_t there_and_back = facts->frames > 1 ? 2 * (int64_t)(facts->frames - 1) : 1;
    int64_t length = (int64_t)IDLE_GROUP_SECONDS * facts->fps;
    l->period = there_and_back;
    while (l->period < length)
        l->period += there_and_back; /* short footage goes round several times in a group */
    l->groups = (int)(l->period / length);
    l->table = calloc((size_t)l->groups, sizeof *l->table);
    if (!l->table) return vis_fail_memory(err, "pictures at rest");
    VIS_TRY(presenter_stream(l->p, -1, false, &l->stream, err));
    vis_stream_set_due(l->stream, INT64_MAX); /* who speaks goes first */
    return VIS_OK;
}

static vis_status make_first(idle_loop *l, double *rest_ms, vis_error *err)
{
    idle_group *made[2];
    double before = presenter_processor_seconds();
    VIS_TRY(make(l, 0, made, err));
    *rest_ms = (presenter_processor_seconds() - before) * 1e3 / made[0]->count;
    keep_pair(l, 0, made);
    return VIS_OK;
}

static vis_status start(idle_loop *l, vis_error *err)
{
    int rc = pthread_create(&l->thread, NULL, run, l);
    l->running = rc == 0;
    return rc ? vis_fail(err, VIS_ERR_MEMORY, "a thread for pictures at rest does not start: %s",
                         strerror(rc))
              : VIS_OK;
}

vis_status idle_loop_open(live_presenter *p, video_kind kind, idle_loop **out, double *rest_ms,
                          vis_error *err)
{
    *out = NULL;
    idle_loop *l = calloc(1, sizeof *l);
    if (!l) return vis_fail_memory(err, "pictures at rest");
    l->p = p;
    l->kind = kind;
    pthread_mutex_init(&l->lock, NULL);
    clock_condition(&l->changed);
    vis_status status = set_up(l, err);
    if (status == VIS_OK && rest_ms) status = make_first(l, rest_ms, err);
    if (status == VIS_OK) status = start(l, err);
    if (status == VIS_OK)
        *out = l;
    else
        idle_loop_close(l);
    return status;
}

void idle_loop_close(idle_loop *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->closing = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (l->stream) vis_stream_cancel(l->stream);
    if (l->running) pthread_join(l->thread, NULL);
    for (int i = 0; l->table && i < l->groups; i++)
        if (l->table[i].group) drop(l, &l->table[i]);
    vis_stream_close(l->stream);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l->table);
    free(l);
}
