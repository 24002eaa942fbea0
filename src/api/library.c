/* api/library.c - the library as a whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory_limit.h"
#include "media/ffmpeg.h"
#include "viseme/viseme.h"

VIS_API const char *vis_version(void)
{
    return VISEME_VERSION;
}

VIS_API int vis_version_number(void)
{
    return VIS_VERSION;
}

VIS_API void vis_silence_ffmpeg(void)
{
    ffmpeg_silence();
}

VIS_API vis_status vis_limit_memory(int64_t bytes, vis_error *err)
{
    return memory_limit_set(bytes, err);
}
