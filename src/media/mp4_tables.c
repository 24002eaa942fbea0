/* media/mp4_tables.c - collecting and writing a track's tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/mp4_tables.h"

#include "media/mp4_boxes.h"

#include <string.h>

#define TABLE_LIMIT ((size_t)64 << 20) /* bytes of one table: 7 days of video */

void mp4_tables_init(mp4_tables *t)
{
    *t = (mp4_tables){.first_shown = INT64_MAX};
    buffer *all[] = {&t->durations.done, &t->delays.done, &t->sizes,
                     &t->keys,           &t->chunk_runs,  &t->chunks};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buffer_init(all[i], TABLE_LIMIT);
}

void mp4_tables_free(mp4_tables *t)
{
    buffer_free(&t->durations.done);
    buffer_free(&t->delays.done);
    buffer_free(&t->sizes);
    buffer_free(&t->keys);
    buffer_free(&t->chunk_runs);
    buffer_free(&t->chunks);
}

vis_status mp4_append32(buffer *out, uint32_t value, vis_error *err)
{
    uint8_t bytes[4];
    mp4_write32(bytes, value);
    return buffer_append(out, bytes, sizeof bytes, err);
}

vis_status mp4_append64(buffer *out, uint64_t value, vis_error *err)
{
    uint8_t bytes[8];
    mp4_write64(bytes, value);
    return buffer_append(out, bytes, sizeof bytes, err);
}

vis_status mp4_begin(buffer *out, const char type[5], size_t *start, vis_error *err)
{
    *start = out->size;
    VIS_TRY(mp4_append32(out, 0, err));
    return buffer_append(out, type, 4, err);
}

void mp4_end(buffer *out, size_t start)
{
    mp4_write32(out->data + start, (uint32_t)(out->size - start));
}

static vis_status end_run(mp4_runs *r, vis_error *err)
{
    if (r->count == 0) return VIS_OK;
    VIS_TRY(mp4_append32(&r->done, r->count, err));
    VIS_TRY(mp4_append32(&r->done, r->value, err));
    r->count = 0;
    return VIS_OK;
}

static vis_status add_to_run(mp4_runs *r, uint32_t value, vis_error *err)
{
    if (r->value != value) VIS_TRY(end_run(r, err));
    r->value = value;
    r->count++;
    return VIS_OK;
}

vis_status mp4_tables_chunk(mp4_tables *t, int64_t offset, uint32_t packets, vis_error *err)
{
    if (packets != t->last_chunk) {
        VIS_TRY(mp4_append32(&t->chunk_runs, t->n_chunks + 1, err));
        VIS_TRY(mp4_append32(&t->chunk_runs, packets, err));
        VIS_TRY(mp4_append32(&t->chunk_runs, 1, err));
    }
    t->last_chunk = packets;
    t->n_chunks++;
    if (offset > UINT32_MAX) t->wide = true;
    return mp4_append64(&t->chunks, (uint64_t)offset, err);
}

vis_status mp4_tables_packet(mp4_tables *t, const mp4_packet *packet, vis_error *err)
{
    int64_t shown = t->time + packet->delay;
    t->packets++;
    t->time += packet->duration;
    t->delayed = t->delayed || packet->delay != 0;
    if (shown < t->first_shown) t->first_shown = shown;
    if (shown + packet->duration > t->end_shown) t->end_shown = shown + packet->duration;
    if (packet->key) VIS_TRY(mp4_append32(&t->keys, t->packets, err));
    VIS_TRY(mp4_append32(&t->sizes, packet->size, err));
    VIS_TRY(add_to_run(&t->durations, packet->duration, err));
    return add_to_run(&t->delays, (uint32_t)packet->delay, err);
}

/* A box of version 0: the numbers of `head`, then a table. */
static vis_status write_table(buffer *out, const char type[5], const uint32_t *head, int n,
                              const buffer *table, vis_error *err)
{
    size_t start;
    VIS_TRY(mp4_begin(out, type, &start, err));
    VIS_TRY(mp4_append32(out, 0, err));
    for (int i = 0; i < n; i++)
        VIS_TRY(mp4_append32(out, head[i], err));
    if (table->size) VIS_TRY(buffer_append(out, table->data, table->size, err));
    mp4_end(out, start);
    return VIS_OK;
}

/* `entry` bytes each. */
static vis_status write_list(buffer *out, const char type[5], const buffer *table, uint32_t entry,
                             vis_error *err)
{
    uint32_t count = (uint32_t)(table->size / entry);
    return write_table(out, type, &count, 1, table, err);
}

static vis_status write_chunks(const mp4_tables *t, buffer *out, vis_error *err)
{
    if (t->wide) return write_list(out, "co64", &t->chunks, 8, err);
    size_t start;
    VIS_TRY(mp4_begin(out, "stco", &start, err));
    VIS_TRY(mp4_append32(out, 0, err));
    VIS_TRY(mp4_append32(out, t->n_chunks, err));
    for (size_t at = 0; at < t->chunks.size; at += 8)
        VIS_TRY(buffer_append(out, t->chunks.data + at + 4, 4, err));
    mp4_end(out, start);
    return VIS_OK;
}

vis_status mp4_tables_write(mp4_tables *t, buffer *out, vis_error *err)
{
    VIS_TRY(end_run(&t->durations, err));
    VIS_TRY(end_run(&t->delays, err));
    VIS_TRY(write_list(out, "stts", &t->durations.done, 8, err));
    if (t->keys.size / 4 < t->packets) VIS_TRY(write_list(out, "stss", &t->keys, 4, err));
    if (t->delayed) VIS_TRY(write_list(out, "ctts", &t->delays.done, 8, err));
    VIS_TRY(write_list(out, "stsc", &t->chunk_runs, 12, err));
    VIS_TRY(write_table(out, "stsz", (uint32_t[]){0, t->packets}, 2, &t->sizes, err));
    return write_chunks(t, out, err);
}
