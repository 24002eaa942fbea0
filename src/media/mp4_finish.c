/* media/mp4_finish.c - one index, clean aperture, XMP packet, index in front, the seal.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/mp4_finish.h"

#include "media/mp4_boxes.h"
#include "media/mp4_gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLAP_SIZE 40
#define MOVE_CHUNK (1 << 20)
#define MDAT_HEADER 16 /* with a size of 64 bits */
#define EMPTY_INDEX_MAX (1 << 20)

/* Box type "uuid" with the identifier of XMP packets (Adobe, XMP specification part 3, ISO base
 * media files). */
static const uint8_t xmp_uuid[16] = {0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8,
                                     0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC};

typedef struct mp4_file {
    int fd;
    const char *name;
    int64_t size;
    mp4_part head;      /* ftyp */
    mp4_part empty;     /* moov, as it was before the first packet; the fragments follow */
    buffer empty_index; /* its bytes */
    buffer index;       /* the new moov, with room for a clap box; `moov` is its data */
    uint8_t *moov;
    size_t moov_size;
    uint8_t *xmp; /* the uuid box, NULL when there is none */
    size_t xmp_size, seal_size;
} mp4_file;

static vis_status fail_write(const mp4_file *f, vis_error *err)
{
    return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "%s: cannot be written: %s", f->name,
                    strerror(errno));
}

static vis_status fail_layout(const mp4_file *f, vis_error *err)
{
    return vis_fail(err, VIS_ERR_INTERNAL, "%s: the muxer left an unexpected MP4 layout", f->name);
}

static vis_status read_at(const mp4_file *f, void *bytes, size_t size, int64_t at, vis_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(f->fd, (uint8_t *)bytes + done, size - done, at + (int64_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail_write(f, err);
        done += (size_t)got;
    }
    return VIS_OK;
}

static vis_status write_at(const mp4_file *f, const void *bytes, size_t size, int64_t at,
                           vis_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t wrote =
            pwrite(f->fd, (const uint8_t *)bytes + done, size - done, at + (int64_t)done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return fail_write(f, err);
        done += (size_t)wrote;
    }
    return VIS_OK;
}

static vis_status gather(mp4_file *f, bool wide, vis_error *err)
{
    static const uint8_t room[CLAP_SIZE];
    int64_t fragments = f->empty.start + f->empty.size;
    f->index.size = 0;
    VIS_TRY(mp4_gather(f->fd, f->size, &f->empty_index, fragments, wide, f->name, &f->index, err));
    f->moov_size = f->index.size;
    VIS_TRY(buffer_append(&f->index, room, sizeof room, err));
    f->moov = f->index.data;
    return VIS_OK;
}

/* Finds ftyp and the empty moov behind it. */
static vis_status load(mp4_file *f, vis_error *err)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0) return fail_write(f, err);
    f->size = st.st_size;
    if (!mp4_part_read(f->fd, 0, f->size, &f->head) || strcmp(f->head.type, "ftyp") != 0 ||
        !mp4_part_read(f->fd, f->head.size, f->size, &f->empty) ||
        strcmp(f->empty.type, "moov") != 0 || f->empty.size > EMPTY_INDEX_MAX ||
        f->empty.size < MDAT_HEADER)
        return fail_layout(f, err);
    uint8_t *bytes = malloc((size_t)f->empty.size);
    if (!bytes) return vis_fail_memory(err, "the video's index");
    vis_status status = read_at(f, bytes, (size_t)f->empty.size, f->empty.start, err);
    if (status == VIS_OK)
        status = buffer_append(&f->empty_index, bytes, (size_t)f->empty.size, err);
    free(bytes);
    return status;
}

/* Cuts width and height (16.16 fixed point) in the track header, whose layout depends on its
 * version: times and duration of 32 or 64 bits. They are as shown, so that pixels which are not
 * square count as wide as they are. */
static bool cut_track_size(mp4_file *f, const mp4_box *track, int width, int height, int cut_x,
                           int cut_y)
{
    mp4_box header;
    if (!mp4_find(f->moov, track->inside, track->end, "tkhd", &header)) return false;
    size_t size = header.end - header.inside;
    bool wide = size > 0 && f->moov[header.inside] == 1;
    size_t at = wide ? 88 : 76;
    if (size < at + 8) return false;
    uint8_t *sides = f->moov + header.inside + at;
    mp4_write32(sides, (uint32_t)((uint64_t)mp4_read32(sides) * (uint64_t)width /
                                  (uint64_t)(width + cut_x)));
    mp4_write32(sides + 4, (uint32_t)((uint64_t)mp4_read32(sides + 4) * (uint64_t)height /
                                      (uint64_t)(height + cut_y)));
    return true;
}

