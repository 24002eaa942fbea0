/* media/mp4_finish.h - the last touches to a finished MP4 file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_MP4_FINISH_H
#define MEDIA_MP4_FINISH_H

#include "base/buffer.h"
#include "base/status.h"

/* In place: gathers the index of a fragmented file (media/mp4_gather.h) so that it becomes a plain
 * one, crops the video track's coded size to width x height (clap box and track header;
 * nothing when they are equal), adds the XMP packet (none when empty) and moves the index to the
 * front, right behind ftyp, so that the file streams. A file so large that the moved index would
 * need 64-bit offsets keeps it at the end. `path` is the file, as FFmpeg's muxer left it:
 * ftyp, empty index, fragments; `name` goes into messages. VIS_ERR_WRITE, VIS_ERR_MEMORY,
 * VIS_ERR_INTERNAL; the file is unusable then. */
vis_status mp4_finish(const char *path, const char *name, int width, int height, const buffer *xmp,
                      vis_error *err);

#endif
