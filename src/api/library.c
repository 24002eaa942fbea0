/* api/library.c - the library as a whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/ffmpeg.h"
#include "viseme.h"

VIS_API const char *vis_version(void)
{
    return VISEME_VERSION;
}

VIS_API void vis_silence_ffmpeg(void)
{
    ffmpeg_silence();
}
