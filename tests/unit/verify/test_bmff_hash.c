/* unit/verify/test_bmff_hash.c - which bytes of a small file the hash of a manifest takes, with
 * exclusions of every kind; the hash that is expected is made here from the bytes named.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/file.h"
#include "provenance/bmff_hash.h"

#include <nettle/sha2.h>
#include <string.h>
#include <unistd.h>

/* ftyp; moov with two trak, each with a tkhd of version 1 or 2 and flags; mdat of 64 bits; free to the
 * end. */
static const char file[] = "\0\0\0\x0C"
                           "ftypisom"
                           "\0\0\0\x38moov"
                           "\0\0\0\x18trak\0\0\0\x10tkhd\1\0\0\7abcd"
                           "\0\0\0\x18trak\0\0\0\x10tkhd\2\0\1\4efgh"
                           "\0\0\0\1mdat\0\0\0\0\0\0\0\x14wxyz"
                           "\0\0\0\0free123";
enum { FTYP = 0, MOOV = 12, FIRST = 20, SECOND = 44, MDAT = 68, FREE = 88, END = 99 };

static int fd;

static int begin(void **state)
{
    fd = file_nameless();
    return fd >= 0 && write(fd, file, END) == END ? 0 : -1;
}

static int end(void **state)
{
    close(fd);
    return 0;
}

typedef struct piece {
    int from, to; /* bytes of the file; to < 0: the offset `from` in 8 bytes */
} piece;
#define OFFSET(at)                                                                                 \
    {                                                                                              \
        at, -1                                                                                     \
    }

static void hash_pieces(const piece *pieces, uint8_t out[32])
{
    struct sha256_ctx c;
    sha256_init(&c);
    for (; pieces->to; pieces++) {
        uint8_t offset[8] = {[7] = (uint8_t)pieces->from};
        if (pieces->to < 0)
            sha256_update(&c, 8, offset);
        else
            sha256_update(&c, (size_t)(pieces->to - pieces->from),
                          (const uint8_t *)file + pieces->from);
    }
    sha256_digest(&c, 32, out);
}

/* An assertion with these exclusions (an array in CBOR) and a hash. */
static bmff_answer check(byte_span exclusions, const uint8_t hash[32])
{
    uint8_t said[600];
    size_t size = 0;
    cbor_item item;
    bmff_answer answer;
#define PUT(bytes, count) memcpy(said + size, bytes, count), size += (count)
    PUT("\xa2\x64hash\x58\x20", 8);
    PUT(hash, 32);
    PUT("\x6a"
        "exclusions",
        11);
    PUT(exclusions.data, exclusions.size);
    assert_true(cbor_read_whole((byte_span){said, size}, &item));
    assert_int_equal(bmff_hash_check(fd, END, &item, (byte_span){(const uint8_t *)"sha256", 6},
                                     "file", &answer, NULL),
                     VIS_OK);
    return answer;
}

#define CBOR(text) ((byte_span){(const uint8_t *)(text), sizeof(text) - 1})

static bmff_answer check_pieces(byte_span exclusions, const piece *pieces)
{
    uint8_t hash[32];
    hash_pieces(pieces, hash);
    return check(exclusions, hash);
}

static void test_whole_boxes(void **state)
{
    bmff_answer a = check_pieces(CBOR("\x81\xa1\x65xpath\x65/ftyp"), (piece[]){OFFSET(MOOV),
                                                                               {MOOV, MDAT},
                                                                               OFFSET(MDAT),
                                                                               {MDAT, FREE},
                                                                               OFFSET(FREE),
                                                                               {FREE, END},
                                                                               {0, 0}});
    assert_int_equal(a.verdict, BMFF_MATCH);
    assert_false(a.additional);
    a = check_pieces(CBOR("\x82\xa1\x65xpath\x65/ftyp\xa1\x65xpath\x65/free"),
                     (piece[]){OFFSET(MOOV), {MOOV, MDAT}, OFFSET(MDAT), {MDAT, FREE}, {0, 0}});
    assert_int_equal(a.verdict, BMFF_MATCH);
    assert_true(a.additional);
}

static void test_nothing_is_left_out(void **state)
{
    bmff_answer a = check_pieces(CBOR("\x80"), (piece[]){OFFSET(FTYP),
                                                         {FTYP, MOOV},
                                                         OFFSET(MOOV),
                                                         {MOOV, MDAT},
                                                         OFFSET(MDAT),
                                                         {MDAT, FREE},
                                                         OFFSET(FREE),
                                                         {FREE, END},
                                                         {0, 0}});
    assert_int_equal(a.verdict, BMFF_MATCH);
    a = check(CBOR("\x80"), (const uint8_t[32]){0});
    assert_int_equal(a.verdict, BMFF_MISMATCH);
}

/* That parts of the index are not protected is told as "not checked", once the rest fits. */
static void check_inner(byte_span exclusions, int from, int to)
{
    bmff_answer a = check_pieces(exclusions, (piece[]){OFFSET(FTYP),
                                                       {FTYP, MOOV},
                                                       OFFSET(MOOV),
                                                       {MOOV, from},
                                                       {to, MDAT},
                                                       OFFSET(MDAT),
                                                       {MDAT, FREE},
                                                       OFFSET(FREE),
                                                       {FREE, END},
                                                       {0, 0}});
    assert_int_equal(a.verdict, BMFF_HASH_UNSUPPORTED);
    assert_non_null(strstr(a.why, "picture"));
}

