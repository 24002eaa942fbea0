/* media/ffmpeg.c - error texts for FFmpeg's libraries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/ffmpeg.h"

#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <stdbool.h>
#include <stdio.h>

vis_status ffmpeg_fail(vis_error *err, vis_status status, const char *path, const char *what,
                       int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, text, sizeof text);
    /* x264 says no more than that it failed, and its settings being checked, it fails for memory.
     */
    bool encoder = code == AVERROR_EXTERNAL && status == VIS_ERR_WRITE;
    if (encoder) snprintf(text, sizeof text, "out of memory");
    if (code == AVERROR(ENOMEM) || encoder) status = VIS_ERR_MEMORY;
    return vis_fail(err, status, "%s: %s: %s", path, what, text);
}

void ffmpeg_silence(void)
{
    av_log_set_level(AV_LOG_QUIET);
}
