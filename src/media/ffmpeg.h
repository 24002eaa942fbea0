/* media/ffmpeg.h - small common ground of the files that use FFmpeg's libraries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_FFMPEG_H
#define MEDIA_FFMPEG_H

#include "base/status.h"

/* "<path>: <what>: <FFmpeg's text for the negative code>". Memory shortage becomes VIS_ERR_MEMORY,
 * whatever `status` says, and so does an encoder that gives no reason. */
vis_status ffmpeg_fail(vis_error *err, vis_status status, const char *path, const char *what,
                       int code);

/* For a codec context's log_level_offset: none of its lines reaches FFmpeg's log. */
#define FFMPEG_QUIET 100

/* Stops FFmpeg's own lines on stderr, for the whole process. For programs; the library leaves the
 * setting to whoever links it. */
void ffmpeg_silence(void);

#endif
