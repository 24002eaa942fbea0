/* media/mp4_boxes.h - the few boxes of an MP4 file that FFmpeg 5.1's libraries leave out.
 *
 * Format (ISO/IEC 14496-12): a file is a row of boxes: 32-bit size (big-endian, header included; 1
 * = a 64-bit size follows the type; 0 = up to the end), four letters of type, then data or inner
 * boxes. The index, moov, holds a trak for each stream: moov/trak/mdia/minf/stbl/stsd/avc1.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_MP4_BOXES_H
#define MEDIA_MP4_BOXES_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP4_MAX_INDEX (256LL << 20) /* bytes of moov that are read into memory */

/* A box within a block of memory; offsets from the block's start. */
typedef struct mp4_box {
    size_t start;  /* of the header */
    size_t inside; /* of the data */
    size_t end;
} mp4_box;

/* The first box of `type` among those that fill data[from..to), and the next one when `from` is the
 * end of the last. Damaged sizes end the search. */
bool mp4_find(const uint8_t *data, size_t from, size_t to, const char type[5], mp4_box *out);

/* The box at the end of a path of types inside another, "mdia/minf". */
bool mp4_find_path(const uint8_t *data, mp4_box in, const char *path, mp4_box *out);

uint32_t mp4_read32(const uint8_t *p);
uint64_t mp4_read64(const uint8_t *p);
void mp4_write32(uint8_t *p, uint32_t value);
void mp4_write64(uint8_t *p, uint64_t value);

/* A box at the top level of a file; offsets in the file. */
typedef struct mp4_part {
    int64_t start, size;
    char type[5];
} mp4_part;

/* The header of the box at `at`; false at the file's end or when there is no sound header. */
bool mp4_part_read(int fd, int64_t at, int64_t file_size, mp4_part *out);

/* Reads the file's moov box whole; *out is the caller's, released with free; NULL when there is
 * none (not an MP4 file, not readable, beyond MP4_MAX_INDEX). VIS_ERR_MEMORY. */
vis_status mp4_index_read(const char *path, uint8_t **out, size_t *size, vis_error *err);

/* The boxes from moov down to the sample entry of the first video track. */
enum { MP4_MOOV, MP4_TRAK, MP4_MDIA, MP4_MINF, MP4_STBL, MP4_STSD, MP4_ENTRY, MP4_DEPTH };
bool mp4_video_entry(const uint8_t *moov, size_t size, mp4_box path[MP4_DEPTH]);

/* What remains of the coded picture after cropping: a rectangle in pixels. */
typedef struct mp4_crop {
    int x, y, width, height;
} mp4_crop;

/* The clean aperture (clap box) of the file's first video track, when it has one with whole sizes
 * and within the coded size; else a width of 0. VIS_ERR_MEMORY. */
vis_status mp4_crop_read(const char *path, int coded_width, int coded_height, mp4_crop *out,
                         vis_error *err);

#endif
