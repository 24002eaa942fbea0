/* Videos that cannot be read or written: what is said, and what is left on disk.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "media/ffmpeg.h"
#include "media/video_in.h"
#include "media/video_out.h"
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static video_writer_options options_for(const char *path)
{
    video_writer_options o = video_writer_defaults();
    o.path = path;
    o.width = 96;
    o.height = 64;
    o.crf = 5;
    return o;
}

static void write_video(const char *path, int frames)
{
    vis_error err;
    video_writer_options o = options_for(path);
    video_writer *w;
    assert_int_equal(video_writer_open(&o, &w, &err), VIS_OK);
    for (int n = 0; n < frames; n++) {
        picture p = test_picture(o.width, o.height, n);
        assert_int_equal(video_writer_frame(w, &p, &err), VIS_OK);
        picture_free(&p);
    }
    assert_int_equal(video_writer_finish(w, &err), VIS_OK);
}

static void bad_options_are_named(void **state)
{
    struct {
        video_writer_options o;
        const char *word;
    } cases[] = {
        {options_for(NULL), "path"},       {options_for("x.mp4"), "crf"},
        {options_for("x.mp4"), "preset"},  {options_for("x.mp4"), "rate"},
        {options_for("x.mp4"), "channel"}, {options_for("x.mp4"), "rate of 44101"},
    };
    cases[1].o.crf = 99;
    cases[2].o.preset = "quick";
    cases[3].o.fps_num = 0;
    cases[4].o.audio_channels = 3;
    cases[5].o.audio_channels = 1;
    cases[5].o.audio_rate = 44101;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vis_error err = {0};
        video_writer *w;
        assert_int_equal(video_writer_open(&cases[i].o, &w, &err), VIS_ERR_USAGE);
        assert_null(w);
        assert_non_null(strstr(err.message, cases[i].word));
    }
    assert_int_equal(access("x.mp4", F_OK), -1);
}

static void unfinished_files_leave_nothing(void **state)
{
    vis_error err;
    int before = test_folder_count();
    video_writer_options o = options_for(test_path("gone.mp4"));
    video_writer *w;
    picture p = test_picture(96, 64, 0), other = test_picture(98, 64, 0);
    assert_int_equal(video_writer_open(&o, &w, &err), VIS_OK);
    assert_int_equal(video_writer_frame(w, &p, &err), VIS_OK);
    assert_int_equal(video_writer_frame(w, &other, &err), VIS_ERR_USAGE);
    assert_int_equal(test_folder_count(), before + 1);
    assert_int_equal(access(test_path("gone.mp4"), F_OK), -1);
    video_writer_abort(w);
    assert_int_equal(test_folder_count(), before);

    assert_int_equal(video_writer_open(&o, &w, &err), VIS_OK);
    assert_int_equal(video_writer_finish(w, &err), VIS_ERR_USAGE); /* no frames */
    assert_int_equal(test_folder_count(), before);
    o.path = "/nonexistent/x.mp4";
    assert_int_equal(video_writer_open(&o, &w, &err), VIS_ERR_WRITE);
    picture_free(&p);
    picture_free(&other);
}

/* A limit on file sizes stands in for a full disk: writes fail in the midst of the file, and so at
 * every stage, depending on the limit. */
static void a_full_disk_is_told(void **state)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    int before = test_folder_count();
    write_video(test_path("full.mp4"), 60);
    buffer whole;
    buffer_init(&whole, 1 << 24);
    assert_int_equal(file_read(test_path("full.mp4"), &whole, NULL), VIS_OK);
    unlink(test_path("full.mp4"));
    for (size_t limit = 100; limit < whole.size; limit += whole.size / 20) {
        struct rlimit small = {limit, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        vis_error err = {0};
        video_writer_options o = options_for(test_path("full.mp4"));
        video_writer *w;
        vis_status status = video_writer_open(&o, &w, &err);
        assert_int_equal(status, VIS_OK);
        for (int n = 0; n < 60 && status == VIS_OK; n++) {
            picture p = test_picture(o.width, o.height, n);
            status = video_writer_frame(w, &p, &err);
            picture_free(&p);
        }
        if (status == VIS_OK)
            status = video_writer_finish(w, &err);
        else
            video_writer_abort(w);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(status, VIS_ERR_WRITE);
        assert_non_null(strstr(err.message, "full.mp4"));
        assert_int_equal(test_folder_count(), before);
    }
    buffer_free(&whole);
}

