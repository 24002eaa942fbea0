/* media/mp4_tables.h - the tables of one track of an MP4 file, packet by packet.
 *
 * Format (ISO/IEC 14496-12), in a track's stbl, all big-endian: stts runs of (packets, duration);
 * ctts runs of (packets, from decoding to showing); stsz sizes; stss numbers of the packets that
 * decoding can begin at; stsc runs of (first chunk, packets a chunk, description); stco or co64
 * where chunks begin. Numbers count from 1. A chunk is a row of packets one behind the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_MP4_TABLES_H
#define MEDIA_MP4_TABLES_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

/* Equal values one after the other, of which only the number is kept. */
typedef struct mp4_runs {
    buffer done; /* (count, value) */
    uint32_t count, value;
} mp4_runs;

typedef struct mp4_tables {
    mp4_runs durations, delays;
    buffer sizes, keys, chunk_runs, chunks; /* chunks: 64-bit offsets */
    uint32_t packets, n_chunks, last_chunk; /* packets of the last chunk */
    bool delayed, wide;                     /* some delay is not 0; offsets get 64 bits */
    int64_t time;                           /* of decoding the next packet, in the track's ticks */
    int64_t first_shown, end_shown;         /* of all packets */
} mp4_tables;

typedef struct mp4_packet {
    uint32_t size, duration;
    int32_t delay; /* from decoding to showing */
    bool key;
} mp4_packet;

void mp4_tables_init(mp4_tables *t);
void mp4_tables_free(mp4_tables *t);

/* A chunk begins at `offset`; its packets follow. VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status mp4_tables_chunk(mp4_tables *t, int64_t offset, uint32_t packets, vis_error *err);
vis_status mp4_tables_packet(mp4_tables *t, const mp4_packet *packet, vis_error *err);

/* Appends the boxes named above. */
vis_status mp4_tables_write(mp4_tables *t, buffer *out, vis_error *err);

/* Appends 32 and 64 bits, big-endian. */
vis_status mp4_append32(buffer *out, uint32_t value, vis_error *err);
vis_status mp4_append64(buffer *out, uint64_t value, vis_error *err);

/* A box of `type` begins; its size is written by mp4_end with what mp4_begin left in *start. */
vis_status mp4_begin(buffer *out, const char type[5], size_t *start, vis_error *err);
void mp4_end(buffer *out, size_t start);

#endif
