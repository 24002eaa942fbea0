/* Footage and features: each fault planted is found, with its number; sound footage has none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../face/support.h"
#include "diagnose/inspect_data.h"
#include "media/video_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 64
#define SIDE 72 /* pixels of the frames, whose squares are 40 wide */

typedef struct footage {
    int square[FRAMES][4];
    int frames, width, height;
} footage;

/* A head that sways slowly and nods fast: left and right by 12 pixels, up and down by 4 at 2 Hz. */
static footage swaying(void)
{
    footage f = {.frames = FRAMES, .width = SIDE, .height = SIDE};
    for (int n = 0; n < FRAMES; n++) {
        int x = (int)(16 + 12 * sin(n * 0.1)), y = (int)(16 + 4 * sin(n * 0.5));
        memcpy(f.square[n], (int[4]){x, y, x + 40, y + 40}, sizeof f.square[n]);
    }
    return f;
}

static void write_frame(const char *folder, const footage *f, int n, const picture *p)
{
    char name[64];
    snprintf(name, sizeof name, "full_body_img/%d.png", n);
    support_write_png(folder, name, p);
    char *text = support_landmarks(f->square[n][0], f->square[n][1], f->square[n][2]);
    snprintf(name, sizeof name, "landmarks/%d.lms", n);
    support_write(folder, name, text);
    free(text);
}

/* Writes the footage, all frames `p`, and opens it. */
static vis_character *open_footage(char *folder, const footage *f, const picture *p)
{
    for (int n = 0; n < f->frames; n++)
        write_frame(folder, f, n, p);
    vis_character *c;
    vis_error err;
    vis_character_options options = vis_character_options_defaults();
    options.fps = -1;
    if (vis_character_open(folder, &options, &c, &err) != VIS_OK) fail_msg("%s", err.message);
    return c;
}

/* What is found in the footage under that many feature rows of 25 a second. */
static findings inspect(const footage *f, const picture *p, int64_t rows, data_facts *facts)
{
    findings list = {0};
    face_geometry geometry;
    vis_error err;
    char *folder = support_folder();
    vis_character *c = open_footage(folder, f, p);
    assert_int_equal(face_geometry_for(320, &geometry, &err), VIS_OK);
    if (inspect_data(c, &geometry, rows, 25, &list, facts, &err) != VIS_OK)
        fail_msg("%s", err.message);
    vis_character_close(c);
    support_remove(folder);
    return list;
}

static findings inspect_grey(const footage *f, int64_t rows, data_facts *facts)
{
    picture p = {0};
    support_numbered(&p, f->width, f->height, 9);
    findings list = inspect(f, &p, rows, facts);
    picture_free(&p);
    return list;
}

/* Exactly one finding, of that code, that agrees with itself. */
static void expect_only(const findings *list, const char *code)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i].code, code) != 0)
            fail_msg("%s: %s", list->item[i].code, list->item[i].text);
    assert_int_equal(list->count, 1);
    assert_int_equal(list->item[0].stage, FINDING_DATA);
    assert_true(list->item[0].number >= list->item[0].threshold);
    assert_true(list->item[0].severity >= 1);
}

static void sound_footage_has_no_finding(void **state)
{
    footage f = swaying();
    data_facts facts;
    for (int64_t rows = FRAMES; rows <= FRAMES + 2; rows += 2) {
        findings list = inspect_grey(&f, rows, &facts);
        if (list.count) fail_msg("%s: %s", list.item[0].code, list.item[0].text);
        findings_free(&list);
    }
    assert_int_equal(facts.frames, FRAMES);
    assert_true(facts.squares.side_mean == 40 && facts.squares.side_min == 40);
    assert_true(facts.fps == 0 && facts.feature_rows == FRAMES + 2);
    assert_true(facts.jitter > 0 && facts.jitter < 4);
    assert_true(facts.resample_detail > 0.8);
}

/* A head that nods by a fifth of its size once a second, shakes by a tenth three times a second,
 * and is in another place after a cut, on whole pixels: motion. */
static void motion_and_a_cut_are_no_jitter(void **state)
{
    enum { COUNT = 200, WIDE = 250 };
    int squares[COUNT][4];
    square_statistics figures;
    for (int n = 0; n < COUNT; n++) {
        double time = n / 25.0, turn = 6.283185307;
        int x = (int)(400 + 0.1 * WIDE * sin(3 * turn * time)) + (n < COUNT / 2 ? 0 : 600);
        int y = (int)(200 + 0.2 * WIDE * sin(turn * time));
        memcpy(squares[n], (int[4]){x, y, x + WIDE, y + WIDE}, sizeof squares[n]);
    }
    assert_int_equal(
        square_statistics_of((const int(*)[4])squares, COUNT, 1920, 1080, &figures, NULL), VIS_OK);
    assert_true(figures.jitter > 0 && figures.jitter < 0.005 * WIDE);
    assert_int_equal(figures.clipped + figures.oblong + figures.outliers, 0);
}

