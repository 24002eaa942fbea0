/* stream/frame.c - frames that lie ready, and counting.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/frame.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define READY_MAX 16 /* frames that lie ready at most; more were held at once only by chance */

struct frame_pool {
    pthread_mutex_t lock;
    stream_frame *ready;
    int ready_count;
    int out; /* frames that somebody holds */
    bool closed;
    size_t visual, window, output;
};

vis_status frame_pool_create(size_t visual, size_t window, size_t output, frame_pool **out,
                             vis_error *err)
{
    frame_pool *p = calloc(1, sizeof *p);
    *out = p;
    if (!p) return vis_fail_memory(err, "frames");
    p->visual = visual;
    p->window = window;
    p->output = output;
    pthread_mutex_init(&p->lock, NULL);
    return VIS_OK;
}

static void free_frame(stream_frame *f)
{
    picture_free(&f->picture);
    aligned_free(f->visual);
    aligned_free(f->window);
    aligned_free(f->output);
    free(f);
}

static void free_pool(frame_pool *p)
{
    for (stream_frame *next; p->ready; p->ready = next) {
        next = p->ready->next;
        free_frame(p->ready);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void frame_pool_close(frame_pool *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    bool last = p->out == 0;
    pthread_mutex_unlock(&p->lock);
    if (last) free_pool(p);
}

static bool make_tensor(float **tensor, size_t numbers)
{
    if (numbers == 0) return true;
    *tensor = aligned_calloc(numbers, sizeof(float));
    return *tensor != NULL;
}

static stream_frame *new_frame(const frame_pool *p)
{
    stream_frame *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    if (make_tensor(&f->visual, p->visual) && make_tensor(&f->window, p->window) &&
        make_tensor(&f->output, p->output))
        return f;
    free_frame(f);
    return NULL;
}

vis_status frame_take(frame_pool *p, stream_frame **out, vis_error *err)
{
    pthread_mutex_lock(&p->lock);
    stream_frame *f = p->ready;
    if (f) {
        p->ready = f->next;
        p->ready_count--;
    } else {
        f = new_frame(p);
    }
    p->out += f != NULL;
    pthread_mutex_unlock(&p->lock);
    *out = f;
    if (!f) return vis_fail_memory(err, "a frame");
    f->pool = p;
    f->holders = 1;
    return VIS_OK;
}

void frame_keep(stream_frame *f)
{
    if (f) __atomic_add_fetch(&f->holders, 1, __ATOMIC_RELAXED);
}

void frame_release(stream_frame *f)
{
    if (!f || __atomic_sub_fetch(&f->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    frame_pool *p = f->pool;
    pthread_mutex_lock(&p->lock);
    bool ready = !p->closed && p->ready_count < READY_MAX;
    if (ready) {
        f->next = p->ready;
        p->ready = f;
        p->ready_count++;
    }
    p->out--;
    bool last = p->closed && p->out == 0;
    pthread_mutex_unlock(&p->lock);
    if (!ready) free_frame(f);
    if (last) free_pool(p);
}
