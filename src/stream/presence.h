/* stream/presence.h - how far the mouth of a live stream is with what is heard, frame by frame.
 *
 * No frame is further from rest, or nearer to it, than one step beside the frame before. What is
 * heard comes in within `lead` frames before its row 0, so that from there on frames are
 * what the sound makes them: a few, where the answer is to come soon, since the mouth is hardly open
 * before the first sound. What breaks off fades, never within fewer than PRESENCE_FADE frames, while
 * its last window is painted on; where the next words come in before that is at rest, one window
 * passes over into the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_PRESENCE_H
#define STREAM_PRESENCE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRESENCE_FADE 4 /* frames */

/* After a frame. Zeros but for `lead`: at rest. */
typedef struct presence {
    int lead;     /* frames before row 0; a step in is 1 / (lead + 1) */
    float may;    /* how far the mouth may follow what is heard: 0 ... 1, */
    float shown;  /* and how far it did: 0 at rest, 1 as heard */
    bool passing; /* the lead-in comes out of words that were broken off */
} presence;

/* The frame of a row (-lead or later) that speaks as far as `told`: returns how far it is
 * to be shown. window[size]: its own, which is changed where it passes over from `last`, that of
 * the frame before. */
float presence_follow(presence *p, int64_t row, float told, const float *last, float *window,
                      size_t size);

/* The same of a frame that hears nothing. */
float presence_rest(presence *p);

#endif
