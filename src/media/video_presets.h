/* media/video_presets.h - how hard the encoder tries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_PRESETS_H
#define MEDIA_VIDEO_PRESETS_H

/* x264's presets, quickest first, as choices (base/choices.h). */
#define VIDEO_PRESETS "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"

#endif
