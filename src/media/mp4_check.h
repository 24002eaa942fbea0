/* media/mp4_check.h - is a finished MP4 file whole?
 *
 * FFmpeg 5.1's muxer leaves boxes out, or packets, when memory runs out in the middle of them, and
 * says that all is well: a video that no player decodes. So what must be in the index is looked
 * for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_MP4_CHECK_H
#define MEDIA_MP4_CHECK_H

#include "base/status.h"

#include <stdint.h>

typedef struct mp4_contents {
    int64_t packets[2]; /* of each track, in the file's order */
    int tracks;
    const char *comment; /* among the tags; NULL: none need be there */
    int64_t seal_size;   /* of the box behind ftyp (mp4_finish.h); 0: none */
} mp4_contents;

/* Looks into the index of the file `path` of one H.264 track and AAC: every packet is in it, every
 * decoder finds its settings, the tags are there. VIS_ERR_MEMORY when something was left out;
 * VIS_ERR_WRITE when the index cannot be read. `name` goes into messages. */
vis_status mp4_check(const char *path, const char *name, const mp4_contents *contents,
                     vis_error *err);

#endif
