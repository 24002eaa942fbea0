/* render/activation_cache.c - blocks allocated by frame, and reused when a frame is done with.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/activation_cache.h"

#include "base/memory.h"
#include "base/memory_limit.h"

#include <pthread.h>
#include <stdlib.h>

#define CHUNK_BYTES ((size_t)32 << 20) /* taken at once: almost all of it in huge pages */
#define LINE_FLOATS (VIS_ALIGN / sizeof(float))

/* A block consists of lines, the first of which, while the block is free, holds the next free one.
 */
typedef union line {
    union line *next;
    float numbers[LINE_FLOATS];
} line;

typedef struct cached_frame {
    line *block;   /* NULL: not cached */
    int users;     /* who fill or read it */
    bool filled;   /* by its first user */
    bool over;     /* not wanted after these users */
    int64_t drawn; /* how often */
} cached_frame;

struct activation_cache {
    cached_frame *frame;
    int frames;
    size_t lines; /* of a block */
    size_t left;  /* blocks that the budget has memory for beside the chunks */
    line **chunk; /* [chunks] */
    size_t chunks;
    line *fresh; /* blocks of the last chunk that were never touched: */
    size_t fresh_blocks;
    line *spare; /* those that were */
    activation_cache_figures figures;
    pthread_mutex_t lock;
};

static vis_status set_up(activation_cache *c, int frames, size_t bytes, vis_error *err)
{
    size_t blocks = bytes / sizeof(line) / c->lines;
    c->frames = frames;
    c->left = blocks < (size_t)frames ? blocks : (size_t)frames;
    c->frame = calloc((size_t)frames, sizeof *c->frame);
    c->chunk = calloc(c->left, sizeof *c->chunk);
    return c->frame && c->chunk ? VIS_OK : vis_fail_memory(err, "the footage cache");
}

vis_status activation_cache_create(int frames, size_t floats, size_t bytes, activation_cache **out,
                                   vis_error *err)
{
    *out = NULL;
    size_t lines = floats / LINE_FLOATS + (floats % LINE_FLOATS != 0);
    if (frames <= 0 || lines == 0 || bytes / sizeof(line) < lines) return VIS_OK;
    activation_cache *c = calloc(1, sizeof *c);
    if (!c) return vis_fail_memory(err, "the footage cache");
    c->lines = lines;
    pthread_mutex_init(&c->lock, NULL);
    vis_status status = set_up(c, frames, bytes, err);
    if (status == VIS_OK)
        *out = c;
    else
        activation_cache_free(c);
    return status;
}

void activation_cache_free(activation_cache *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->chunks; i++)
        aligned_free(c->chunk[i]);
    pthread_mutex_destroy(&c->lock);
    free(c->chunk);
    free(c->frame);
    free(c);
}

/* Takes memory for some more blocks, if there is room for them in the budget and elsewhere. */
static bool grow(activation_cache *c)
{
    size_t each = c->lines * sizeof(line), count = CHUNK_BYTES / each;
    if (count == 0) count = 1;
    if (count > c->left) count = c->left;
    bool room = count > 0 && count <= memory_left() / 2 / each;
    line *chunk = room ? aligned_malloc(count, each) : NULL;
    c->left = chunk ? c->left - count : 0; /* out of memory: what there is must do */
    if (!chunk) return false;
    c->chunk[c->chunks++] = chunk;
    c->fresh = chunk;
    c->fresh_blocks = count;
    return true;
}

/* A block for a frame that comes back so often, or NULL. */
static line *find_block(activation_cache *c, int64_t returns)
{
    line *found = c->spare;
    if (returns > 0 && found) {
        c->spare = found->next;
        return found;
    }
    if (returns < MIN_RETURNS || (c->fresh_blocks == 0 && !grow(c))) return NULL;
    found = c->fresh;
    c->fresh += c->lines;
    c->fresh_blocks--;
    return found;
}

/* With the lock held. */
static float *take(activation_cache *c, cached_frame *frame, int64_t returns, bool *filled)
{
    if (returns == RETURNS_UNKNOWN) returns = frame->drawn;
    frame->drawn++;
    *filled = frame->filled;
    if (!frame->block)
        frame->block = find_block(c, returns);
    else if (returns == 0)
        frame->over = true;
    if (!frame->block || (frame->users > 0 && !frame->filled)) return NULL;
    frame->users++;
    return frame->block->numbers;
}

float *activation_cache_acquire(activation_cache *c, int footage, int64_t returns, bool *filled)
{
    *filled = false;
    if (!c || footage < 0 || footage >= c->frames) return NULL;
    pthread_mutex_lock(&c->lock);
    float *numbers = take(c, &c->frame[footage], returns, filled);
    if (numbers && *filled)
        c->figures.hits++;
    else
        c->figures.misses++;
    pthread_mutex_unlock(&c->lock);
    return numbers;
}

/* With the lock held. */
static void release(activation_cache *c, cached_frame *frame)
{
    frame->block->next = c->spare;
    c->spare = frame->block;
    frame->block = NULL;
    frame->filled = frame->over = false;
}

void activation_cache_release(activation_cache *c, int footage)
{
    cached_frame *frame = &c->frame[footage];
    pthread_mutex_lock(&c->lock);
    frame->filled = true;
    if (--frame->users == 0 && frame->over) release(c, frame);
    pthread_mutex_unlock(&c->lock);
}

void activation_cache_abandon(activation_cache *c, int footage)
{
    cached_frame *frame = &c->frame[footage];
    pthread_mutex_lock(&c->lock);
    frame->users = 0;
    release(c, frame);
    pthread_mutex_unlock(&c->lock);
}

void activation_cache_get(activation_cache *c, activation_cache_figures *out)
{
    *out = (activation_cache_figures){0};
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    *out = c->figures;
    pthread_mutex_unlock(&c->lock);
}
