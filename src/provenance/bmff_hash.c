/* provenance/bmff_hash.c - does an MP4 file have the hash that its manifest gives?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/bmff_hash.h"

#include "media/mp4_boxes.h"
#include "provenance/bmff_exclusions.h"
#include "provenance/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (1 << 18) /* bytes read at once */

typedef struct hashing {
    int fd;
    const char *name;
    digest digest;
    bmff_ranges left_out;
    int next; /* the first range that does not end before what is being hashed */
    uint8_t block[BLOCK];
} hashing;

static vis_status add_bytes(hashing *h, int64_t from, int64_t to, vis_error *err)
{
    while (from < to) {
        size_t want = to - from < BLOCK ? (size_t)(to - from) : BLOCK;
        ssize_t got = pread(h->fd, h->block, want, from);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return vis_fail(err, VIS_ERR_OPEN, "%s: cannot be read at byte %lld: %s", h->name,
                            (long long)from, got ? strerror(errno) : "it became shorter meanwhile");
        digest_add(&h->digest, h->block, (size_t)got);
        from += got;
    }
    return VIS_OK;
}

/* The range that reaches into bytes from `at` on; NULL: none any more. */
static const bmff_range *range_at(hashing *h, int64_t at)
{
    while (h->next < h->left_out.count && h->left_out.range[h->next].end <= at)
        h->next++;
    return h->next < h->left_out.count ? &h->left_out.range[h->next] : NULL;
}

static vis_status add_box(hashing *h, int64_t at, int64_t end, vis_error *err)
{
    const bmff_range *r = range_at(h, at);
    if (r && r->start <= at && r->end >= end) return VIS_OK;
    uint8_t offset[8];
    mp4_write64(offset, (uint64_t)at);
    digest_add(&h->digest, offset, sizeof offset);
    while (at < end) {
        r = range_at(h, at);
        int64_t stop = r && r->start < end ? r->start : end;
        if (stop > at) VIS_TRY(add_bytes(h, at, stop, err));
        at = r && stop < end ? r->end : stop;
    }
    return VIS_OK;
}

/* *whole: the boxes fill the file to its last byte. */
static vis_status add_file(hashing *h, int64_t file_size, bool *whole, vis_error *err)
{
    mp4_part box;
    int64_t at = 0;
    for (; mp4_part_read(h->fd, at, file_size, &box); at += box.size)
        VIS_TRY(add_box(h, at, at + box.size, err));
    *whole = at == file_size;
    return VIS_OK;
}

static void answer(bmff_answer *out, bmff_verdict verdict, const char *why)
{
    out->verdict = verdict;
    out->why = why;
}

static bool is_given(const cbor_item *item)
{
    return item->kind != CBOR_NONE && !cbor_is_null(item);
}

/* What must be known before anything is hashed; false: the answer is there already. */
static bool prepare(hashing *h, int64_t file_size, const cbor_item *assertion, byte_span standard,
                    byte_span *wanted, bmff_answer *out)
{
    const cbor_item exclusions = cbor_read_key(assertion, "exclusions"),
                    merkle = cbor_read_key(assertion, "merkle"),
                    alg = cbor_read_key(assertion, "alg"), hash = cbor_read_key(assertion, "hash");
    byte_span name;
    if (exclusions.kind != CBOR_ARRAY) {
        answer(out, BMFF_HASH_MALFORMED, "it lists no exclusions");
        return false;
    }
    if (is_given(&merkle)) {
        answer(out, BMFF_HASH_UNSUPPORTED, "the file is hashed in pieces (merkle)");
        return false;
    }
    if (!cbor_read_bytes(&hash, wanted)) {
        answer(out, BMFF_HASH_MALFORMED, "it holds no hash");
        return false;
    }
    if (!cbor_read_text(&alg, &name)) name = standard;
    if (!digest_begin(&h->digest, name)) {
        answer(out, BMFF_HASH_UNSUPPORTED, "its hash algorithm is not known here");
        return false;
    }
    bmff_read read = bmff_exclusions_read(h->fd, file_size, &exclusions, &h->left_out);
    out->additional = h->left_out.additional;
    if (read == BMFF_MALFORMED)
        answer(out, BMFF_HASH_MALFORMED, "an exclusion is not as it must be");
    else if (read == BMFF_BEYOND)
        answer(out, BMFF_HASH_UNSUPPORTED, "it excludes more places than are followed here");
    return read == BMFF_READ;
}

static vis_status check(hashing *h, int64_t file_size, const cbor_item *assertion,
                        byte_span standard, bmff_answer *out, vis_error *err)
{
    byte_span wanted;
    bool whole;
    *out = (bmff_answer){0};
    if (!prepare(h, file_size, assertion, standard, &wanted, out)) return VIS_OK;
    VIS_TRY(add_file(h, file_size, &whole, err));
    if (!digest_matches(&h->digest, wanted) || !whole)
        answer(out, BMFF_MISMATCH, NULL);
    else if (h->left_out.media)
        answer(out, BMFF_HASH_UNSUPPORTED, "it leaves out parts of picture, sound or index");
    else
        answer(out, BMFF_MATCH, NULL);
    return VIS_OK;
}

vis_status bmff_hash_check(int fd, int64_t file_size, const cbor_item *assertion,
                           byte_span standard, const char *name, bmff_answer *out, vis_error *err)
{
    hashing *h = calloc(1, sizeof *h);
    if (!h) return vis_fail_memory(err, "a video's hash");
    h->fd = fd;
    h->name = name;
    vis_status status = check(h, file_size, assertion, standard, out, err);
    free(h);
    return status;
}
