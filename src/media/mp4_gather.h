/* media/mp4_gather.h - one index out of the many small ones of a fragmented MP4 file.
 *
 * FFmpeg's muxer keeps some 64 bytes of each packet until a plain MP4 file ends: 16 MB for an hour.
 * So the file is written in fragments of a second or two, which it forgets; when the file is
 * complete, what they say is gathered here into the index of a plain file, a few bytes a packet.
 *
 * Format (ISO/IEC 14496-12), as FFmpeg 5.1 writes it: ftyp; moov with empty tables and an mvex of
 * defaults (trex); then for each fragment moof and mdat. moof/traf describes packets of one track:
 * tfhd (track, defaults), trun (where they begin, counted from the moof, and their sizes,
 * durations, flags and the distance from decoding to showing).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_MP4_GATHER_H
#define MEDIA_MP4_GATHER_H

#include "base/buffer.h"
#include "media/mp4_boxes.h"

#include <stdbool.h>

#define MP4_MOVIE_TICKS 1000 /* a second, in which the muxer must count what is not in a track */

/* Reads the fragments of the file `fd` of `size` bytes, whose empty index `empty` holds (all of the
 * moov box), from byte `from` on, and appends to `moov` a moov box with the tables of all packets.
 * Offsets of chunks are those in the file as it is, of 64 bits where one needs them or `wide` asks
 * for them. `name` goes into messages. VIS_ERR_INTERNAL
 * (not as described above), VIS_ERR_WRITE (cannot be read back), VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status mp4_gather(int fd, int64_t size, const buffer *empty, int64_t from, bool wide,
                      const char *name, buffer *moov, vis_error *err);

#endif
