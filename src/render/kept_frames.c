/* render/kept_frames.c - blocks handed out once, frame by frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/kept_frames.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct kept_frame {
    float *block; /* NULL: not kept */
    bool filled;
} kept_frame;

struct kept_frames {
    kept_frame *frame;
    int frames;
    size_t floats; /* of a block */
    size_t left;   /* blocks that still fit */
    pthread_mutex_t lock;
};

vis_status kept_frames_create(int frames, size_t floats, size_t bytes, kept_frames **out,
                              vis_error *err)
{
    *out = NULL;
    if (frames <= 0 || floats == 0 || bytes / sizeof(float) < floats) return VIS_OK;
    kept_frames *k = calloc(1, sizeof *k);
    kept_frame *frame = calloc((size_t)frames, sizeof *frame);
    if (!k || !frame) {
        free(k);
        free(frame);
        return vis_fail_memory(err, "the footage cache");
    }
    k->frame = frame;
    k->frames = frames;
    k->floats = floats;
    k->left = bytes / sizeof(float) / floats;
    pthread_mutex_init(&k->lock, NULL);
    *out = k;
    return VIS_OK;
}

void kept_frames_free(kept_frames *k)
{
    if (!k) return;
    for (int i = 0; i < k->frames; i++)
        aligned_free(k->frame[i].block);
    pthread_mutex_destroy(&k->lock);
    free(k->frame);
    free(k);
}

/* With the lock held. */
static float *take(kept_frames *k, kept_frame *frame, bool returns, bool *filled)
{
    *filled = frame->filled;
    if (frame->block) return frame->filled ? frame->block : NULL;
    if (!returns || k->left == 0) return NULL;
    frame->block = aligned_malloc(k->floats, sizeof(float));
    k->left = frame->block ? k->left - 1 : 0; /* out of memory: what there is must do */
    return frame->block;
}

float *kept_frames_take(kept_frames *k, int footage, bool returns, bool *filled)
{
    *filled = false;
    if (!k || footage < 0 || footage >= k->frames) return NULL;
    pthread_mutex_lock(&k->lock);
    float *block = take(k, &k->frame[footage], returns, filled);
    pthread_mutex_unlock(&k->lock);
    return block;
}

void kept_frames_filled(kept_frames *k, int footage)
{
    pthread_mutex_lock(&k->lock);
    k->frame[footage].filled = true;
    pthread_mutex_unlock(&k->lock);
}
