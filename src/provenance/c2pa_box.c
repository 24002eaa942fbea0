/* provenance/c2pa_box.c - where an MP4 file keeps its manifest store, and its XMP packet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/c2pa_box.h"

#include "media/mp4_boxes.h"
#include "provenance/c2pa.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { UUID_BYTES = 16, VERSION_BYTES = 4, PURPOSE_MAX = 16, OFFSET_BYTES = 8 };
#define PIECE                                                                                      \
    65536 /* bytes read at once: memory is taken for what is there, not for what is claimed */

typedef struct reading {
    int fd;
    const char *name;
} reading;

static vis_status read_bytes(const reading *r, int64_t from, int64_t to, buffer *out,
                             vis_error *err)
{
    uint8_t piece[PIECE];
    while (from < to) {
        size_t want = to - from < PIECE ? (size_t)(to - from) : PIECE;
        ssize_t got = pread(r->fd, piece, want, from);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return vis_fail(err, VIS_ERR_OPEN, "%s: cannot be read at byte %lld: %s", r->name,
                            (long long)from, got ? strerror(errno) : "it became shorter meanwhile");
        VIS_TRY(buffer_append(out, piece, (size_t)got, err));
        from += got;
    }
    return VIS_OK;
}

/* A uuid box, whose header may be of either size: where what is behind its identifier begins. */
static bool read_identifier(const reading *r, const mp4_part *box, uint8_t id[UUID_BYTES],
                            int64_t *inside)
{
    uint8_t size[4];
    if (pread(r->fd, size, 4, box->start) != 4) return false;
    int64_t header = mp4_read32(size) == 1 ? 16 : 8;
    *inside = box->start + header + UUID_BYTES;
    return box->size >= header + UUID_BYTES &&
           pread(r->fd, id, UUID_BYTES, box->start + header) == UUID_BYTES;
}

/* Version, flags and purpose; behind "manifest" the place of further boxes, then the store. */
static vis_status read_store(const reading *r, const mp4_part *box, int64_t inside,
                             marked_boxes *out, vis_error *err)
{
    char purpose[PURPOSE_MAX + 1] = {0};
    int64_t end = box->start + box->size, at = inside + VERSION_BYTES;
    size_t room = end - at < PURPOSE_MAX ? (end > at ? (size_t)(end - at) : 0) : PURPOSE_MAX;
    if (pread(r->fd, purpose, room, at) != (ssize_t)room) room = 0;
    if (strcmp(purpose, C2PA_PURPOSE) != 0) {
        out->foreign = true;
        return VIS_OK;
    }
    at += (int64_t)sizeof C2PA_PURPOSE + OFFSET_BYTES;
    if (out->stores++ > 0) return VIS_OK;
    if (end - at <= C2PA_MAX_STORE) return read_bytes(r, at, end, &out->store, err);
    out->foreign = true;
    return VIS_OK;
}

static vis_status read_uuid_box(const reading *r, const mp4_part *box, marked_boxes *out,
                                vis_error *err)
{
    static const uint8_t c2pa[UUID_BYTES] = C2PA_BOX_UUID;
    static const uint8_t xmp[UUID_BYTES] = {0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8,
                                            0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC};
    uint8_t id[UUID_BYTES];
    int64_t inside;
    if (!read_identifier(r, box, id, &inside)) return VIS_OK;
    if (memcmp(id, c2pa, UUID_BYTES) == 0) return read_store(r, box, inside, out, err);
    int64_t end = box->start + box->size;
    if (memcmp(id, xmp, UUID_BYTES) == 0 && out->xmp.size == 0 && end - inside <= XMP_MAX_PACKET)
        return read_bytes(r, inside, end, &out->xmp, err);
    return VIS_OK;
}

vis_status marked_boxes_read(int fd, int64_t file_size, const char *name, marked_boxes *out,
                             vis_error *err)
{
    const reading r = {fd, name};
    mp4_part box;
    memset(out, 0, sizeof *out);
    buffer_init(&out->store, C2PA_MAX_STORE);
    buffer_init(&out->xmp, XMP_MAX_PACKET);
    for (int64_t at = 0; mp4_part_read(fd, at, file_size, &box); at += box.size) {
        if (at == 0) out->mp4 = strcmp(box.type, "ftyp") == 0;
        if (!out->mp4) break;
        if (strcmp(box.type, "uuid") == 0) VIS_TRY(read_uuid_box(&r, &box, out, err));
    }
    return VIS_OK;
}

void marked_boxes_free(marked_boxes *boxes)
{
    buffer_free(&boxes->store);
    buffer_free(&boxes->xmp);
}
