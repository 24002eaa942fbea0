/* provenance/box_hash.c - box by box through the file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/box_hash.h"

#include "media/mp4_boxes.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)

typedef struct hashing {
    int fd;
    const char *name;
    struct sha256_ctx sum;
    uint8_t *piece;
} hashing;

static vis_status add_bytes(hashing *h, int64_t from, int64_t to, vis_error *err)
{
    while (from < to) {
        size_t want = to - from < (int64_t)PIECE ? (size_t)(to - from) : PIECE;
        ssize_t got = pread(h->fd, h->piece, want, from);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return vis_fail(err, VIS_ERR_WRITE, "%s: cannot be read back to be signed: %s", h->name,
                            got < 0 ? strerror(errno) : "it ends early");
        sha256_update(&h->sum, (size_t)got, h->piece);
        from += got;
    }
    return VIS_OK;
}

static vis_status add_box(hashing *h, const mp4_part *box, vis_error *err)
{
    uint8_t start[8];
    if (strcmp(box->type, "ftyp") == 0 || strcmp(box->type, "mfra") == 0) return VIS_OK;
    mp4_write64(start, (uint64_t)box->start);
    sha256_update(&h->sum, sizeof start, start);
    return add_bytes(h, box->start, box->start + box->size, err);
}

static vis_status add_boxes(hashing *h, int64_t size, int64_t at, int64_t room, vis_error *err)
{
    mp4_part box;
    for (int64_t next = 0; next < size; next += next == at ? room : box.size) {
        if (next == at) continue;
        if (!mp4_part_read(h->fd, next, size, &box))
            return vis_fail(err, VIS_ERR_INTERNAL, "%s: byte %lld begins no box", h->name,
                            (long long)next);
        VIS_TRY(add_box(h, &box, err));
    }
    return VIS_OK;
}

vis_status box_hash(int fd, int64_t size, int64_t at, int64_t room, const char *name,
                    uint8_t digest[C2PA_HASH_BYTES], vis_error *err)
{
    hashing h = {.fd = fd, .name = name, .piece = malloc(PIECE)};
    if (!h.piece) return vis_fail_memory(err, "signing the video");
    sha256_init(&h.sum);
    vis_status status = add_boxes(&h, size, at, room, err);
    sha256_digest(&h.sum, C2PA_HASH_BYTES, digest);
    free(h.piece);
    return status;
}
