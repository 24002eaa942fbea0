/* media/ffmpeg.c - error texts and file names for FFmpeg's libraries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/ffmpeg.h"

#include "base/memory.h"

#include <errno.h>
#include <libavutil/error.h>
#include <libavutil/log.h>

vis_status ffmpeg_fail(vis_error *err, vis_status status, const char *path, const char *what,
                       int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, text, sizeof text);
    if (code == AVERROR(ENOMEM)) status = VIS_ERR_MEMORY;
    return vis_fail(err, status, "%s: %s: %s", path, what, text);
}

char *ffmpeg_url(const char *path)
{
    return text_format("file:%s", path);
}

void ffmpeg_silence(void)
{
    av_log_set_level(AV_LOG_QUIET);
}
