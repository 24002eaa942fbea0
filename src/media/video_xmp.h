/* media/video_xmp.h - the XMP packet that says how a video was made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_XMP_H
#define MEDIA_VIDEO_XMP_H

#include "base/buffer.h"
#include "media/video_out.h"

/* Appends the packet to `out`; nothing when the options ask for none of its properties. */
vis_status video_xmp(const video_writer_options *options, buffer *out, vis_error *err);

#endif
