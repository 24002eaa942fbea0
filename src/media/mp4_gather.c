/* media/mp4_gather.c - reading fragments, writing the index.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/mp4_gather.h"

#include "media/mp4_tables.h"

#include <string.h>
#include <unistd.h>

#define MAX_TRACKS 2                    /* picture and sound */
#define MAX_FRAGMENT ((size_t)16 << 20) /* bytes of a moof */
#define NOT_A_KEY 0x00010000u           /* sample_is_non_sync_sample */

/* Bits of tfhd and trun that say which fields are there (ISO/IEC 14496-12, 8.8.7 and 8.8.8). */
enum { HEAD_BASE = 1, HEAD_ENTRY = 2, HEAD_DURATION = 8, HEAD_SIZE = 0x10, HEAD_FLAGS = 0x20 };
enum {
    RUN_OFFSET = 1,
    RUN_FIRST = 4,
    RUN_DURATION = 0x100,
    RUN_SIZE = 0x200,
    RUN_FLAGS = 0x400,
    RUN_DELAY = 0x800
};

typedef struct defaults {
    uint32_t duration, size, flags;
} defaults;

typedef struct track {
    uint32_t id, ticks; /* a second */
    int64_t media_time; /* where showing begins, by the edit list */
    defaults usual;
    mp4_tables tables;
} track;

typedef struct gathering {
    const char *name;
    track track[MAX_TRACKS];
    int tracks;
    uint32_t longest; /* of the tracks, in milliseconds */
} gathering;

static vis_status fail_layout(const gathering *g, vis_error *err)
{
    return vis_fail(err, VIS_ERR_INTERNAL, "%s: the muxer left an unexpected MP4 layout", g->name);
}

/* Fields of a box one after the other; `sound` is false once they ran out. */
typedef struct fields {
    const uint8_t *at, *end;
    bool sound;
} fields;

static uint32_t next32(fields *f)
{
    f->sound = f->sound && f->end - f->at >= 4;
    if (!f->sound) return 0;
    f->at += 4;
    return mp4_read32(f->at - 4);
}

static uint32_t next32_if(fields *f, uint32_t there, uint32_t otherwise)
{
    return there ? next32(f) : otherwise;
}

/* The fields of the box at the end of a path of types, "mdia/mdhd". */
static fields find(const uint8_t *data, mp4_box in, const char *path)
{
    mp4_box box;
    if (!mp4_find_path(data, in, path, &box)) return (fields){0};
    return (fields){data + box.inside, data + box.end, true};
}

static track *track_of(gathering *g, uint32_t id)
{
    for (int i = 0; i < g->tracks; i++)
        if (g->track[i].id == id) return &g->track[i];
    return NULL;
}

/* The id, the ticks and the edit list's last entry of a track; all boxes here are of version 0. */
static bool read_track(const uint8_t *data, mp4_box box, track *t)
{
    fields header = find(data, box, "tkhd"), media = find(data, box, "mdia/mdhd");
    fields edits = find(data, box, "edts/elst");
    next32(&header), next32(&header), next32(&header);
    t->id = next32(&header);
    next32(&media), next32(&media), next32(&media);
    t->ticks = next32(&media);
    if (edits.sound && edits.end - edits.at >= 20 && mp4_read32(edits.end - 8) < 1u << 31)
        t->media_time = mp4_read32(edits.end - 8);
    return header.sound && media.sound && t->ticks > 0;
}

static bool read_tracks(gathering *g, const buffer *empty)
{
    mp4_box moov, box, extends;
    const uint8_t *data = empty->data;
    if (!mp4_find(data, 0, empty->size, "moov", &moov) ||
        !mp4_find(data, moov.inside, moov.end, "mvex", &extends))
        return false;
    fields header = find(data, moov, "mvhd");
    for (int i = 0; i < 3; i++) /* version and times */
        next32(&header);
    if (next32(&header) != MP4_MOVIE_TICKS) return false;
    for (size_t at = moov.inside; mp4_find(data, at, moov.end, "trak", &box); at = box.end) {
        if (g->tracks == MAX_TRACKS || !read_track(data, box, &g->track[g->tracks])) return false;
        g->tracks++;
    }
    for (size_t at = extends.inside; mp4_find(data, at, extends.end, "trex", &box); at = box.end) {
        fields f = {data + box.inside, data + box.end, true};
        next32(&f);
        track *t = track_of(g, next32(&f));
        next32(&f);
        defaults usual = {next32(&f), next32(&f), next32(&f)};
        if (!t || !f.sound) return false;
        t->usual = usual;
    }
    return g->tracks > 0;
}