static void what_is_no_video_is_refused(void **state)
{
    vis_error err;
    video_reader *r;
    assert_int_equal(video_reader_open(test_path("absent.mp4"), 1, &r, &err), VIS_ERR_OPEN);
    file_write(test_path("text.mp4"), "hello", 5, &err);
    assert_int_equal(video_reader_open(test_path("text.mp4"), 1, &r, &err), VIS_ERR_FORMAT);
    write_video(test_path("a.mp4"), 3);
    static const char list[] = "ffconcat version 1.0\nfile a.mp4\n";
    file_write(test_path("list.ffconcat"), list, sizeof list - 1, &err);
    assert_int_equal(video_reader_open(test_path("list.ffconcat"), 1, &r, &err),
                     VIS_ERR_UNSUPPORTED);
    static const char hls[] =
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.mp4\n#EXT-X-ENDLIST\n";
    file_write(test_path("list.m3u8"), hls, sizeof hls - 1, &err);
    assert_int_equal(video_reader_open(test_path("list.m3u8"), 1, &r, &err), VIS_ERR_UNSUPPORTED);
    assert_null(r);
}

static void truncated_videos_are_refused(void **state)
{
    vis_error err;
    video_reader *r;
    write_video(test_path("cut.mp4"), 50);
    buffer b;
    buffer_init(&b, 1 << 24);
    assert_int_equal(file_read(test_path("cut.mp4"), &b, &err), VIS_OK);
    for (size_t size = 1; size < b.size; size += b.size / 37) {
        assert_int_equal(file_write(test_path("cut2.mp4"), b.data, size, &err), VIS_OK);
        assert_int_equal(video_reader_open(test_path("cut2.mp4"), 1, &r, &err), VIS_ERR_FORMAT);
        assert_non_null(strstr(err.message, "cut2.mp4"));
    }
    buffer_free(&b);
}

/* Noise over several frames in the middle (over one, it may pass for a picture: H.264 has no
 * checksums): the frames before come, then an error that names the frame, and the frames behind the
 * next key frame can still be had. */
static void damage_names_the_frame(void **state)
{
    vis_error err = {0};
    video_reader *r;
    write_video(test_path("dam.mp4"), 300);
    buffer b;
    buffer_init(&b, 1 << 24);
    assert_int_equal(file_read(test_path("dam.mp4"), &b, &err), VIS_OK);
    for (size_t i = 0; i < b.size / 20; i++)
        b.data[b.size / 2 + i] = (uint8_t)(i * 37 + 11);
    assert_int_equal(file_write(test_path("dam.mp4"), b.data, b.size, &err), VIS_OK);
    buffer_free(&b);
    assert_int_equal(video_reader_open(test_path("dam.mp4"), 1, &r, &err), VIS_OK);
    picture p = {0};
    bool got = true;
    int n = 0;
    vis_status status;
    while ((status = video_reader_read(r, &p, &got, &err)) == VIS_OK && got)
        assert_int_equal(test_picture_number(&p), n++);
    assert_int_equal(status, VIS_ERR_FORMAT);
    char words[32];
    snprintf(words, sizeof words, "frame %d ", n);
    assert_non_null(strstr(err.message, words));
    assert_true(n > 20 && n < 250);
    assert_int_equal(video_reader_seek(r, 260, &err), VIS_OK);
    assert_int_equal(video_reader_read(r, &p, &got, &err), VIS_OK);
    assert_int_equal(test_picture_number(&p), 260);
    picture_free(&p);
    video_reader_close(r);
}

int main(void)
{
    ffmpeg_silence();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(unfinished_files_leave_nothing),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(what_is_no_video_is_refused),
        cmocka_unit_test(truncated_videos_are_refused),
        cmocka_unit_test(damage_names_the_frame),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
