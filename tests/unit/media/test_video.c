/* A video that is written can be read back: frames, rate, sound, odd sizes, exact seeking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "media/ffmpeg.h"
#include "media/video_in.h"
#include "media/video_index.h"
#include "media/video_out.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 60, RATE = 16000 };

static video_writer_options options_for(const char *path, int width, int height)
{
    video_writer_options o = video_writer_defaults();
    o.path = path;
    o.width = width;
    o.height = height;
    o.crf = 12;
    return o;
}

static void write_video(const video_writer_options *o, int frames)
{
    vis_error err = {0};
    video_writer *w;
    if (video_writer_open(o, &w, &err) != VIS_OK) fail_msg("%s", err.message);
    float *sound = calloc(RATE, sizeof *sound);
    for (int n = 0; n < frames; n++) {
        picture p = test_picture(o->width, o->height, n);
        if (video_writer_frame(w, &p, &err) != VIS_OK) fail_msg("%s", err.message);
        picture_free(&p);
        int count = RATE * o->fps_den / o->fps_num;
        for (int i = 0; i < count; i++)
            sound[i] = 0.3f * sinf((float)i * 0.2f);
        if (o->audio_channels) assert_int_equal(video_writer_audio(w, sound, count, &err), VIS_OK);
    }
    free(sound);
    if (video_writer_finish(w, &err) != VIS_OK) fail_msg("%s", err.message);
}

static video_reader *open_video(const char *path)
{
    vis_error err = {0};
    video_reader *r;
    if (video_reader_open(path, 2, &r, &err) != VIS_OK) fail_msg("%s", err.message);
    return r;
}

static void expect_frame(video_reader *r, picture *p, int number)
{
    vis_error err = {0};
    bool got;
    assert_int_equal(video_reader_position(r), number);
    if (video_reader_read(r, p, &got, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_true(got);
    assert_int_equal(test_picture_number(p), number);
}

static void frames_come_back_in_order(void **state)
{
    const int sizes[][2] = {{128, 96}, {129, 97}, {128, 97}, {97, 720}};
    for (int i = 0; i < 4; i++) {
        int width = sizes[i][0], height = sizes[i][1];
        video_writer_options o = options_for(test_path("v.mp4"), width, height);
        o.fps_num = i == 2 ? 30000 : 25;
        o.fps_den = i == 2 ? 1001 : 1;
        write_video(&o, FRAMES);
        video_reader *r = open_video(test_path("v.mp4"));
        const video_info *info = video_reader_info(r);
        assert_true(info->width == width && info->height == height);
        assert_true(info->fps_num == o.fps_num && info->fps_den == o.fps_den);
        assert_int_equal(info->frames, FRAMES);
        assert_false(info->variable_rate || info->has_audio);
        assert_string_equal(info->codec, "h264");
        picture p = {0};
        for (int n = 0; n < FRAMES; n++) {
            expect_frame(r, &p, n);
            picture truth = test_picture(width, height, n);
            assert_true(test_mean_difference(&p, &truth) < 2.5);
            picture_free(&truth);
        }
        bool got = true;
        assert_int_equal(video_reader_read(r, &p, &got, NULL), VIS_OK);
        assert_false(got);
        picture_free(&p);
        video_reader_close(r);
    }
}

static void seeking_is_exact(void **state)
{
    video_writer_options o = options_for(test_path("s.mp4"), 96, 64);
    write_video(&o, 300); /* x264 places a key frame at 250 */
    video_reader *r = open_video(test_path("s.mp4"));
    picture p = {0};
    static const int order[] = {299, 0, 250, 249, 251, 17, 18, 16, 260, 255, 299, 1, 100, 252};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_int_equal(video_reader_seek(r, order[i], NULL), VIS_OK);
        expect_frame(r, &p, order[i]);
    }
    expect_frame(r, &p, 253);
    vis_error err;
    assert_int_equal(video_reader_seek(r, 300, &err), VIS_ERR_USAGE);
    assert_int_equal(video_reader_seek(r, -1, &err), VIS_ERR_USAGE);
    picture_free(&p);
    video_reader_close(r);
}

static bool contains(const buffer *b, const char *text)
{
    return memmem(b->data, b->size, text, strlen(text)) != NULL;
}

