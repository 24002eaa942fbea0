/* A manifest's box: its size is the same whatever is signed and by which key of a kind, boxes within
 * it fill it, references hold the digests of what they name. And the digest of a file: which bytes
 * count.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../media/support.h"
#include "base/file.h"
#include "media/mp4_boxes.h"
#include "provenance/box_hash.h"
#include "provenance/manifest.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <string.h>
#include <unistd.h>

static const manifest_facts facts = {.label = "urn:c2pa:25ea3102-d308-4723-8576-c0f4d9e924c1",
                                     .instance_id = "xmp:iid:25ea3102-d308-4723-8576-c0f4d9e924c1",
                                     .when = "2026-11-29T21:42:00Z",
                                     .program = "viseme",
                                     .version = "0.0.0",
                                     .description = "made by a test"};

static credential *make(void)
{
    vis_error err;
    credential *c;
    if (credential_make("viseme test", &c, &err) != VIS_OK) fail_msg("%s", err.message);
    return c;
}

static void write_box(credential *c, uint8_t digest, bool sign, buffer *out)
{
    uint8_t digests[C2PA_HASH_BYTES];
    vis_error err;
    memset(digests, digest, sizeof digests);
    buffer_init(out, MANIFEST_LIMIT);
    if (manifest_write(&facts, digests, c, sign, out, &err) != VIS_OK) fail_msg("%s", err.message);
}

static void test_size(void **state)
{
    credential *c = make();
    buffer unsigned_box;
    write_box(c, 0, false, &unsigned_box);
    for (int i = 0; i < 20; i++) {
        buffer box;
        write_box(c, (uint8_t)i, true, &box);
        assert_int_equal(box.size, unsigned_box.size);
        assert_int_equal(mp4_read32(box.data), box.size);
        buffer_free(&box);
    }
    buffer_free(&unsigned_box);
    credential_free(c);
}

/* The superbox among those that fill data[from..to) whose label it is. */
static mp4_box labelled(const uint8_t *data, size_t from, size_t to, const char *label)
{
    mp4_box box;
    for (size_t at = from; mp4_find(data, at, to, "jumb", &box); at = box.end)
        if (strcmp((const char *)data + box.inside + 25, label) == 0) return box;
    fail_msg("no superbox %s", label);
    return (mp4_box){0};
}

static size_t behind_label(const uint8_t *data, mp4_box box)
{
    return box.inside + mp4_read32(data + box.inside);
}

static void test_references(void **state)
{
    static const char *const labels[] = {C2PA_LABEL_ACTIONS, C2PA_LABEL_HASH};
    credential *c = make();
    buffer box;
    write_box(c, 7, true, &box);
    const uint8_t *d = box.data;
    mp4_box store = labelled(d, 45, box.size, C2PA_STORE);
    assert_int_equal(store.end, box.size);
    mp4_box manifest = labelled(d, behind_label(d, store), store.end, facts.label);
    mp4_box all = labelled(d, behind_label(d, manifest), manifest.end, C2PA_LABEL_ASSERTIONS);
    mp4_box claim = labelled(d, behind_label(d, manifest), manifest.end, C2PA_LABEL_CLAIM);
    labelled(d, behind_label(d, manifest), manifest.end, C2PA_LABEL_SIGNATURE);
    for (int i = 0; i < 2; i++) {
        mp4_box one = labelled(d, behind_label(d, all), all.end, labels[i]);
        uint8_t digest[C2PA_HASH_BYTES];
        struct sha256_ctx sum;
        sha256_init(&sum);
        sha256_update(&sum, one.end - one.start - 8, d + one.start + 8);
        sha256_digest(&sum, sizeof digest, digest);
        assert_non_null(memmem(d + claim.inside, claim.end - claim.inside, digest, sizeof digest));
    }
    buffer_free(&box);
    credential_free(c);
}

enum { FTYP = 16, PLACE = 40, MDAT = 12, FREE = 8, WHOLE = FTYP + PLACE + MDAT + FREE };

static void make_file(uint8_t file[WHOLE])
{
    static const struct {
        int at, size;
        const char *type;
    } boxes[] = {{0, FTYP, "ftyp"},
                 {FTYP, PLACE, "uuid"},
                 {FTYP + PLACE, MDAT, "mdat"},
                 {FTYP + PLACE + MDAT, FREE, "free"}};
    memset(file, 0x55, WHOLE);
    for (int i = 0; i < 4; i++) {
        mp4_write32(file + boxes[i].at, (uint32_t)boxes[i].size);
        memcpy(file + boxes[i].at + 4, boxes[i].type, 4);
    }
}

static vis_status hash(const uint8_t file[WHOLE], uint8_t digest[C2PA_HASH_BYTES])
{
    const char *path = test_path("boxes.mp4");
    assert_int_equal(file_write(path, file, WHOLE, NULL), VIS_OK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    vis_status status = box_hash(fd, WHOLE, FTYP, PLACE, "boxes.mp4", digest, NULL);
    close(fd);
    return status;
}

/* By the rule, with one call of SHA-256; then each byte changed. */
static void test_digest(void **state)
{
    uint8_t file[WHOLE], got[C2PA_HASH_BYTES], expected[C2PA_HASH_BYTES];
    struct sha256_ctx sum;
    make_file(file);
    sha256_init(&sum);
    const uint8_t mdat_at[8] = {0, 0, 0, 0, 0, 0, 0, FTYP + PLACE};
    const uint8_t free_at[8] = {0, 0, 0, 0, 0, 0, 0, FTYP + PLACE + MDAT};
    sha256_update(&sum, 8, mdat_at);
    sha256_update(&sum, MDAT, file + FTYP + PLACE);
    sha256_update(&sum, 8, free_at);
    sha256_update(&sum, FREE, file + FTYP + PLACE + MDAT);
    sha256_digest(&sum, sizeof expected, expected);
    assert_int_equal(hash(file, got), VIS_OK);
    assert_memory_equal(got, expected, sizeof got);
    for (int i = 8; i < WHOLE; i++) {
        bool counts = i >= FTYP + PLACE;
        file[i] ^= 1;
        /* One that tells the size may make it no row of boxes any more. */
        if (hash(file, got) == VIS_OK)
            assert_int_equal(memcmp(got, expected, sizeof got) != 0, counts);
        else
            assert_true(counts);
        file[i] ^= 1;
    }
}

static void test_no_boxes(void **state)
{
    uint8_t file[WHOLE], digest[C2PA_HASH_BYTES];
    make_file(file);
    mp4_write32(file + FTYP + PLACE, 4); /* shorter than its header */
    assert_int_equal(hash(file, digest), VIS_ERR_INTERNAL);
    mp4_write32(file + FTYP + PLACE, 1000); /* beyond the end */
    assert_int_equal(hash(file, digest), VIS_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_no_boxes),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
