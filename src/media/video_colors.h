/* media/video_colors.h - between BGR pictures and the colour formats of video.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_COLORS_H
#define MEDIA_VIDEO_COLORS_H

#include "media/picture.h"

#include "media/video_light.h"

#include <libavutil/frame.h>

#define VIDEO_HD_HEIGHT 720 /* rows from which untagged video is BT.709, and ours is tagged so */

/* A conversion of one kind of decoded frame; made at the first frame, remade when the kind changes.
 * Zero-initialised is valid. */
typedef struct video_colors {
    struct SwsContext *sws;
    video_light *light; /* NULL: the values are kept */
    uint16_t *deep;     /* [height, width, 3] for it: R, G, B of 16 bits */
    int width, height, format, matrix, range, location; /* what `sws` was made for */
    int primaries, transfer;                            /* what `light` was made for */
} video_colors;

void video_colors_free(video_colors *c);

/* A decoded frame into `out` (resized as by picture_reserve), by the frame's own tags, which
 * video_tags_settle has been over; untagged: BT.709 from VIDEO_HD_HEIGHT rows on, BT.601 below,
 * limited range, chroma samples at the left. HDR and wide gamuts become SDR of BT.709. `name` for
 * messages. */
vis_status video_colors_to_bgr(video_colors *c, const AVFrame *frame, const char *name,
                               picture *out, vis_error *err);

/* The tags of the frames that video_colors_from_bgr makes: matrix by height, limited range, chroma
 * samples at the left; primaries and transfer as given, those that are not said (2) by height. */
void video_colors_tag(AVFrame *frame, int primaries, int transfer);

/* A picture into a writable yuv420p frame of the same, even size, which video_colors_tag has tagged.
 * Chroma is of the 2 rows and of 3 columns at weights 1, 2, 1. The same bytes on all machines. */
void video_colors_from_bgr(const picture *p, AVFrame *frame);

#endif
