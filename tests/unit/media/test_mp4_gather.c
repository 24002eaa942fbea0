/* Fragments become one plain index: tables of packets, lengths, and what is beyond 32 bits; what
 * makes no sense is refused. Files as the muxer writes them are in test_video.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "media/mp4_gather.h"
#include "media/mp4_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICKS 12800
#define MEDIA_TIME 1024

static buffer file, empty, moov;
static vis_error err;

static int set_up(void **state)
{
    buffer_init(&file, 1 << 20);
    buffer_init(&empty, 1 << 20);
    buffer_init(&moov, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    buffer_free(&file);
    buffer_free(&empty);
    buffer_free(&moov);
    return 0;
}

static void numbers(buffer *b, int n, const uint32_t *value)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(mp4_append32(b, value[i], NULL), VIS_OK);
}

#define NUMBERS(b, ...)                                                                            \
    numbers(b, (int)(sizeof((uint32_t[]){__VA_ARGS__}) / 4), (uint32_t[]){__VA_ARGS__})

static size_t begin(buffer *b, const char *type)
{
    size_t start;
    assert_int_equal(mp4_begin(b, type, &start, NULL), VIS_OK);
    return start;
}

static void leaf(buffer *b, const char *type, int n, const uint32_t *value)
{
    size_t start = begin(b, type);
    numbers(b, n, value);
    mp4_end(b, start);
}

#define LEAF(b, type, ...)                                                                         \
    leaf(b, type, (int)(sizeof((uint32_t[]){__VA_ARGS__}) / 4), (uint32_t[]){__VA_ARGS__})

/* An index of one track without packets. */
static void write_empty(void)
{
    buffer *b = &empty;
    size_t index = begin(b, "moov");
    LEAF(b, "mvhd", 0, 0, 0, 1000, 0, 0);
    size_t track = begin(b, "trak");
    LEAF(b, "tkhd", 3, 0, 0, 1, 0, 0, 0, 0);
    size_t edits = begin(b, "edts");
    LEAF(b, "elst", 0, 1, 0, MEDIA_TIME, 0x10000);
    mp4_end(b, edits);
    size_t media = begin(b, "mdia");
    LEAF(b, "mdhd", 0, 7, 8, TICKS, 0, 0x55c40000);
    size_t information = begin(b, "minf"), tables = begin(b, "stbl");
    LEAF(b, "stsd", 0, 0);
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

/* Two packets of 10 and 20 bytes, the first a key, of this duration, shown MEDIA_TIME later. */
static void write_fragment(uint32_t duration)
{
    buffer *b = &file;
    size_t moof = begin(b, "moof"), part = begin(b, "traf");
    LEAF(b, "tfhd", 0x20028, 1, duration, 0x10000);
    LEAF(b, "trun", 0xA05, 2, 100, 0x2000000, 10, MEDIA_TIME, 20, MEDIA_TIME);
    mp4_end(b, part);
    mp4_end(b, moof);
    LEAF(b, "mdat", 0, 0);
}

static vis_status gather(void)
{
    char path[] = "/tmp/viseme-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && unlink(path) == 0);
    assert_int_equal(write(fd, file.data, file.size), (ssize_t)file.size);
    vis_status status =
        mp4_gather(fd, (int64_t)file.size, &empty, 0, false, "test.mp4", &moov, &err);
    close(fd);
    return status;
}

/* The box somewhere inside the gathered index holds exactly these numbers. */
static void assert_holds(const char *type, int n, const uint32_t *value)
{
    for (size_t at = 4; at + 4 <= moov.size; at++) {
        if (memcmp(moov.data + at, type, 4) != 0) continue;
        assert_int_equal(mp4_read32(moov.data + at - 4), 8 + 4 * n);
        for (int i = 0; i < n; i++)
            assert_int_equal(mp4_read32(moov.data + at + 4 + 4 * i), value[i]);
        return;
    }
    fail_msg("no box %s", type);
}

#define HOLDS(type, ...)                                                                           \
    assert_holds(type, (int)(sizeof((uint32_t[]){__VA_ARGS__}) / 4), (uint32_t[]){__VA_ARGS__})

static void gathers_packets(void **state)
{
    write_empty();
    write_fragment(512);
    uint32_t second = (uint32_t)file.size;
    write_fragment(512);
    if (gather() != VIS_OK) fail_msg("%s", err.message);
    HOLDS("stts", 0, 1, 4, 512);
    HOLDS("ctts", 0, 1, 4, MEDIA_TIME);
    HOLDS("stss", 0, 2, 1, 3);
    HOLDS("stsc", 0, 1, 1, 2, 1);
    HOLDS("stsz", 0, 0, 4, 10, 20, 10, 20);
    HOLDS("stco", 0, 2, 100, second + 100);
    HOLDS("mdhd", 0, 7, 8, TICKS, 4 * 512, 0x55c40000);
    HOLDS("tkhd", 3, 0, 0, 1, 0, 160, 0, 0);
    HOLDS("elst", 0, 1, 160, MEDIA_TIME, 0x10000);
    HOLDS("mvhd", 0, 0, 0, 1000, 160, 0);
    mp4_box box;
    assert_false(mp4_find(moov.data, 8, moov.size, "mvex", &box));
    assert_true(mp4_find(moov.data, 0, moov.size, "moov", &box) && box.end == moov.size);
}

static void counts_beyond_32_bits(void **state)
{
    write_empty();
    write_fragment(0x70000000);
    write_fragment(0x70000000);
    if (gather() != VIS_OK) fail_msg("%s", err.message);
    HOLDS("mdhd", 1 << 24, 0, 7, 0, 8, TICKS, 1, 0xC0000000, 0x55c40000);
}

static void knows_wide_files(void **state)
{
    mp4_tables t;
    mp4_tables_init(&t);
    assert_int_equal(mp4_tables_chunk(&t, 5, 1, NULL), VIS_OK);
    assert_int_equal(mp4_tables_chunk(&t, (int64_t)7 << 32 | 9, 1, NULL), VIS_OK);
    assert_int_equal(mp4_tables_write(&t, &moov, NULL), VIS_OK);
    HOLDS("co64", 0, 2, 0, 5, 7, 9);
    mp4_tables_free(&t);
}

static void refuses_what_makes_no_sense(void **state)
{
    write_empty();
    write_fragment(512);
    for (size_t at = 0; at < file.size; at += 4) { /* each number in turn is the largest there is */
        uint32_t was = mp4_read32(file.data + at);
        mp4_write32(file.data + at, UINT32_MAX);
        vis_status status = gather();
        assert_true(status == VIS_OK || status == VIS_ERR_INTERNAL);
        mp4_write32(file.data + at, was);
        moov.size = 0;
    }
    file.size -= 1;
    assert_int_equal(gather(), VIS_ERR_INTERNAL);
}

/* Durations in other ticks than the header's would end the film early (FFmpeg 9's muxer chooses
 * them by the tracks, unless it is told). */
static void refuses_other_ticks(void **state)
{
    mp4_box index, header;
    write_empty();
    write_fragment(512);
    assert_true(mp4_find(empty.data, 0, empty.size, "moov", &index));
    assert_true(mp4_find(empty.data, index.inside, index.end, "mvhd", &header));
    assert_int_equal(mp4_read32(empty.data + header.inside + 12), MP4_MOVIE_TICKS);
    assert_int_equal(gather(), VIS_OK);
    moov.size = 0;
    mp4_write32(empty.data + header.inside + 12, 16000);
    assert_int_equal(gather(), VIS_ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gathers_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_beyond_32_bits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_wide_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_makes_no_sense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_other_ticks, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