/* Squares 200 pixels wide whose three edges are off by up to 2 % in each frame. */
static void trembling_landmarks_are_found(void **state)
{
    footage f = {.frames = FRAMES, .width = 320, .height = 320};
    uint32_t seed = 7;
    for (int n = 0; n < FRAMES; n++) {
        int off[3];
        for (int k = 0; k < 3; k++)
            off[k] = support_random(&seed) % 9 - 4;
        int left = 40 + n / 4 + off[0], right = 240 + n / 4 + off[1], top = 50 + off[2];
        memcpy(f.square[n], (int[4]){left, top, right, top + right - left}, sizeof f.square[n]);
    }
    data_facts facts;
    findings list = inspect_grey(&f, FRAMES, &facts);
    expect_only(&list, "landmark-jitter");
    /* whole numbers from -4 to 4: 2.58 pixels; the side has the noise of two edges */
    assert_true(facts.squares.jitter > 2.58 * 0.8 && facts.squares.jitter < 2.58 * 1.415 * 1.2);
    assert_true(fabs(facts.jitter - facts.squares.jitter * 328 / facts.squares.side_mean) < 1e-9);
    findings_free(&list);
}

static void fewer_frames_than_tremble_are_not_judged(void **state)
{
    footage f = swaying();
    f.frames = SQUARE_JITTER_FRAMES - 1;
    data_facts facts;
    findings list = inspect_grey(&f, f.frames, &facts);
    assert_int_equal(list.count, 0);
    assert_true(isnan(facts.jitter));
}

/* Noise is all fine detail: none of it survives being halved. */
static void a_face_larger_than_the_network_is_soft(void **state)
{
    footage f = {.frames = 3, .width = 640, .height = 640};
    for (int n = 0; n < 3; n++)
        memcpy(f.square[n], (int[4]){8, 9, 628, 629}, sizeof f.square[n]);
    picture p;
    support_noise(&p, 640, 640, 3);
    data_facts facts;
    findings list = inspect(&f, &p, 3, &facts);
    expect_only(&list, "crop-side");
    assert_true(list.item[0].number == 620 && list.item[0].threshold == 400);
    assert_non_null(strstr(list.item[0].text, "620-pixel"));
    assert_non_null(strstr(list.item[0].text, "320 pixels"));
    assert_non_null(strstr(list.item[0].title, "soft"));
    assert_true(facts.resample_detail < 0.5 && facts.resample_psnr < 20);
    findings_free(&list);
    picture_free(&p);
}

static void a_square_of_the_crop_loses_nothing(void **state)
{
    footage f = {.frames = 2, .width = 400, .height = 400};
    for (int n = 0; n < 2; n++)
        memcpy(f.square[n], (int[4]){8, 9, 336, 337}, sizeof f.square[n]);
    picture p;
    support_noise(&p, 400, 400, 3);
    data_facts facts;
    findings list = inspect(&f, &p, 2, &facts);
    assert_int_equal(list.count, 0);
    assert_true(facts.resample_detail == 1 && isinf(facts.resample_psnr));
    picture_free(&p);
}

static void squares_cut_off_or_astray_are_found(void **state)
{
    footage f = swaying();
    for (int n = 10; n < 13; n++)
        memcpy(f.square[n], (int[4]){f.square[n][0], 44, f.square[n][2], 84}, sizeof f.square[n]);
    memcpy(f.square[40], (int[4]){1, 2, 13, 14}, sizeof f.square[40]);
    data_facts facts;
    findings list = inspect_grey(&f, FRAMES, &facts);
    expect_only(&list, "square-shape");
    assert_int_equal(facts.squares.clipped, 3);
    assert_int_equal(facts.squares.outliers, 1);
    assert_int_equal(facts.squares.oblong, 0);
    assert_int_equal(facts.squares.first_wrong, 10);
    assert_true(fabs(list.item[0].number - 100.0 * 4 / FRAMES) < 1e-9);
    findings_free(&list);
}

static void oblong_rectangles_are_found(void **state)
{
    int squares[20][4];
    square_statistics figures;
    for (int n = 0; n < 20; n++)
        memcpy(squares[n], (int[4]){10, 10, 110, n < 15 ? 111 : 115}, sizeof squares[n]);
    assert_int_equal(square_statistics_of((const int(*)[4])squares, 20, 400, 300, &figures, NULL),
                     VIS_OK);
    assert_int_equal(figures.oblong, 5);
    assert_int_equal(figures.first_wrong, 15);
    assert_int_equal(figures.clipped + figures.outliers, 0);
}