static void test_inner_boxes(void **state)
{
    check_inner(CBOR("\x81\xa1\x65xpath\x72/moov/trak[2]/tkhd"), SECOND + 8, MDAT);
    check_inner(CBOR("\x81\xa1\x65xpath\x75/moov[1]/trak[1]/tkhd"), FIRST + 8, SECOND);
    check_inner(CBOR("\x81\xa1\x65xpath\x6a/moov/trak"), FIRST, MDAT);
    check_inner(CBOR("\x81\xa2\x65xpath\x6f/moov/trak/tkhd\x67version\x02"), SECOND + 8, MDAT);
    check_inner(CBOR("\x81\xa2\x65xpath\x6f/moov/trak/tkhd\x65"
                     "flags\x43\0\0\7"),
                FIRST + 8, SECOND);
    check_inner(CBOR("\x81\xa3\x65xpath\x6f/moov/trak/tkhd\x65"
                     "exact\xf4\x65"
                     "flags\x43\0\0\3"),
                FIRST + 8, SECOND);
    check_inner(CBOR("\x81\xa2\x65xpath\x6f/moov/trak/tkhd\x64"
                     "data\x81\xa2\x65value\x42"
                     "fg\x66offset\x0d"),
                SECOND + 8, MDAT);
}

static void test_subsets(void **state)
{
    check_inner(CBOR("\x81\xa2\x65xpath\x72/moov/trak[2]/"
                     "tkhd\x66subset\x81\xa2\x66length\x02\x66offset\x0c"),
                SECOND + 20, SECOND + 22);
    check_inner(CBOR("\x81\xa2\x65xpath\x72/moov/trak[2]/"
                     "tkhd\x66subset\x81\xa2\x66length\x00\x66offset\x0c"),
                SECOND + 20, MDAT); /* to its end */
}

static void test_what_fits_no_box_leaves_nothing_out(void **state)
{
    static const byte_span cases[] = {
        CBOR("\x81\xa1\x65xpath\x65/skip"),
        CBOR("\x81\xa2\x65xpath\x65/free\x66length\x18\x63"),
        CBOR("\x81\xa2\x65xpath\x65/free\x64"
             "data\x81\xa2\x65value\x42"
             "23\x66offset\x0a"),
        CBOR("\x81\xa2\x65xpath\x65/free\x64"
             "data\x81\xa2\x65value\x41"
             "9\x66offset\x08"),
        CBOR("\x81\xa1\x65xpath\x68/free[2]"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bmff_answer a = check_pieces(cases[i], (piece[]){OFFSET(FTYP),
                                                         {FTYP, MOOV},
                                                         OFFSET(MOOV),
                                                         {MOOV, MDAT},
                                                         OFFSET(MDAT),
                                                         {MDAT, FREE},
                                                         OFFSET(FREE),
                                                         {FREE, END},
                                                         {0, 0}});
        assert_int_equal(a.verdict, BMFF_MATCH);
    }
}

static void test_malformed_lists(void **state)
{
    static const byte_span cases[] = {
        CBOR("\x81\xa0"),              /* no path */
        CBOR("\x81\xa1\x65xpath\x60"), /* an empty one */
        CBOR("\x81\xa1\x65xpath\x64"
             "free"),
        CBOR("\x81\xa1\x65xpath\x64/fre"),
        CBOR("\x81\xa1\x65xpath\x68/free[0]"),
        CBOR("\x81\xa1\x65xpath\x67/free[1"),
        CBOR(
            "\x81\xa1\x65xpath\x78\x2d/aaaa/aaaa/aaaa/aaaa/aaaa/aaaa/aaaa/aaaa/aaaa"), /* too deep */
        CBOR("\x81\xa2\x65xpath\x65/free\x66subset\x81\xa1\x66length\x01"),
        CBOR("\x81\xa2\x65xpath\x65/free\x66subset\x81\xa2\x66length\x20\x66offset\x00"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(check(cases[i], (const uint8_t[32]){0}).verdict, BMFF_HASH_MALFORMED);
}

static void test_what_is_not_checked(void **state)
{
    static const uint8_t merkle[] = "\xa2\x66merkle\x81\xa0\x6a"
                                    "exclusions\x80";
    static const uint8_t md5[] = "\xa3\x63"
                                 "alg\x63md5\x64hash\x41\0\x6a"
                                 "exclusions\x80";
    const byte_span all[] = {{merkle, sizeof merkle - 1}, {md5, sizeof md5 - 1}};
    for (int i = 0; i < 2; i++) {
        cbor_item item;
        bmff_answer answer;
        assert_true(cbor_read_whole(all[i], &item));
        assert_int_equal(bmff_hash_check(fd, END, &item, (byte_span){(const uint8_t *)"sha256", 6},
                                         "file", &answer, NULL),
                         VIS_OK);
        assert_int_equal(answer.verdict, BMFF_HASH_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_boxes),
        cmocka_unit_test(test_nothing_is_left_out),
        cmocka_unit_test(test_inner_boxes),
        cmocka_unit_test(test_subsets),
        cmocka_unit_test(test_what_fits_no_box_leaves_nothing_out),
        cmocka_unit_test(test_malformed_lists),
        cmocka_unit_test(test_what_is_not_checked),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