/* Fields of a clap box: clean width, clean height, then the offset of its centre from the
 * picture's, each as a numerator and a denominator. The upper left corner stays where it is, so
 * that the centre moves by half of what is cut. */
static void fill_clap(uint8_t *box, int width, int height, int cut_x, int cut_y)
{
    mp4_write32(box, CLAP_SIZE);
    memcpy(box + 4, "clap", 4);
    mp4_write32(box + 8, (uint32_t)width);
    mp4_write32(box + 12, 1);
    mp4_write32(box + 16, (uint32_t)height);
    mp4_write32(box + 20, 1);
    mp4_write32(box + 24, (uint32_t)-cut_x);
    mp4_write32(box + 28, 2);
    mp4_write32(box + 32, (uint32_t)-cut_y);
    mp4_write32(box + 36, 2);
}

static bool crop(mp4_file *f, int width, int height)
{
    mp4_box path[MP4_DEPTH];
    if (!mp4_video_entry(f->moov, f->moov_size, path)) return false;
    const mp4_box *entry = &path[MP4_ENTRY];
    /* Width and height, 16 bits each, stand before the last 50 bytes of the entry's own fields. */
    const uint8_t *coded = f->moov + entry->inside - 54;
    int cut_x = (coded[0] << 8 | coded[1]) - width, cut_y = (coded[2] << 8 | coded[3]) - height;
    if (cut_x < 0 || cut_y < 0) return false;
    if (cut_x == 0 && cut_y == 0) return true;
    if (!cut_track_size(f, &path[MP4_TRAK], width, height, cut_x, cut_y)) return false;

    size_t at = entry->end;
    memmove(f->moov + at + CLAP_SIZE, f->moov + at, f->moov_size - at);
    fill_clap(f->moov + at, width, height, cut_x, cut_y);
    f->moov_size += CLAP_SIZE;
    for (int i = MP4_MOOV; i < MP4_DEPTH; i++) {
        uint8_t *size = f->moov + path[i].start;
        mp4_write32(size, mp4_read32(size) + CLAP_SIZE); /* index boxes stay below 4 GiB */
    }
    return true;
}

static vis_status make_xmp_box(mp4_file *f, const buffer *xmp, vis_error *err)
{
    if (xmp->size == 0) return VIS_OK;
    f->xmp_size = 8 + sizeof xmp_uuid + xmp->size;
    f->xmp = malloc(f->xmp_size);
    if (!f->xmp) return vis_fail_memory(err, "the XMP packet");
    mp4_write32(f->xmp, (uint32_t)f->xmp_size);
    memcpy(f->xmp + 4, "uuid", 4);
    memcpy(f->xmp + 8, xmp_uuid, sizeof xmp_uuid);
    memcpy(f->xmp + 8 + sizeof xmp_uuid, xmp->data, xmp->size);
    return VIS_OK;
}

/* Adds `delta` to a table of chunk offsets (stco: 32 bits, co64: 64 bits): version and flags,
 * count, offsets. With `apply` false it only says whether all would fit. */
static bool shift_table(uint8_t *fields, size_t size, bool wide, int64_t delta, bool apply)
{
    size_t width = wide ? 8 : 4;
    if (size < 8) return false;
    size_t count = mp4_read32(fields + 4);
    if (count > (size - 8) / width) return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t *p = fields + 8 + i * width;
        uint64_t offset = (wide ? mp4_read64(p) : mp4_read32(p)) + (uint64_t)delta;
        if (!wide && offset > UINT32_MAX) return false;
        if (!apply) continue;
        if (wide)
            mp4_write64(p, offset);
        else
            mp4_write32(p, (uint32_t)offset);
    }
    return true;
}

static bool shift_offsets(mp4_file *f, int64_t delta, bool apply)
{
    mp4_box moov, track, media, info, samples, table;
    uint8_t *data = f->moov;
    if (!mp4_find(data, 0, f->moov_size, "moov", &moov)) return false;
    for (size_t at = moov.inside; mp4_find(data, at, moov.end, "trak", &track); at = track.end) {
        if (!mp4_find(data, track.inside, track.end, "mdia", &media) ||
            !mp4_find(data, media.inside, media.end, "minf", &info) ||
            !mp4_find(data, info.inside, info.end, "stbl", &samples))
            return false;
        bool wide = mp4_find(data, samples.inside, samples.end, "co64", &table);
        if (!wide && !mp4_find(data, samples.inside, samples.end, "stco", &table)) return false;
        if (!shift_table(data + table.inside, table.end - table.inside, wide, delta, apply))
            return false;
    }
    return true;
}