static void lengths_that_differ_are_found(void **state)
{
    footage f = swaying();
    static const struct {
        int64_t rows;
        bool found;
        double off;
        const char *longer;
    } cases[] = {{FRAMES + 5, false, 0, ""},
                 {FRAMES + 6, true, 4, "features are"},
                 {FRAMES + 102, true, 100, "features are"},
                 {FRAMES - 3, false, 0, ""},
                 {FRAMES - 4, true, 4, "footage is"},
                 {-1, false, 0, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data_facts facts;
        findings list = inspect_grey(&f, cases[i].rows, &facts);
        assert_int_equal(list.count, cases[i].found);
        if (cases[i].found) {
            expect_only(&list, "length");
            assert_true(list.item[0].number == cases[i].off);
            assert_non_null(strstr(list.item[0].title, cases[i].longer));
        }
        findings_free(&list);
    }
}

/* A package of 40 frames, filmed at that rate, whose rectangles move along. */
static void write_package(const char *folder, int fps)
{
    char path[512], text[4096] = "{";
    snprintf(path, sizeof path, "%s/full_body_video.mp4", folder);
    video_writer_options options = video_writer_defaults();
    options.path = path;
    options.width = options.height = SIDE;
    options.fps_num = fps;
    options.fps_den = 1;
    video_writer *w;
    assert_int_equal(video_writer_open(&options, &w, NULL), VIS_OK);
    for (int n = 0; n < 40; n++) {
        picture p;
        support_numbered(&p, SIDE, SIDE, n);
        assert_int_equal(video_writer_frame(w, &p, NULL), VIS_OK);
        picture_free(&p);
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s\"%d\": {\"rect\": [%d, 7, %d, 47]}",
                 n ? ", " : "", n, n / 4, 40 + n / 4);
    }
    assert_int_equal(video_writer_finish(w, NULL), VIS_OK);
    strcat(text, "}");
    support_write(folder, "crop_rectangles.json", text);
}

static findings inspect_package(const char *folder, bool resample, data_facts *facts)
{
    vis_character *c;
    findings list = {0};
    face_geometry geometry;
    vis_character_options options = vis_character_options_defaults();
    options.fps = resample ? 25 : -1;
    options.resample_footage = resample;
    assert_int_equal(vis_character_open(folder, &options, &c, NULL), VIS_OK);
    assert_int_equal(face_geometry_for(320, &geometry, NULL), VIS_OK);
    assert_int_equal(inspect_data(c, &geometry, -1, 25, &list, facts, NULL), VIS_OK);
    vis_character_close(c);
    return list;
}

static void another_frame_rate_is_found(void **state)
{
    static const int rates[] = {25, 30, 24};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        char *folder = support_folder();
        data_facts facts;
        write_package(folder, rates[i]);
        findings list = inspect_package(folder, false, &facts);
        assert_true(facts.fps == rates[i]);
        if (rates[i] == 25)
            assert_int_equal(list.count, 0);
        else
            expect_only(&list, "frame-rate");
        if (rates[i] == 30) assert_non_null(strstr(list.item[0].text, "10.0 seconds"));
        if (rates[i] == 24) assert_non_null(strstr(list.item[0].text, "2.5 seconds"));
        findings_free(&list);
        support_remove(folder);
    }
}

/* Then the frames are those of 25 a second, some of them twice or left out. */
static void resampled_footage_has_the_right_rate(void **state)
{
    char *folder = support_folder();
    data_facts facts;
    write_package(folder, 30);
    findings list = inspect_package(folder, true, &facts);
    assert_int_equal(list.count, 0);
    assert_true(facts.fps == 30 && isnan(facts.jitter));
    support_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_footage_has_no_finding),
        cmocka_unit_test(motion_and_a_cut_are_no_jitter),
        cmocka_unit_test(trembling_landmarks_are_found),
        cmocka_unit_test(fewer_frames_than_tremble_are_not_judged),
        cmocka_unit_test(a_face_larger_than_the_network_is_soft),
        cmocka_unit_test(a_square_of_the_crop_loses_nothing),
        cmocka_unit_test(squares_cut_off_or_astray_are_found),
        cmocka_unit_test(oblong_rectangles_are_found),
        cmocka_unit_test(lengths_that_differ_are_found),
        cmocka_unit_test(another_frame_rate_is_found),
        cmocka_unit_test(resampled_footage_has_the_right_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