/* A trun: packets one behind the other. `moof` is where the fragment begins in the file. */
static vis_status read_run(gathering *g, track *t, fields f, defaults usual, int64_t moof,
                           vis_error *err)
{
    uint32_t bits = next32(&f) & 0xFFFFFF, count = next32(&f);
    int64_t offset = (int32_t)next32_if(&f, bits & RUN_OFFSET, 0);
    uint32_t first = next32_if(&f, bits & RUN_FIRST, usual.flags);
    if (!f.sound || !(bits & RUN_OFFSET)) return fail_layout(g, err);
    if (count > 0) VIS_TRY(mp4_tables_chunk(&t->tables, moof + offset, count, err));
    for (uint32_t i = 0; i < count; i++) {
        mp4_packet packet = {.duration = next32_if(&f, bits & RUN_DURATION, usual.duration)};
        packet.size = next32_if(&f, bits & RUN_SIZE, usual.size);
        uint32_t flags = next32_if(&f, bits & RUN_FLAGS, i == 0 ? first : usual.flags);
        packet.key = !(flags & NOT_A_KEY);
        packet.delay = (int32_t)next32_if(&f, bits & RUN_DELAY, 0);
        if (!f.sound) return fail_layout(g, err);
        VIS_TRY(mp4_tables_packet(&t->tables, &packet, err));
    }
    return VIS_OK;
}

static vis_status read_fragment_track(gathering *g, const uint8_t *data, mp4_box traf, int64_t moof,
                                      vis_error *err)
{
    fields head = find(data, traf, "tfhd");
    uint32_t bits = next32(&head) & 0xFFFFFF;
    track *t = track_of(g, next32(&head));
    if (!t || !head.sound || bits & HEAD_BASE) return fail_layout(g, err);
    next32_if(&head, bits & HEAD_ENTRY, 0);
    defaults usual = {next32_if(&head, bits & HEAD_DURATION, t->usual.duration),
                      next32_if(&head, bits & HEAD_SIZE, t->usual.size),
                      next32_if(&head, bits & HEAD_FLAGS, t->usual.flags)};
    if (!head.sound) return fail_layout(g, err);
    mp4_box run;
    for (size_t at = traf.inside; mp4_find(data, at, traf.end, "trun", &run); at = run.end)
        VIS_TRY(
            read_run(g, t, (fields){data + run.inside, data + run.end, true}, usual, moof, err));
    return VIS_OK;
}

static vis_status read_fragment(gathering *g, const buffer *fragment, int64_t start, vis_error *err)
{
    mp4_box moof, traf;
    if (!mp4_find(fragment->data, 0, fragment->size, "moof", &moof)) return fail_layout(g, err);
    for (size_t at = moof.inside; mp4_find(fragment->data, at, moof.end, "traf", &traf);
         at = traf.end)
        VIS_TRY(read_fragment_track(g, fragment->data, traf, start, err));
    return VIS_OK;
}

static vis_status read_whole(const gathering *g, int fd, const mp4_part *part, buffer *out,
                             vis_error *err)
{
    uint8_t block[4096];
    out->size = 0;
    for (int64_t at = 0; at < part->size;) {
        int64_t left = part->size - at;
        ssize_t got = pread(fd, block, left < (int64_t)sizeof block ? (size_t)left : sizeof block,
                            part->start + at);
        if (got <= 0)
            return vis_fail(err, VIS_ERR_WRITE, "%s: cannot be read back to be finished", g->name);
        VIS_TRY(buffer_append(out, block, (size_t)got, err));
        at += got;
    }
    return VIS_OK;
}

static vis_status read_fragments(gathering *g, int fd, int64_t size, int64_t from, vis_error *err)
{
    buffer fragment;
    buffer_init(&fragment, MAX_FRAGMENT);
    vis_status status = VIS_OK;
    mp4_part part;
    for (; status == VIS_OK && mp4_part_read(fd, from, size, &part); from += part.size) {
        if (strcmp(part.type, "moof") != 0) continue;
        status = read_whole(g, fd, &part, &fragment, err);
        if (status == VIS_OK) status = read_fragment(g, &fragment, part.start, err);
    }
    buffer_free(&fragment);
    if (status == VIS_OK && from != size) return fail_layout(g, err);
    return status;
}

/* --- the index -------------------------------------------------------------------------------- */

static int64_t shown(const track *t)
{
    int64_t length = t->tables.end_shown - t->media_time;
    return length > 0 ? length : 0;
}

/* Rounded up; 49 days fit. */
static uint32_t milliseconds(const track *t)
{
    return (uint32_t)((shown(t) * MP4_MOVIE_TICKS + t->ticks - 1) / t->ticks);
}

static vis_status write_at(gathering *g, buffer *out, size_t start, size_t offset, uint32_t value,
                           vis_error *err)
{
    if (out->size - start < offset + 4) return fail_layout(g, err);
    mp4_write32(out->data + start + offset, value);
    return VIS_OK;
}

