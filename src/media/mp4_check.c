/* media/mp4_check.c - looks for packets, settings and tags in the index.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/mp4_check.h"

#include "base/file.h"
#include "media/mp4_boxes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOUND_ENTRY_FIELDS 28 /* of a sample entry, before its boxes */
#define ENTRY_HEADER 8

/* Table of sizes: version and flags, one size for all, number of packets. */
static bool has_packets(const uint8_t *data, mp4_box track, int64_t packets)
{
    mp4_box sizes;
    return mp4_find_path(data, track, "mdia/minf/stbl/stsz", &sizes) &&
           sizes.end - sizes.inside >= 12 && mp4_read32(data + sizes.inside + 8) == packets;
}

/* Passes `count` parameter sets, each behind its length of 16 bits. */
static bool pass_sets(const uint8_t *data, size_t *at, size_t end, int count)
{
    for (; count > 0; count--) {
        if (end - *at < 2) return false;
        size_t length = (size_t)data[*at] << 8 | data[*at + 1];
        if (length == 0 || end - *at - 2 < length) return false;
        *at += 2 + length;
    }
    return true;
}

/* AVCDecoderConfigurationRecord (ISO/IEC 14496-15): five bytes, of which the second is the profile;
 * the sequence and the picture parameter sets behind their numbers; for the high profiles four more
 * bytes. */
static bool is_avc_record(const uint8_t *data, mp4_box box)
{
    size_t at = box.inside + 6;
    if (box.end - box.inside < 7) return false;
    int profile = data[box.inside + 1], sequences = data[box.inside + 5] & 31;
    if (sequences == 0 || !pass_sets(data, &at, box.end, sequences) || at == box.end) return false;
    int pictures = data[at++];
    if (pictures == 0 || !pass_sets(data, &at, box.end, pictures)) return false;
    bool plain = profile == 66 || profile == 77 || profile == 88;
    return plain || box.end - at >= 4;
}

static bool has_settings(const uint8_t *data, size_t size, mp4_box track)
{
    mp4_box path[MP4_DEPTH], box, handler;
    if (!mp4_find_path(data, track, "mdia/hdlr", &handler) || handler.end - handler.inside < 12)
        return false;
    if (memcmp(data + handler.inside + 8, "vide", 4) == 0) {
        const mp4_box *entry = &path[MP4_ENTRY];
        return mp4_video_entry(data, size, path) &&
               mp4_find(data, entry->inside, entry->end, "avcC", &box) && is_avc_record(data, box);
    }
    return mp4_find_path(data, track, "mdia/minf/stbl/stsd", &box) &&
           mp4_find(data, box.inside + 8 + ENTRY_HEADER + SOUND_ENTRY_FIELDS, box.end, "esds",
                    &box) &&
           box.end - box.inside > 4;
}

static bool is_whole(const uint8_t *data, size_t size, const mp4_contents *c)
{
    mp4_box moov, track, tags;
    int tracks = 0;
    if (!mp4_find(data, 0, size, "moov", &moov)) return false;
    for (size_t at = moov.inside; mp4_find(data, at, moov.end, "trak", &track); at = track.end) {
        if (tracks == c->tracks || !has_packets(data, track, c->packets[tracks++]) ||
            !has_settings(data, size, track))
            return false;
    }
    if (c->comment &&
        (!mp4_find_path(data, moov, "udta/meta", &tags) ||
         !memmem(data + tags.inside, tags.end - tags.inside, c->comment, strlen(c->comment))))
        return false;
    return tracks == c->tracks;
}

/* Directly behind ftyp there is a box of that size, and it is the seal. */
static bool has_seal(const char *path, int64_t seal_size)
{
    int fd;
    size_t size;
    mp4_part head, seal;
    if (seal_size == 0) return true;
    if (file_open(path, &fd, &size, NULL) != VIS_OK) return false;
    bool there = mp4_part_read(fd, 0, (int64_t)size, &head) &&
                 mp4_part_read(fd, head.size, (int64_t)size, &seal) &&
                 strcmp(seal.type, "uuid") == 0 && seal.size == seal_size;
    close(fd);
    return there;
}

vis_status mp4_check(const char *path, const char *name, const mp4_contents *contents,
                     vis_error *err)
{
    uint8_t *data;
    size_t size = 0;
    VIS_TRY(mp4_index_read(path, &data, &size, err));
    if (!data) return vis_fail(err, VIS_ERR_WRITE, "%s: the index cannot be read back", name);
    bool whole = is_whole(data, size, contents) && has_seal(path, contents->seal_size);
    free(data);
    if (whole) return VIS_OK;
    return vis_fail(err, VIS_ERR_MEMORY,
                    "%s: the muxer left a part out, which it does when memory runs out", name);
}