static void says_how_it_was_made(void **state)
{
    video_writer_options o = options_for(test_path("m.mp4"), 96, 64);
    o.audio_rate = RATE;
    o.audio_channels = 1;
    o.marks.comment = "plain comment";
    o.marks.description = "<drawn> & spoken \xC3\xA9\xFF";
    o.marks.creator = "viseme test";
    o.marks.model_sha256 = "0123abcd";
    o.marks.digital_source_type = VIDEO_SOURCE_TYPE_COMPOSITE;
    write_video(&o, 10);
    buffer b;
    buffer_init(&b, 1 << 24);
    assert_int_equal(file_read(test_path("m.mp4"), &b, NULL), VIS_OK);
    assert_true(contains(&b, "plain comment"));
    assert_true(contains(&b, "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/"
                             "digitalsourcetype/compositeWithTrainedAlgorithmicMedia<"));
    assert_true(contains(&b, "&lt;drawn&gt; &amp; spoken \xC3\xA9?<"));
    assert_true(contains(&b, "checkpoint SHA-256 0123abcd"));
    assert_true(contains(&b, "<xmp:CreatorTool>viseme test</xmp:CreatorTool>"));
    /* The index stands in front of the data, so that the file streams. */
    const uint8_t *moov = memmem(b.data, b.size, "moov", 4),
                  *mdat = memmem(b.data, b.size, "mdat", 4);
    assert_true(moov && mdat && moov < mdat);
    buffer_free(&b);
    video_reader *r = open_video(test_path("m.mp4"));
    assert_true(video_reader_info(r)->has_audio);
    video_reader_close(r);
}

static void equal_input_gives_equal_bytes(void **state)
{
    char first[65], second[65];
    video_writer_options o = options_for(test_path("1.mp4"), 130, 75);
    o.audio_rate = RATE;
    o.audio_channels = 1;
    o.marks.comment = "same";
    write_video(&o, 40);
    assert_int_equal(file_sha256(o.path, first, NULL), VIS_OK);
    o.path = test_path("2.mp4");
    write_video(&o, 40);
    assert_int_equal(file_sha256(o.path, second, NULL), VIS_OK);
    assert_string_equal(first, second);
}

static void colours_survive(void **state)
{
    for (int height = 96; height <= 720; height += 624) {
        video_writer_options o = options_for(test_path("c.mp4"), 96, height);
        o.crf = 1;
        for (int k = 0; k < 8; k++) {
            picture p, back = {0};
            vis_error err;
            bool got;
            assert_int_equal(picture_create(&p, 96, height, NULL), VIS_OK);
            for (int i = 0; i < 96 * height; i++)
                for (int c = 0; c < 3; c++)
                    p.data[3 * i + c] = k >> c & 1 ? 230 : 25;
            video_writer *w;
            assert_int_equal(video_writer_open(&o, &w, &err), VIS_OK);
            assert_int_equal(video_writer_frame(w, &p, &err), VIS_OK);
            assert_int_equal(video_writer_finish(w, &err), VIS_OK);
            video_reader *r = open_video(o.path);
            assert_int_equal(video_reader_read(r, &back, &got, &err), VIS_OK);
            assert_true(test_max_difference(&p, &back) <= 3);
            video_reader_close(r);
            picture_free(&p);
            picture_free(&back);
        }
    }
}

/* Times are the file's word: frames a nanosecond apart, or as far apart as numbers go. */
static void any_times_give_a_rate(void **state)
{
    AVStream stream = {.time_base = {1, 2000000000}};
    int64_t close[] = {0, 1}, far[] = {INT64_MIN + 1, INT64_MAX};
    bool variable;
    video_index index = {.count = 2, .by_time = true, .pts = close};
    AVRational rate = video_index_rate(&index, &stream, &variable);
    assert_true(rate.num > 0 && rate.den > 0 && variable);
    index.pts = far;
    rate = video_index_rate(&index, &stream, &variable);
    assert_true(rate.num > 0 && rate.den > 0);
}

int main(void)
{
    ffmpeg_silence();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back_in_order),     cmocka_unit_test(seeking_is_exact),
        cmocka_unit_test(says_how_it_was_made),          cmocka_unit_test(colours_survive),
        cmocka_unit_test(equal_input_gives_equal_bytes), cmocka_unit_test(any_times_give_a_rate),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
