/* render/kept_frames.c - blocks handed out once, frame by frame.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/kept_frames.h"

#include "base/memory.h"

#include <stdlib.h>

vis_status kept_frames_create(kept_frames *k, int frames, size_t floats, size_t bytes,
                              vis_error *err)
{
    *k = (kept_frames){.frames = frames, .floats = floats};
    if (floats == 0 || frames <= 0) return VIS_OK;
    k->left = bytes / sizeof(float) / floats;
    k->block = calloc((size_t)frames, sizeof *k->block);
    return k->block ? VIS_OK : vis_fail_memory(err, "the footage cache");
}

void kept_frames_free(kept_frames *k)
{
    for (int i = 0; k->block && i < k->frames; i++)
        aligned_free(k->block[i]);
    free(k->block);
    *k = (kept_frames){0};
}

float *kept_frames_take(kept_frames *k, int footage, bool returns, bool *filled)
{
    *filled = false;
    if (!k->block || footage < 0 || footage >= k->frames) return NULL;
    if (!k->block[footage] && returns && k->left > 0) {
        k->block[footage] = aligned_malloc(k->floats, sizeof(float));
        k->left = k->block[footage] ? k->left - 1 : 0; /* out of memory: what there is must do */
        return k->block[footage];
    }
    *filled = k->block[footage] != NULL;
    return k->block[footage];
}
