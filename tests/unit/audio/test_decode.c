/* What audio_reader gives for files whose every sample is known, and what it says of broken ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "audio/decode.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opens a file that must open, reads `frames` frames in pieces of `piece` and expects its end. */
static float *read_all(const char *path, int frames, int piece, audio_info *info)
{
    vis_error err;
    audio_reader *r;
    assert_ok(audio_reader_open(input_path(path), NULL, &r, &err), err);
    *info = *audio_reader_info(r);
    float *out = calloc((size_t)(frames + piece) * (size_t)info->channels, sizeof *out);
    int done = 0, got;
    do {
        assert_ok(audio_reader_read(r, out + done * info->channels, piece, &got, &err), err);
        done += got;
        assert_true(done <= frames);
        assert_true(got == piece || done == frames);
    } while (got > 0);
    assert_int_equal(done, frames);
    assert_int_equal(audio_reader_position(r), frames);
    audio_reader_close(r);
    return out;
}

static void test_16_bit_is_exact(void **state)
{
    const char *path = support_path(state, "all.wav");
    static int32_t samples[65536];
    for (int i = 0; i < 65536; i++)
        samples[i] = i - 32768;
    support_write_wav(path, 22050, 1, 2, 65536, samples);
    for (int piece = 100; piece <= 100000; piece *= 31) {
        audio_info info;
        float *got = read_all(path, 65536, piece, &info);
        assert_int_equal(info.rate, 22050);
        assert_int_equal(info.channels, 1);
        assert_true(info.duration > 2.972 && info.duration < 2.973);
        assert_string_equal(info.codec, "pcm_s16le");
        for (int i = 0; i < 65536; i++)
            assert_true(got[i] == (float)samples[i] / 32768.0f);
        free(got);
    }
}

static void test_other_widths_and_channels(void **state)
{
    static const struct {
        int bytes, channels;
        double scale;
        int32_t bias, limit;
    } cases[] = {{1, 2, 128, 128, 127},
                 {3, 1, 8388608, 0, 8388607},
                 {3, 2, 8388608, 0, 8388607},
                 {4, 2, 2147483648.0, 0, 2147483647}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int32_t samples[600];
        uint32_t seed = 7;
        audio_info info;
        for (int i = 0; i < 600; i++)
            samples[i] = cases[k].bias + (int32_t)(support_random(&seed) * (double)cases[k].limit);
        const char *path = support_path(state, "width.wav");
        int frames = 600 / cases[k].channels;
        support_write_wav(path, 48000, cases[k].channels, cases[k].bytes, frames, samples);
        float *got = read_all(path, frames, 77, &info);
        assert_int_equal(info.channels, cases[k].channels);
        for (int i = 0; i < 600; i++)
            assert_true(got[i] == (float)((samples[i] - cases[k].bias) / cases[k].scale));
        free(got);
    }
}

static void test_truncated_wav_gives_what_is_there(void **state)
{
    const char *whole = support_path(state, "whole.wav"), *cut = support_path(state, "cut.wav");
    char bytes[44 + 2000];
    audio_info info;
    support_write_noise(whole, 16000, 1000, 0.5f, 3);
    FILE *file = fopen(whole, "rb");
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    fclose(file);
    support_write(cut, bytes, 44 + 1201); /* 600 samples and a half */
    free(read_all(cut, 600, 4096, &info));
}

static void expect_failure(const char *path, vis_status status, const char *says)
{
    vis_error err;
    audio_reader *r = (audio_reader *)&err;
    assert_int_equal(audio_reader_open(input_path(path), NULL, &r, &err), status);
    assert_null(r);
    if (strstr(err.message, says) == NULL || strstr(err.message, path) == NULL)
        fail_msg("'%s' does not say '%s' and the file", err.message, says);
}

static void test_bad_files(void **state)
{
    int32_t none = 0;
    static const char playlist[] = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:5,\ntone.wav\n"
                                   "#EXT-X-ENDLIST\n";
    static const char concat[] = "ffconcat version 1.0\nfile tone.wav\n";
    support_write_noise(support_path(state, "tone.wav"), 16000, 4000, 0.5f, 3);
    support_write(support_path(state, "list.m3u8"), playlist, strlen(playlist));
    support_write(support_path(state, "list.ffconcat"), concat, strlen(concat));
    support_write(support_path(state, "text.wav"), "no sound here", 13);
    support_write(support_path(state, "empty.wav"), "", 0);
    support_write_wav(support_path(state, "silent.wav"), 16000, 1, 2, 0, &none);
    expect_failure(support_path(state, "missing.wav"), VIS_ERR_OPEN, "No such file");
    expect_failure(*state, VIS_ERR_OPEN, "folder");
    expect_failure(support_path(state, "text.wav"), VIS_ERR_FORMAT, "not a sound file");
    expect_failure(support_path(state, "empty.wav"), VIS_ERR_FORMAT, "not a sound file");
    expect_failure(support_path(state, "silent.wav"), VIS_ERR_FORMAT, "no sound");
    expect_failure(support_path(state, "list.m3u8"), VIS_ERR_UNSUPPORTED, "playlist");
    expect_failure(support_path(state, "list.ffconcat"), VIS_ERR_UNSUPPORTED, "playlist");
    expect_failure("http://localhost/tone.wav", VIS_ERR_OPEN, "No such file");
}

static void test_names_with_colons_and_percent_signs(void **state)
{
    static const char *const names[] = {"data:tone.wav", "100%d.wav", "-", "a b?.wav"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        audio_info info;
        const char *path = support_path(state, names[i]);
        support_write_noise(path, 8000, 500, 0.5f, 3);
        free(read_all(path, 500, 512, &info));
    }
}

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_16_bit_is_exact),
        cmocka_unit_test(test_other_widths_and_channels),
        cmocka_unit_test(test_truncated_wav_gives_what_is_there),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_names_with_colons_and_percent_signs),
    };
    return cmocka_run_group_tests(tests, support_folder_make, support_folder_remove);
}
