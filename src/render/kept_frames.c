/* render/kept_frames.c - blocks handed out frame by frame, and again when a frame is done with.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/kept_frames.h"

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

typedef struct kept_frame {
    line *block;   /* NULL: not kept */
    int users;     /* who fill or read it */
    bool filled;   /* by its first user */
    bool over;     /* not wanted after these users */
    int64_t drawn; /* how often */
} kept_frame;

struct kept_frames {
    kept_frame *frame;
    int frames;
    size_t lines; /* of a block */
    size_t left;  /* blocks that the budget has memory for beside the chunks */
    line **chunk; /* [chunks] */
    size_t chunks;
    line *fresh; /* blocks of the last chunk that were never touched: */
    size_t fresh_blocks;
    line *spare; /* those that were */
    pthread_mutex_t lock;
};

static vis_status set_up(kept_frames *k, int frames, size_t bytes, vis_error *err)
{
    size_t blocks = bytes / sizeof(line) / k->lines;
    k->frames = frames;
    k->left = blocks < (size_t)frames ? blocks : (size_t)frames;
    k->frame = calloc((size_t)frames, sizeof *k->frame);
    k->chunk = calloc(k->left, sizeof *k->chunk);
    return k->frame && k->chunk ? VIS_OK : vis_fail_memory(err, "the footage cache");
}

vis_status kept_frames_create(int frames, size_t floats, size_t bytes, kept_frames **out,
                              vis_error *err)
{
    *out = NULL;
    size_t lines = floats / LINE_FLOATS + (floats % LINE_FLOATS != 0);
    if (frames <= 0 || lines == 0 || bytes / sizeof(line) < lines) return VIS_OK;
    kept_frames *k = calloc(1, sizeof *k);
    if (!k) return vis_fail_memory(err, "the footage cache");
    k->lines = lines;
    pthread_mutex_init(&k->lock, NULL);
    vis_status status = set_up(k, frames, bytes, err);
    if (status == VIS_OK)
        *out = k;
    else
        kept_frames_free(k);
    return status;
}

void kept_frames_free(kept_frames *k)
{
    if (!k) return;
    for (size_t i = 0; i < k->chunks; i++)
        aligned_free(k->chunk[i]);
    pthread_mutex_destroy(&k->lock);
    free(k->chunk);
    free(k->frame);
    free(k);
}

/* Takes memory for some more blocks, if there is room for them in the budget and elsewhere. */
static bool grow(kept_frames *k)
{
    size_t each = k->lines * sizeof(line), count = CHUNK_BYTES / each;
    if (count == 0) count = 1;
    if (count > k->left) count = k->left;
    bool room = count > 0 && count <= memory_left() / 2 / each;
    line *chunk = room ? aligned_malloc(count, each) : NULL;
    k->left = chunk ? k->left - count : 0; /* out of memory: what there is must do */
    if (!chunk) return false;
    k->chunk[k->chunks++] = chunk;
    k->fresh = chunk;
    k->fresh_blocks = count;
    return true;
}

/* A block for a frame that comes back so often, or NULL. */
static line *find_block(kept_frames *k, int64_t returns)
{
    line *found = k->spare;
    if (returns > 0 && found) {
        k->spare = found->next;
        return found;
    }
    if (returns < KEPT_PAYS || (k->fresh_blocks == 0 && !grow(k))) return NULL;
    found = k->fresh;
    k->fresh += k->lines;
    k->fresh_blocks--;
    return found;
}

/* With the lock held. */
static float *take(kept_frames *k, kept_frame *frame, int64_t returns, bool *filled)
{
    if (returns == KEPT_UNKNOWN) returns = frame->drawn;
    frame->drawn++;
    *filled = frame->filled;
    if (!frame->block)
        frame->block = find_block(k, returns);
    else if (returns == 0)
        frame->over = true;
    if (!frame->block || (frame->users > 0 && !frame->filled)) return NULL;
    frame->users++;
    return frame->block->numbers;
}

float *kept_frames_take(kept_frames *k, int footage, int64_t returns, bool *filled)
{
    *filled = false;
    if (!k || footage < 0 || footage >= k->frames) return NULL;
    pthread_mutex_lock(&k->lock);
    float *numbers = take(k, &k->frame[footage], returns, filled);
    pthread_mutex_unlock(&k->lock);
    return numbers;
}

/* With the lock held. */
static void release(kept_frames *k, kept_frame *frame)
{
    frame->block->next = k->spare;
    k->spare = frame->block;
    frame->block = NULL;
    frame->filled = frame->over = false;
}

void kept_frames_give(kept_frames *k, int footage)
{
    kept_frame *frame = &k->frame[footage];
    pthread_mutex_lock(&k->lock);
    frame->filled = true;
    if (--frame->users == 0 && frame->over) release(k, frame);
    pthread_mutex_unlock(&k->lock);
}
