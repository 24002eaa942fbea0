/* media/mp4_boxes.c - finding boxes, and reading the clean aperture.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/mp4_boxes.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A visual sample entry: box header, 8 bytes common to all entries, 70 of its own, then boxes. */
#define VISUAL_ENTRY_FIELDS 78

uint32_t mp4_read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t mp4_read64(const uint8_t *p)
{
    return (uint64_t)mp4_read32(p) << 32 | mp4_read32(p + 4);
}

void mp4_write32(uint8_t *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (24 - 8 * i));
}

void mp4_write64(uint8_t *p, uint64_t value)
{
    mp4_write32(p, (uint32_t)(value >> 32));
    mp4_write32(p + 4, (uint32_t)value);
}

/* Size of the box whose header starts at p, `room` bytes before the end; 0 when it is damaged. */
static uint64_t box_size(const uint8_t *p, uint64_t room, int *header)
{
    if (room < 8) return 0;
    uint64_t size = mp4_read32(p);
    *header = 8;
    if (size == 0) size = room;
    if (size == 1) {
        if (room < 16) return 0;
        size = mp4_read64(p + 8);
        *header = 16;
    }
    return size >= (uint64_t)*header && size <= room ? size : 0;
}

bool mp4_find(const uint8_t *data, size_t from, size_t to, const char type[5], mp4_box *out)
{
    while (from < to) {
        int header;
        size_t size = (size_t)box_size(data + from, to - from, &header);
        if (size == 0) return false;
        if (memcmp(data + from + 4, type, 4) == 0) {
            *out = (mp4_box){from, from + (size_t)header, from + size};
            return true;
        }
        from += size;
    }
    return false;
}

bool mp4_find_path(const uint8_t *data, mp4_box in, const char *path, mp4_box *out)
{
    for (const char *type = path; type; type = strchr(type, '/')) {
        type += *type == '/';
        char four[5] = {type[0], type[1], type[2], type[3], 0};
        if (!mp4_find(data, in.inside, in.end, four, &in)) return false;
    }
    *out = in;
    return true;
}

bool mp4_part_read(int fd, int64_t at, int64_t file_size, mp4_part *out)
{
    uint8_t bytes[16] = {0};
    int64_t room = file_size - at;
    if (room < 8) return false;
    ssize_t want = room < 16 ? 8 : 16;
    if (pread(fd, bytes, (size_t)want, at) != want) return false;
    int header;
    uint64_t size = box_size(bytes, (uint64_t)room, &header);
    if (size == 0) return false;
    *out = (mp4_part){.start = at, .size = (int64_t)size};
    memcpy(out->type, bytes + 4, 4);
    return true;
}

static vis_status read_part(int fd, const mp4_part *part, uint8_t **out, size_t *size,
                            vis_error *err)
{
    uint8_t *bytes = malloc((size_t)part->size);
    if (!bytes) return vis_fail_memory(err, "a video's index");
    for (int64_t at = 0; at < part->size;) {
        ssize_t got = pread(fd, bytes + at, (size_t)(part->size - at), part->start + at);
        if (got <= 0) {
            free(bytes);
            return VIS_OK;
        }
        at += got;
    }
    *out = bytes;
    *size = (size_t)part->size;
    return VIS_OK;
}

vis_status mp4_index_read(const char *path, uint8_t **out, size_t *size, vis_error *err)
{
    *out = NULL;
    int fd;
    size_t file_size;
    if (file_open(path, &fd, &file_size, NULL) != VIS_OK) return VIS_OK;
    vis_status status = VIS_OK;
    mp4_part part;
    for (int64_t at = 0; mp4_part_read(fd, at, (int64_t)file_size, &part); at += part.size)
        if (strcmp(part.type, "moov") == 0) {
            if (part.size <= MP4_MAX_INDEX) status = read_part(fd, &part, out, size, err);
            break;
        }
    close(fd);
    return status;
}

static bool is_video(const uint8_t *data, const mp4_box *media)
{
    mp4_box handler;
    return mp4_find(data, media->inside, media->end, "hdlr", &handler) &&
           handler.end - handler.inside >= 12 && memcmp(data + handler.inside + 8, "vide", 4) == 0;
}

bool mp4_video_entry(const uint8_t *moov, size_t size, mp4_box path[MP4_DEPTH])
{
    if (!mp4_find(moov, 0, size, "moov", &path[MP4_MOOV])) return false;
    size_t from = path[MP4_MOOV].inside;
    do {
        if (!mp4_find(moov, from, path[MP4_MOOV].end, "trak", &path[MP4_TRAK])) return false;
        from = path[MP4_TRAK].end;
    } while (!mp4_find(moov, path[MP4_TRAK].inside, path[MP4_TRAK].end, "mdia", &path[MP4_MDIA]) ||
             !is_video(moov, &path[MP4_MDIA]));

    static const char types[][5] = {"minf", "stbl", "stsd"};
    for (int i = 0; i < 3; i++) {
        const mp4_box *outer = &path[MP4_MDIA + i];
        if (!mp4_find(moov, outer->inside, outer->end, types[i], &path[MP4_MINF + i])) return false;
    }
    const mp4_box *table = &path[MP4_STSD]; /* version, flags, count, entries */
    int header;
    if (table->end - table->inside < 8) return false;
    size_t start = table->inside + 8;
    uint64_t entry = box_size(moov + start, table->end - start, &header);
    if (entry < (size_t)header + VISUAL_ENTRY_FIELDS) return false;
    path[MP4_ENTRY] =
        (mp4_box){start, start + (size_t)header + VISUAL_ENTRY_FIELDS, start + (size_t)entry};
    return true;
}

/* One direction of the clean aperture: `length` pixels, the centre `offset` (a fraction) off the
 * middle of the coded `full`; the first pixel is at (full - length) / 2 + offset. */
static bool clean_span(const uint8_t *size, const uint8_t *offset, int full, int *start,
                       int *length)
{
    uint32_t size_num = mp4_read32(size), size_den = mp4_read32(size + 4);
    int64_t offset_num = (int32_t)mp4_read32(offset), offset_den = mp4_read32(offset + 4);
    if (size_den == 0 || offset_den == 0 || size_num % size_den != 0) return false;
    int64_t pixels = size_num / size_den;
    int64_t doubled = (full - pixels) * offset_den + 2 * offset_num; /* 2 * offset_den * start */
    if (pixels < 1 || doubled < 0 || doubled % (2 * offset_den) != 0) return false;
    int64_t first = doubled / (2 * offset_den);
    if (first + pixels > full) return false;
    *start = (int)first;
    *length = (int)pixels;
    return true;
}

vis_status mp4_crop_read(const char *path, int coded_width, int coded_height, mp4_crop *out,
                         vis_error *err)
{
    uint8_t *moov;
    size_t size = 0;
    *out = (mp4_crop){0};
    VIS_TRY(mp4_index_read(path, &moov, &size, err));
    mp4_box boxes[MP4_DEPTH], clap;
    const mp4_box *entry = &boxes[MP4_ENTRY];
    mp4_crop found;
    if (moov && mp4_video_entry(moov, size, boxes) &&
        mp4_find(moov, entry->inside, entry->end, "clap", &clap) && clap.end - clap.inside >= 32) {
        const uint8_t *fields = moov + clap.inside;
        if (clean_span(fields, fields + 16, coded_width, &found.x, &found.width) &&
            clean_span(fields + 8, fields + 24, coded_height, &found.y, &found.height))
            *out = found;
    }
    free(moov);
    return VIS_OK;
}