/* Moves bytes [from, to) of the file towards its end, last ones first. */
static vis_status move_back(const mp4_file *f, int64_t from, int64_t to, int64_t distance,
                            vis_error *err)
{
    uint8_t *chunk = malloc(MOVE_CHUNK);
    if (!chunk) return vis_fail_memory(err, "moving the video's index");
    vis_status status = VIS_OK;
    while (status == VIS_OK && to > from) {
        size_t size = to - from < MOVE_CHUNK ? (size_t)(to - from) : MOVE_CHUNK;
        to -= (int64_t)size;
        status = read_at(f, chunk, size, to, err);
        if (status == VIS_OK) status = write_at(f, chunk, size, to + distance, err);
    }
    free(chunk);
    return status;
}

/* From the place of the empty index on, all is data now, the headers of fragments unread within it:
 * one mdat box. Of the empty index nothing stays that somebody could take for the real one. And a
 * file that a plain reader can read says so. */
static vis_status write_headers(const mp4_file *f, int64_t data, int64_t end, vis_error *err)
{
    uint8_t mdat[MDAT_HEADER] = {0, 0, 0, 1, 'm', 'd', 'a', 't'};
    static const char brands[] = "isom\0\0\2\0isomavc1mp41"; /* brand, version, compatible with */
    static const uint8_t nothing[256];
    mp4_write64(mdat + 8, (uint64_t)(end - data));
    for (int64_t at = 0; at < f->empty.size; at += (int64_t)sizeof nothing) {
        int64_t left = f->empty.size - at;
        size_t size = left < (int64_t)sizeof nothing ? (size_t)left : sizeof nothing;
        VIS_TRY(write_at(f, nothing, size, data + at, err));
    }
    VIS_TRY(write_at(f, mdat, sizeof mdat, data, err));
    if (f->head.size != 8 + sizeof brands - 1) return fail_layout(f, err);
    return write_at(f, brands, sizeof brands - 1, f->head.start + 8, err);
}

static vis_status make_index(mp4_file *f, bool wide, int width, int height, vis_error *err)
{
    VIS_TRY(gather(f, wide, err));
    return crop(f, width, height) ? VIS_OK : fail_layout(f, err);
}

/* How far the data goes to make room for what comes in front of it. */
static int64_t in_front(const mp4_file *f)
{
    return (int64_t)(f->seal_size + f->moov_size + f->xmp_size);
}

/* The index of all fragments as they will lie. */
static vis_status make_moved_index(mp4_file *f, int width, int height, vis_error *err)
{
    VIS_TRY(make_index(f, false, width, height, err));
    if (!shift_offsets(f, in_front(f), false)) VIS_TRY(make_index(f, true, width, height, err));
    return shift_offsets(f, in_front(f), true) ? VIS_OK : fail_layout(f, err);
}

static vis_status write_out(const mp4_file *f, vis_error *err)
{
    int64_t head = f->head.size, added = in_front(f);
    int64_t index = head + (int64_t)f->seal_size;
    VIS_TRY(move_back(f, head, f->size, added, err));
    VIS_TRY(write_headers(f, head + added, f->size + added, err));
    VIS_TRY(write_at(f, f->moov, f->moov_size, index, err));
    return f->xmp ? write_at(f, f->xmp, f->xmp_size, index + (int64_t)f->moov_size, err) : VIS_OK;
}

static vis_status set_seal(const mp4_file *f, const mp4_seal *seal, vis_error *err)
{
    buffer box;
    buffer_init(&box, seal->size);
    int64_t size = f->size + in_front(f), at = f->head.size;
    vis_status status = seal->make(seal->user, f->fd, size, at, f->name, &box, err);
    if (status == VIS_OK && box.size != seal->size)
        status =
            vis_fail(err, VIS_ERR_INTERNAL, "%s: the seal has not the size that it said", f->name);
    if (status == VIS_OK) status = write_at(f, box.data, box.size, at, err);
    buffer_free(&box);
    return status;
}

vis_status mp4_finish(const char *path, const char *name, int width, int height, const buffer *xmp,
                      const mp4_seal *seal, vis_error *err)
{
    mp4_file f = {.name = name, .seal_size = seal ? seal->size : 0};
    buffer_init(&f.index, MP4_MAX_INDEX);
    buffer_init(&f.empty_index, EMPTY_INDEX_MAX);
    f.fd = open(path, O_RDWR | O_CLOEXEC);
    if (f.fd < 0) return fail_write(&f, err);
    vis_status status = load(&f, err);
    if (status == VIS_OK) status = make_xmp_box(&f, xmp, err);
    if (status == VIS_OK) status = make_moved_index(&f, width, height, err);
    if (status == VIS_OK) status = write_out(&f, err);
    if (status == VIS_OK && seal) status = set_seal(&f, seal, err);
    buffer_free(&f.index);
    buffer_free(&f.empty_index);
    free(f.xmp);
    if (close(f.fd) != 0 && status == VIS_OK) status = fail_write(&f, err);
    return status;
}
