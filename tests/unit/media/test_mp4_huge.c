/* A video just below 4 GiB, whose last chunk comes to lie beyond when its index and a seal are put in
 * front: offsets of 64 bits, every packet where the index says, the seal of a file that is complete.
 * The file is a hole but for its fragments.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/mp4_boxes.h"
#include "media/mp4_finish.h"
#include "media/mp4_tables.h"
#include "support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LEAF(b, type, ...)                                                                         \
    leaf(b, type, (int)(sizeof((uint32_t[]){__VA_ARGS__}) / 4), (uint32_t[]){__VA_ARGS__})

enum { PACKET = 16, SIDE = 96, SEAL = 500, TICKS = 12800, DURATION = 512 };
#define NEARLY_4_GIB ((int64_t)UINT32_MAX - 300)
#define ROOM_NEEDED ((uint64_t)5 << 30)

static size_t begin(buffer *b, const char *type)
{
    size_t start;
    assert_int_equal(mp4_begin(b, type, &start, NULL), VIS_OK);
    return start;
}

static void leaf(buffer *b, const char *type, int n, const uint32_t *value)
{
    size_t start = begin(b, type);
    for (int i = 0; i < n; i++)
        assert_int_equal(mp4_append32(b, value[i], NULL), VIS_OK);
    mp4_end(b, start);
}

/* Of a version, 78 bytes of fields, width and height among them. */
static void write_entry(buffer *b)
{
    uint8_t fields[78] = {[24] = SIDE >> 8, SIDE & 255, SIDE >> 8, SIDE & 255};
    size_t descriptions = begin(b, "stsd");
    assert_int_equal(mp4_append64(b, 1, NULL), VIS_OK);
    size_t entry = begin(b, "avc1");
    assert_int_equal(buffer_append(b, fields, sizeof fields, NULL), VIS_OK);
    mp4_end(b, entry);
    mp4_end(b, descriptions);
}

static void write_index(buffer *b)
{
    const uint32_t video = 0x76696465; /* "vide" */
    size_t index = begin(b, "moov");
    LEAF(b, "mvhd", 0, 0, 0, 1000, 0, 0);
    size_t track = begin(b, "trak");
    LEAF(b, "tkhd", 3, 0, 0, 1, 0, 0, 0, 0);
    size_t media = begin(b, "mdia");
    LEAF(b, "mdhd", 0, 7, 8, TICKS, 0, 0x55c40000);
    LEAF(b, "hdlr", 0, 0, video, 0, 0, 0);
    size_t information = begin(b, "minf"), tables = begin(b, "stbl");
    write_entry(b);
    LEAF(b, "stts", 0, 0);
    LEAF(b, "stco", 0, 0);
    mp4_end(b, tables);
    mp4_end(b, information);
    mp4_end(b, media);
    mp4_end(b, track);
    size_t extends = begin(b, "mvex");
    LEAF(b, "trex", 0, 1, 1, 0, 0, 0);
    mp4_end(b, extends);
    mp4_end(b, index);
}

/* One packet, filled with `mark`. */
static void write_fragment(buffer *b, uint8_t mark)
{
    size_t start = b->size, moof = begin(b, "moof"), part = begin(b, "traf");
    uint8_t packet[PACKET];
    memset(packet, mark, sizeof packet);
    LEAF(b, "tfhd", 0x20028, 1, DURATION, 0x10000);
    size_t run = b->size;
    LEAF(b, "trun", 0x201, 1, 0, PACKET);
    mp4_end(b, part);
    mp4_end(b, moof);
    mp4_write32(b->data + run + 16, (uint32_t)(b->size - start + 8)); /* behind mdat's header */
    size_t data = begin(b, "mdat");
    assert_int_equal(buffer_append(b, packet, sizeof packet, NULL), VIS_OK);
    mp4_end(b, data);
}

static void put(int fd, buffer *b, int64_t at)
{
    assert_int_equal(pwrite(fd, b->data, b->size, at), (ssize_t)b->size);
    b->size = 0;
}

/* ftyp, the index, a fragment, nothing for 4 GiB, a fragment. */
static void write_huge(const char *path)
{
    buffer b;
    buffer_init(&b, 1 << 16);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    LEAF(&b, "ftyp", 0x69736f35, 512, 0x69736f35, 0x69736f35, 0x6d703431);
    write_index(&b);
    write_fragment(&b, 'a');
    int64_t at = (int64_t)b.size;
    uint8_t hole[8] = {0, 0, 0, 0, 'f', 'r', 'e', 'e'};
    mp4_write32(hole, (uint32_t)(NEARLY_4_GIB - at));
    assert_int_equal(buffer_append(&b, hole, sizeof hole, NULL), VIS_OK);
    put(fd, &b, 0);
    write_fragment(&b, 'z');
    put(fd, &b, NEARLY_4_GIB);
    close(fd);
    buffer_free(&b);
}

static vis_status make_seal(void *user, int fd, int64_t file_size, int64_t at, const char *name,
                            buffer *box, vis_error *err)
{
    struct stat st;
    uint8_t zeros[SEAL - 8] = {0};
    int *calls = user;
    ++*calls;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, file_size);
    assert_int_equal(at, 28);
    size_t start = begin(box, "uuid");
    VIS_TRY(buffer_append(box, zeros, sizeof zeros, err));
    mp4_end(box, start);
    return VIS_OK;
}

static void check_packet(int fd, uint64_t at, uint8_t mark)
{
    uint8_t expected[PACKET], found[PACKET];
    memset(expected, mark, sizeof expected);
    assert_int_equal(pread(fd, found, PACKET, (off_t)at), PACKET);
    assert_memory_equal(found, expected, PACKET);
}

static void check_result(const char *path)
{
    uint8_t *moov;
    size_t size;
    mp4_box all, offsets;
    mp4_part part;
    assert_int_equal(mp4_index_read(path, &moov, &size, NULL), VIS_OK);
    assert_true(mp4_find(moov, 0, size, "moov", &all));
    assert_true(mp4_find_path(moov, all, "trak/mdia/minf/stbl/co64", &offsets));
    assert_int_equal(mp4_read32(moov + offsets.inside + 4), 2);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    check_packet(fd, mp4_read64(moov + offsets.inside + 8), 'a');
    uint64_t last = mp4_read64(moov + offsets.inside + 16);
    assert_true(last > UINT32_MAX);
    check_packet(fd, last, 'z');
    assert_true(mp4_part_read(fd, 28, (int64_t)1 << 40, &part));
    assert_string_equal(part.type, "uuid");
    assert_int_equal(part.size, SEAL);
    close(fd);
    free(moov);
}

static void test_offsets_beyond_4_gib(void **state)
{
    const char *path = test_path("huge.mp4");
    struct statvfs disk;
    buffer no_xmp;
    vis_error err;
    int calls = 0;
    const mp4_seal seal = {.size = SEAL, .make = make_seal, .user = &calls};
    buffer_init(&no_xmp, 1);
    write_huge(path);
    assert_int_equal(statvfs(path, &disk), 0);
    if ((uint64_t)disk.f_bavail * disk.f_frsize < ROOM_NEEDED) skip();
    if (mp4_finish(path, "huge.mp4", SIDE, SIDE, &no_xmp, &seal, &err) != VIS_OK)
        fail_msg("%s", err.message);
    assert_int_equal(calls, 1);
    check_result(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_offsets_beyond_4_gib)};
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