/* mdhd, with 64 bits for the duration where 32 are too few (version 1: 48 kHz after a day). */
static vis_status write_media_header(gathering *g, const uint8_t *box, size_t size, const track *t,
                                     buffer *out, vis_error *err)
{
    uint64_t ticks = (uint64_t)(t->tables.end_shown - t->tables.first_shown);
    size_t start = out->size;
    if (size != 32) return fail_layout(g, err);
    if (ticks <= UINT32_MAX) {
        VIS_TRY(buffer_append(out, box, size, err));
        return write_at(g, out, start, 24, (uint32_t)ticks, err);
    }
    VIS_TRY(mp4_begin(out, "mdhd", &start, err));
    VIS_TRY(mp4_append32(out, 1u << 24, err));
    VIS_TRY(mp4_append64(out, mp4_read32(box + 12), err));
    VIS_TRY(mp4_append64(out, mp4_read32(box + 16), err));
    VIS_TRY(mp4_append32(out, t->ticks, err));
    VIS_TRY(mp4_append64(out, ticks, err));
    VIS_TRY(buffer_append(out, box + 28, 4, err));
    mp4_end(out, start);
    return VIS_OK;
}

static vis_status write_inside(gathering *g, const uint8_t *data, mp4_box box, track *t,
                               buffer *out, vis_error *err);

static bool one_of(const char *type, const char *types)
{
    for (; *types; types += 5)
        if (memcmp(type, types, 4) == 0) return true;
    return false;
}

/* One box of the empty index, into the full one. `t` is the track that it belongs to, or NULL. */
static vis_status write_box(gathering *g, const uint8_t *data, mp4_box box, const char *type,
                            track *t, buffer *out, vis_error *err)
{
    size_t start = out->size, size = box.end - box.start;
    if (one_of(type, "mvex stts stsc stsz stco ")) return VIS_OK;
    if (one_of(type, "trak mdia minf stbl edts ")) {
        VIS_TRY(mp4_begin(out, type, &start, err));
        VIS_TRY(write_inside(g, data, box, t, out, err));
        if (memcmp(type, "stbl", 4) == 0) VIS_TRY(mp4_tables_write(&t->tables, out, err));
        mp4_end(out, start);
        return VIS_OK;
    }
    if (t && memcmp(type, "mdhd", 4) == 0)
        return write_media_header(g, data + box.start, size, t, out, err);
    VIS_TRY(buffer_append(out, data + box.start, size, err));
    if (memcmp(type, "mvhd", 4) == 0) return write_at(g, out, start, 24, g->longest, err);
    if (t && memcmp(type, "tkhd", 4) == 0) return write_at(g, out, start, 28, milliseconds(t), err);
    if (t && memcmp(type, "elst", 4) == 0 && size >= 28)
        return write_at(g, out, start, size - 12, milliseconds(t), err);
    return VIS_OK;
}

static vis_status write_inside(gathering *g, const uint8_t *data, mp4_box box, track *t,
                               buffer *out, vis_error *err)
{
    int next = 0;
    for (size_t at = box.inside; at + 8 <= box.end;) {
        char type[5] = {0};
        mp4_box inner;
        memcpy(type, data + at + 4, 4);
        if (!mp4_find(data, at, box.end, type, &inner)) return fail_layout(g, err);
        bool track_box = memcmp(type, "trak", 4) == 0;
        if (!t && !track_box && one_of(type, "mdia minf stbl edts ")) return fail_layout(g, err);
        VIS_TRY(write_box(g, data, inner, type, track_box ? &g->track[next++] : t, out, err));
        at = inner.end;
    }
    return VIS_OK;
}

static vis_status write_index(gathering *g, const buffer *empty, buffer *moov, vis_error *err)
{
    mp4_box box;
    size_t start;
    for (int i = 0; i < g->tracks; i++)
        if (milliseconds(&g->track[i]) > g->longest) g->longest = milliseconds(&g->track[i]);
    if (!mp4_find(empty->data, 0, empty->size, "moov", &box)) return fail_layout(g, err);
    VIS_TRY(mp4_begin(moov, "moov", &start, err));
    VIS_TRY(write_inside(g, empty->data, box, NULL, moov, err));
    mp4_end(moov, start);
    return VIS_OK;
}

vis_status mp4_gather(int fd, int64_t size, const buffer *empty, int64_t from, bool wide,
                      const char *name, buffer *moov, vis_error *err)
{
    gathering g = {.name = name};
    for (int i = 0; i < MAX_TRACKS; i++) {
        mp4_tables_init(&g.track[i].tables);
        g.track[i].tables.wide = wide;
    }
    vis_status status = read_tracks(&g, empty) ? VIS_OK : fail_layout(&g, err);
    if (status == VIS_OK) status = read_fragments(&g, fd, size, from, err);
    if (status == VIS_OK) status = write_index(&g, empty, moov, err);
    for (int i = 0; i < MAX_TRACKS; i++)
        mp4_tables_free(&g.track[i].tables);
    return status;
}
