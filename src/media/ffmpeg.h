/* media/ffmpeg.h - small common ground of the files that use FFmpeg's libraries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_FFMPEG_H
#define MEDIA_FFMPEG_H

#include "base/status.h"

/* "<path>: <what>: <FFmpeg's text for the negative code>". Memory shortage becomes VIS_ERR_MEMORY,
 * whatever `status` says. */
vis_status ffmpeg_fail(vis_error *err, vis_status status, const char *path, const char *what,
                       int code);

/* "file:<path>", so that no part of the path is taken for a protocol. NULL when out of memory;
 * release with free. */
char *ffmpeg_url(const char *path);

/* For a codec context's log_level_offset: none of its lines reaches FFmpeg's log. */
#define FFMPEG_QUIET 100

/* Stops FFmpeg's own lines on stderr, for the whole process. For programs; the library leaves the
 * setting to whoever links it. */
void ffmpeg_silence(void);

#endif
