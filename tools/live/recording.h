/* live/recording.h - an MP4 of the very packets that are sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_RECORDING_H
#define LIVE_RECORDING_H

#include "base/status.h"
#include "live/packet.h"
#include "provenance/marker.h"

/* One thread at a time. */
typedef struct recording recording;

typedef struct recording_options {
    const char *path;
    int width, height, fps;
    int delay;                /* of the sound's encoder, in samples */
    marker *marker;           /* what the file says of itself and is signed with; NULL: nothing */
    const char *model_sha256; /* of the checkpoint that paints */
    const parent *parent;     /* of the footage, or NULL; all three must outlive the recording */
} recording_options;

/* Begins with the first key picture. VIS_ERR_WRITE, VIS_ERR_MEMORY; as marking_open. */
vis_status recording_open(const recording_options *options, recording **out, vis_error *err);

bool recording_begun(const recording *r);

/* H.264 and Opus; others are left out. */
vis_status recording_add(recording *r, const live_packet *p, vis_error *err);

/* Completes the file and gives it its name; without a picture there is none. Released in any case;
 * on failure nothing is left. */
vis_status recording_finish(recording *r, vis_error *err);
void recording_abort(recording *r); /* NULL is fine */

#endif
