/* media/video_xmp.h - the XMP packet that says how a video was made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_XMP_H
#define MEDIA_VIDEO_XMP_H

#include "base/buffer.h"
#include "media/video_marks.h"

/* Appends the packet to `out`; nothing when there are no texts for it. */
vis_status video_xmp(const video_marks *marks, buffer *out, vis_error *err);

#endif
