/* media/video_marks.c - tags, as libavformat's muxer takes them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_marks.h"

#include <libavutil/opt.h>

vis_status video_marks_tag(AVFormatContext *file, const video_marks *marks, vis_error *err)
{
    const char *const tags[][2] = {
        {"comment", marks->comment}, {"description", marks->description}, {"AIGC", marks->aigc}};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i][1] && av_dict_set(&file->metadata, tags[i][0], tags[i][1], 0) < 0)
            return vis_fail_memory(err, "the video's tags");
    if (marks->aigc && av_opt_set(file->priv_data, "movflags", "+use_metadata_tags", 0) < 0)
        return vis_fail(err, VIS_ERR_WRITE, "FFmpeg's muxer writes no tags of other names");
    return VIS_OK;
}
