/* tests/unit/face/test_avatar.c - the folder of a LiveTalking avatar, in either order of its
 * numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/file.h"
#include "face/character.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 3
#define SIDE 96

/* The square of frame n, x1 y1 x2 y2: in the other order it is a rectangle of the frame too. */
static void square_of(int n, int square[4])
{
    square[0] = 10 + n;
    square[1] = 30;
    square[2] = 50 + n;
    square[3] = 70;
}

static void write_bytes(const char *folder, const char *name, const void *bytes, size_t size)
{
    char *path = path_join(folder, name);
    assert_int_equal(file_write(path, bytes, size, NULL), VIS_OK);
    free(path);
}

/* coords.pkl as pickle.dump writes a list of tuples, protocol 4. */
static void write_coords(const char *folder, bool wav2lip, int count)
{
    uint8_t bytes[256] = {0x80, 4, ']', '('};
    size_t at = 4;
    for (int n = 0; n < count; n++) {
        int s[4];
        square_of(n, s);
        const int order[2][4] = {{s[0], s[1], s[2], s[3]}, {s[1], s[3], s[0], s[2]}};
        bytes[at++] = '(';
        for (int i = 0; i < 4; i++) {
            bytes[at++] = 'K';
            bytes[at++] = (uint8_t)order[wav2lip][i];
        }
        bytes[at++] = 't';
    }
    memcpy(bytes + at, "e.", 2);
    write_bytes(folder, "coords.pkl", bytes, at + 2);
}

/* A frame of random pixels, and what its square holds in face_imgs/, not resized. */
static void write_pictures(const char *folder, bool faces)
{
    for (int n = 0; n < FRAMES; n++) {
        picture frame = {0}, face = {0};
        char name[64];
        int s[4];
        square_of(n, s);
        support_noise(&frame, SIDE, SIDE, (uint32_t)n);
        snprintf(name, sizeof name, "full_imgs/%08d.png", n);
        support_write_png(folder, name, &frame);
        assert_int_equal(picture_create(&face, s[2] - s[0], s[3] - s[1], NULL), VIS_OK);
        for (int y = 0; y < face.height; y++)
            memcpy(face.data + (ptrdiff_t)y * face.stride,
                   frame.data + (ptrdiff_t)(s[1] + y) * frame.stride + (ptrdiff_t)3 * s[0],
                   (size_t)face.width * 3);
        snprintf(name, sizeof name, "face_imgs/%08d.png", n);
        if (faces) support_write_png(folder, name, &face);
        picture_free(&frame);
        picture_free(&face);
    }
}

/* The squares are right, and as many warnings as wanted were given. */
static void expect_squares(const char *folder, int warnings)
{
    support_log log;
    character_options opt = character_defaults();
    opt.log = support_log_to(&log);
    character *c;
    vis_error err = {0};
    if (character_open(folder, &opt, &c, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_int_equal(character_facts(c)->kind, CHARACTER_AVATAR);
    assert_int_equal(character_facts(c)->frames, FRAMES);
    for (int n = 0; n < FRAMES; n++) {
        int rect[4], expected[4];
        const picture *frame;
        square_of(n, expected);
        character_rect(c, n, rect);
        assert_memory_equal(rect, expected, sizeof rect);
        assert_int_equal(character_frame(c, n, &frame, NULL), VIS_OK);
        character_release(c, frame);
    }
    assert_int_equal(log.lines, warnings);
    if (warnings) assert_non_null(strstr(log.last, "(y1, y2, x1, x2)"));
    character_close(c);
}

static void expect_unopened(const char *folder, vis_status status, const char *says)
{
    character *c;
    vis_error err = {0};
    assert_int_equal(character_open(folder, NULL, &c, &err), status);
    if (!strstr(err.message, says)) fail_msg("\"%s\" lacks \"%s\"", err.message, says);
}

static void avatars_are_read_in_either_order(void **state)
{
    char *folder = support_folder();
    write_pictures(folder, false);
    write_coords(folder, false, FRAMES);
    expect_squares(folder, 0); /* without face_imgs/ the family's own order */
    write_pictures(folder, true);
    expect_squares(folder, 0);
    write_coords(folder, true, FRAMES);
    expect_squares(folder, 1);
    support_remove(folder);
}

/* NumPy's numbers, as genavatar's are: each a scalar of eight bytes. */
static void numpy_numbers_are_read(void **state)
{
    static const char type[] = "cnumpy.core.multiarray\nscalar\n\x94\x8c\x02i8\x94\x30\x30";
    uint8_t bytes[1024] = {0x80, 4};
    size_t at = 2 + sizeof type - 1;
    memcpy(bytes + 2, type, sizeof type - 1); /* memo 0: scalar; 1: its type's name */
    bytes[at++] = ']';
    for (int n = 0; n < FRAMES; n++) {
        int s[4];
        square_of(n, s);
        bytes[at++] = '(';
        for (int i = 0; i < 4; i++) {
            uint8_t scalar[] = {'h', 0, 'h', 1, 'C', 8, (uint8_t)s[i], 0,
                                0,   0, 0,   0, 0,   0, 0x86,          'R'};
            memcpy(bytes + at, scalar, sizeof scalar);
            at += sizeof scalar;
        }
        bytes[at++] = 't';
        bytes[at++] = 'a';
    }
    bytes[at++] = '.';
    char *folder = support_folder();
    write_pictures(folder, true);
    write_bytes(folder, "coords.pkl", bytes, at);
    expect_squares(folder, 0);
    support_remove(folder);
}

static void broken_avatars_are_named(void **state)
{
    char *folder = support_folder();
    write_pictures(folder, false);
    expect_unopened(folder, VIS_ERR_OPEN, "coords.pkl"); /* is missing: what is wanted is said */
    write_coords(folder, false, FRAMES - 1);
    expect_unopened(folder, VIS_ERR_MISMATCH, "2 rectangles but there are 3 pictures");
    write_bytes(folder, "coords.pkl",
                "\x80\x04](K\x01K\x02K\x03"
                "e.",
                12);
    expect_unopened(folder, VIS_ERR_FORMAT, "entry 0: expected four whole numbers");
    write_bytes(folder, "coords.pkl", "\x80\x04K\x01.", 5);
    expect_unopened(folder, VIS_ERR_FORMAT, "no list of rectangles");
    write_bytes(folder, "coords.pkl",
                "\x80\x02"
                "cos\nsystem\n(X\x04\0\0\0truetR.",
                24);
    expect_unopened(folder, VIS_ERR_UNSUPPORTED, "os.system");
    write_bytes(folder, "coords.pkl", "", 0);
    expect_unopened(folder, VIS_ERR_FORMAT, "coords.pkl");
    support_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avatars_are_read_in_either_order),
        cmocka_unit_test(numpy_numbers_are_read),
        cmocka_unit_test(broken_avatars_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
