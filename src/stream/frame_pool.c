/* stream/frame_pool.c - a free list of frames, and a count of those that are out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/frame_pool.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define FREE_MAX 16 /* frames in the free list; more were out at once only by chance */

struct frame_pool {
    pthread_mutex_t lock;
    stream_frame *free; /* list */
    int free_count;
    int out; /* frames acquired and not yet released */
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
    for (stream_frame *next; p->free; p->free = next) {
        next = p->free->next;
        free_frame(p->free);
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

vis_status frame_acquire(frame_pool *p, stream_frame **out, vis_error *err)
{
    pthread_mutex_lock(&p->lock);
    stream_frame *f = p->free;
    if (f) {
        p->free = f->next;
        p->free_count--;
    } else {
        f = new_frame(p);
    }
    p->out += f != NULL;
    pthread_mutex_unlock(&p->lock);
    *out = f;
    if (!f) return vis_fail_memory(err, "a frame");
    f->pool = p;
    return VIS_OK;
}

void frame_release(stream_frame *f)
{
    if (!f) return;
    frame_pool *p = f->pool;
    pthread_mutex_lock(&p->lock);
    bool reuse = !p->closed && p->free_count < FREE_MAX;
    if (reuse) {
        f->next = p->free;
        p->free = f;
        p->free_count++;
    }
    p->out--;
    bool last = p->closed && p->out == 0;
    pthread_mutex_unlock(&p->lock);
    if (!reuse) free_frame(f);
    if (last) free_pool(p);
}
