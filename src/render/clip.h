/* render/clip.h - a whole clip: frames ordered on this thread, painted by a crew, encoded on a
 * thread of its own, streamed to one file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_CLIP_H
#define RENDER_CLIP_H

#include "audio/window.h"
#include "base/log.h"
#include "media/video_out.h"
#include "render/crew.h"
#include "render/soundtrack.h"

#include <stdbool.h>

typedef struct clip_options {
    int64_t start;     /* first output frame = first feature row */
    int64_t frames;    /* how many at most; -1: to the end of the features */
    int footage_first; /* the bounce runs over footage_first ... last */
    int fps;
    const vis_log *log;                                        /* may be NULL */
    bool (*progress)(void *user, int64_t done, int64_t total); /* may be NULL; false cancels; on the
                                                                  thread of clip_render */
    void *progress_user;
    const char *partial; /* final name, beside the video's, of what is there when the work ends
                            early; NULL: nothing is kept then */
} clip_options;

typedef struct clip_result {
    int64_t frames; /* in the file; of a clip that failed: in the partial one */
    bool silent;
} clip_result;

/* Has the crew paint output frames start, start + 1, ... for the rows of `features` (unread before)
 * over the bounce of the footage of `c`, the crew's character, and writes them with the sound
 * (NULL: none) to `video`, whose audio_rate, audio_channels, sizes and colours this call fills in.
 * The file appears only when complete. VIS_ERR_USAGE when there is no frame to render;
 * VIS_ERR_CANCELLED; whatever the parts say, of the earliest frame that fails.
 * With `partial`, the frames before a cancellation or a failure become a finished file of that
 * name, or the next of NAME-2, NAME-3, ... that nothing has, with their sound: the one that
 * o->frames = result->frames would have given. The message then tells of it. Not where writing
 * failed. */
vis_status clip_render(crew *painters, character *c, feature_source *features, int window_rows,
                       soundtrack *sound, video_writer_options *video, const clip_options *options,
                       clip_result *result, vis_error *err);

#endif
