/* A written video is whole by mp4_check, and is not once any box that a player needs has another
 * name, a packet is missing, or a tag. Reading a video through ffmpeg_file is in test_video.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "media/mp4_boxes.h"
#include "media/mp4_check.h"
#include "media/video_out.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES = 3, SIDE = 96, RATE = 16000 };

static const char comment[] = "made by a test";
static int64_t sound_packets;

/* Packets of the second track, from its table of sizes. */
static int64_t count_sound(const buffer *file)
{
    const uint8_t *first = memmem(file->data, file->size, "stsz", 4);
    const uint8_t *second =
        memmem(first + 4, file->size - (size_t)(first + 4 - file->data), "stsz", 4);
    return mp4_read32(second + 12);
}

static void write_video(const char *path, buffer *file)
{
    vis_error err;
    video_writer *w;
    video_writer_options o = video_writer_defaults();
    static float sound[RATE * FRAMES / 25];
    o.path = path;
    o.width = o.height = SIDE;
    o.audio_rate = RATE;
    o.audio_channels = 1;
    o.marks.comment = comment;
    if (video_writer_open(&o, &w, &err) != VIS_OK) fail_msg("%s", err.message);
    for (int n = 0; n < FRAMES; n++) {
        picture p = test_picture(SIDE, SIDE, n);
        assert_int_equal(video_writer_frame(w, &p, &err), VIS_OK);
        picture_free(&p);
    }
    assert_int_equal(video_writer_audio(w, sound, RATE * FRAMES / 25, &err), VIS_OK);
    assert_int_equal(video_writer_finish(w, &err), VIS_OK);
    buffer_init(file, 1 << 24);
    assert_int_equal(file_read(path, file, &err), VIS_OK);
    sound_packets = count_sound(file);
}

static mp4_contents contents(void)
{
    return (mp4_contents){.packets = {FRAMES, sound_packets}, .tracks = 2, .comment = comment};
}

static void a_written_video_is_whole(void **state)
{
    vis_error err;
    buffer file;
    const char *path = test_path("whole.mp4");
    write_video(path, &file);
    mp4_contents c = contents();
    assert_true(sound_packets > 0);
    assert_int_equal(mp4_check(path, path, &c, &err), VIS_OK);
    c.comment = "something else";
    assert_int_equal(mp4_check(path, path, &c, &err), VIS_ERR_MEMORY);
    for (int i = 0; i < 2; i++) {
        c = contents();
        c.packets[i]++;
        assert_int_equal(mp4_check(path, path, &c, &err), VIS_ERR_MEMORY);
    }
    c = contents();
    c.tracks = 1;
    assert_int_equal(mp4_check(path, path, &c, &err), VIS_ERR_MEMORY);
    assert_int_equal(mp4_check(test_path("none.mp4"), "none", &c, &err), VIS_ERR_WRITE);
    buffer_free(&file);
}

static void boxes_that_are_missing_are_missed(void **state)
{
    static const char types[][5] = {"avcC", "esds", "stsz", "stsd", "udta", "hdlr"};
    vis_error err;
    buffer file;
    const char *path = test_path("whole.mp4"), *spoilt = test_path("spoilt.mp4");
    write_video(path, &file);
    mp4_contents c = contents();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        uint8_t *type = memmem(file.data, file.size, types[i], 4);
        assert_non_null(type);
        memcpy(type, "free", 4);
        assert_int_equal(file_write(spoilt, file.data, file.size, &err), VIS_OK);
        assert_int_equal(mp4_check(spoilt, spoilt, &c, &err), VIS_ERR_MEMORY);
        memcpy(type, types[i], 4);
    }
    buffer_free(&file);
}

/* The record of the decoder's settings, cut short at every length. */
static void settings_that_are_cut_short(void **state)
{
    vis_error err;
    buffer file;
    const char *path = test_path("whole.mp4"), *spoilt = test_path("spoilt.mp4");
    write_video(path, &file);
    mp4_contents c = contents();
    uint8_t *box = (uint8_t *)memmem(file.data, file.size, "avcC", 4) - 4;
    uint32_t whole = mp4_read32(box);
    for (uint32_t size = 8; size < whole; size++) {
        mp4_write32(box, size);
        assert_int_equal(file_write(spoilt, file.data, file.size, &err), VIS_OK);
        assert_int_equal(mp4_check(spoilt, spoilt, &c, &err), VIS_ERR_MEMORY);
    }
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_video_is_whole),
        cmocka_unit_test(boxes_that_are_missing_are_missed),
        cmocka_unit_test(settings_that_are_cut_short),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
