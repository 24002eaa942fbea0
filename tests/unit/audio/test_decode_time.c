/* Compressed sound stays in time: encoder priming is removed, and damaged packets become silence of
 * the same length.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "encode.h"
#include "support.h"

#include "audio/decode.h"

#include <libavutil/log.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 48000
#define SECONDS 6
#define COUNT (SECONDS * RATE)

static const struct {
    const char *name, *encoder;
    int extra; /* samples of padding that the container cannot tell from sound */
} kinds[] = {
    {"sound.flac", "flac", 0},    {"sound.m4a", "aac", 1024},    {"sound.mp3", "libmp3lame", 1152},
    {"sound.opus", "libopus", 0}, {"sound.ogg", "libvorbis", 0}, {"sound.mka", "flac", 0},
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* Noise below 4 kHz or so, which every codec keeps, unlike itself at any shift. */
static float *make_sound(void)
{
    float *samples = calloc(COUNT, sizeof *samples), low = 0;
    uint32_t seed = 77;
    for (int i = 0; i < COUNT; i++) {
        low += 0.3f * (support_random(&seed) - low);
        samples[i] = low;
    }
    return samples;
}

/* Returns the samples [*count], more than COUNT of them cut off. */
static float *decode(const char *path, int *count, support_log *lines)
{
    vis_error err;
    vis_log log = support_log_to(lines);
    audio_reader *r;
    int got;
    float *out = calloc(2 * COUNT, sizeof *out);
    assert_ok(audio_reader_open(input_path(path), &log, &r, &err), err);
    assert_int_equal(audio_reader_info(r)->rate, RATE);
    assert_int_equal(audio_reader_info(r)->channels, 1);
    assert_true(fabs(audio_reader_info(r)->duration - SECONDS) < 0.05);
    assert_ok(audio_reader_read(r, out, 2 * COUNT, count, &err), err);
    assert_ok(audio_reader_read(r, out + *count, 1, &got, &err), err);
    assert_int_equal(got, 0);
    audio_reader_close(r);
    return out;
}

/* The shift in [-3000, 3000] at which `got` is most like `sound` around sample `at`. */
static int best_shift(const float *sound, const float *got, int at)
{
    double best = 0;
    int shift = 99999;
    for (int s = -3000; s <= 3000; s++) {
        double sum = 0;
        for (int i = at; i < at + 4000; i++)
            sum += (double)sound[i] * (double)got[i + s];
        if (sum > best) {
            best = sum;
            shift = s;
        }
    }
    return shift;
}

static void test_priming_is_removed(void **state)
{
    float *sound = make_sound();
    for (size_t k = 0; k < KINDS; k++) {
        const char *path = support_path(state, kinds[k].name);
        support_log lines = {0};
        int count;
        if (!encode_sound(path, kinds[k].encoder, RATE, sound, COUNT)) continue;
        float *got = decode(path, &count, &lines);
        assert_in_range(count, COUNT, COUNT + kinds[k].extra);
        assert_int_equal(best_shift(sound, got, 10000), 0);
        assert_int_equal(best_shift(sound, got, COUNT - 20000), 0);
        assert_int_equal(lines.lines, 0);
        free(got);
    }
    free(sound);
}

/* Overwrites a fifteenth of the file's bytes in its middle. */
static void damage(const char *path)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    uint32_t seed = 4;
    assert_int_equal(fseek(file, size / 2, SEEK_SET), 0);
    for (long i = 0; i < size / 15; i++)
        fputc((int)(support_random(&seed) * 128) & 0xff, file);
    assert_int_equal(fclose(file), 0);
}

/* mp3 is not among them: its packets carry no time, and what does not look like one is passed over.
 */
static void test_damage_keeps_time(void **state)
{
    static const char *const names[] = {"sound.flac", "sound.m4a", "sound.opus", "sound.ogg"};
    float *sound = make_sound();
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t k = 0; k < KINDS; k++) {
            const char *path = support_path(state, kinds[k].name);
            support_log lines = {0};
            int count;
            if (strcmp(names[n], kinds[k].name) != 0) continue;
            if (!encode_sound(path, kinds[k].encoder, RATE, sound, COUNT)) continue;
            damage(path);
            float *got = decode(path, &count, &lines);
            assert_in_range(count, COUNT, COUNT + kinds[k].extra);
            assert_int_equal(best_shift(sound, got, 10000), 0);
            assert_int_equal(best_shift(sound, got, COUNT - 20000), 0);
            assert_true(lines.lines > 0);
            free(got);
        }
    free(sound);
}

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priming_is_removed),
        cmocka_unit_test(test_damage_keeps_time),
    };
    return cmocka_run_group_tests(tests, support_folder_make, support_folder_remove);
}
