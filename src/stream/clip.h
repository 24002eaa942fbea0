/* stream/clip.h - a whole clip: the frames of one stream, encoded on the calling thread as they
 * come, with their sound, into one file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_CLIP_H
#define STREAM_CLIP_H

#include "base/log.h"
#include "media/video_out.h"
#include "stream/soundtrack.h"
#include "stream/stream.h"

#include <stdbool.h>

typedef struct clip_options {
    int64_t start;     /* first output frame = first feature row */
    int64_t frames;    /* how many at most; -1: to the end of the features */
    int footage_first; /* the ping-pong runs over footage_first ... last */
    int fps;
    bool rest;                                                 /* as stream_options.rest */
    const char *label;                                         /* as stream_options.label */
    const vis_log *log;                                        /* may be NULL */
    bool (*progress)(void *user, int64_t done, int64_t total); /* may be NULL; false cancels */
    void *progress_user;
    const char *partial; /* final name, beside the video's, of what is there when the work ends
                            early; NULL: nothing is saved then */
} clip_options;

typedef struct clip_result {
    int64_t frames; /* in the file; of a clip that failed: in the partial one */
    int64_t rested; /* of these, with the mouth at rest altogether */
    bool silent;
} clip_result;

/* Writes output frames start, start + 1, ... for the rows of `features` (unread before) over the
 * ping-pong of the scene's footage, with the sound (NULL: none), to `video`, whose audio_rate,
 * audio_channels, sizes and colours this call fills in. The file appears only when complete.
 * VIS_ERR_USAGE when there is no frame to render; VIS_ERR_CANCELLED; whatever the parts say, of the
 * earliest frame that fails.
 * With `partial`, the frames before a cancellation or a failure become a finished file of that
 * name, or the next of NAME-2, NAME-3, ... that nothing has, with their sound: the one that
 * o->frames = result->frames would have given. The message then tells of it. Not where writing
 * failed. */
vis_status clip_render(scene *sc, feature_source *features, soundtrack *sound,
                       video_writer_options *video, const clip_options *options,
                       clip_result *result, vis_error *err);

#endif
