/* media/mp4_finish.h - the last touches to a finished MP4 file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_MP4_FINISH_H
#define MEDIA_MP4_FINISH_H

#include "base/buffer.h"
#include "base/status.h"

/* A box directly behind ftyp that speaks of all the rest of the file, so that it is made last. */
typedef struct mp4_seal {
    size_t size; /* of the whole box, known before */
    /* Appends the box to the empty `box`, of just that size. The file `fd` of `file_size` bytes is
     * complete but for the box's place, which begins at byte `at`. */
    vis_status (*make)(void *user, int fd, int64_t file_size, int64_t at, const char *name,
                       buffer *box, vis_error *err);
    void *user;
} mp4_seal;

/* In place: gathers the index of a fragmented file (media/mp4_gather.h) so that it becomes a plain
 * one, crops the video track's coded size to width x height (clap box and track header;
 * nothing when they are equal), adds the XMP packet (none when empty) and moves the index to the
 * front, behind ftyp and the seal (NULL: none), so that the file streams; where the move takes
 * chunks beyond 4 GiB, their offsets get 64 bits. `path` is the file, as FFmpeg's muxer left it:
 * ftyp, empty index, fragments; `name` goes into messages. VIS_ERR_WRITE, VIS_ERR_MEMORY,
 * VIS_ERR_INTERNAL, and what the seal fails with; the file is unusable then. */
vis_status mp4_finish(const char *path, const char *name, int width, int height, const buffer *xmp,
                      const mp4_seal *seal, vis_error *err);

#endif
