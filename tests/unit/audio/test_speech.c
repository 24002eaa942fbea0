/* Speech at 16 kHz: untouched where it is that already, mean of the channels, length, resampling.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "audio/speech.h"

#include <libavutil/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All samples of a file in pieces of `piece`; *count is their number. */
static float *read_all(const char *path, int piece, int *count, float *peak)
{
    vis_error err;
    speech_reader *s;
    bool exact;
    int capacity = 1 << 20, got = 0;
    float *out = calloc((size_t)capacity, sizeof *out);
    assert_ok(speech_reader_open(input_path(path), NULL, &s, &err), err);
    *count = 0;
    do {
        assert_true(*count + piece <= capacity);
        assert_ok(speech_reader_read(s, out + *count, piece, &got, &err), err);
        *count += got;
    } while (got == piece);
    assert_ok(speech_reader_read(s, out + *count, piece, &got, &err), err);
    assert_int_equal(got, 0);
    assert_int_equal(speech_reader_length(s, &exact), *count);
    assert_true(exact);
    *peak = speech_reader_peak(s);
    speech_reader_close(s);
    return out;
}

static void test_16_khz_passes_untouched(void **state)
{
    enum { COUNT = 10001 };
    static int32_t samples[COUNT];
    uint32_t seed = 5;
    for (int i = 0; i < COUNT; i++)
        samples[i] = (int32_t)(support_random(&seed) * 32768);
    samples[77] = -32768;
    const char *path = support_path(state, "16k.wav");
    support_write_wav(path, 16000, 1, 2, COUNT, samples);
    int count;
    float peak, *got = read_all(path, 333, &count, &peak);
    assert_int_equal(count, COUNT);
    assert_true(peak == 1);
    for (int i = 0; i < COUNT; i++)
        assert_true(got[i] == (float)samples[i] / 32768.0f);
    free(got);
}

static void test_two_channels_are_averaged(void **state)
{
    int32_t samples[2000];
    uint32_t seed = 5;
    for (int i = 0; i < 2000; i++)
        samples[i] = (int32_t)(support_random(&seed) * 32768);
    const char *path = support_path(state, "two.wav");
    support_write_wav(path, 16000, 2, 2, 1000, samples);
    int count;
    float peak, *got = read_all(path, 4096, &count, &peak);
    assert_int_equal(count, 1000);
    for (int i = 0; i < 1000; i++) {
        const int32_t *s = samples + 2 * i;
        assert_true(got[i] == ((float)s[0] / 32768.0f + (float)s[1] / 32768.0f) / 2.0f);
    }
    free(got);
}

/* A voice in the centre of 5.1 (left, right, centre, bass, two behind). */
static void test_a_centre_is_not_buried(void **state)
{
    int32_t samples[6000] = {0};
    for (int i = 0; i < 1000; i++) {
        samples[6 * i + 2] = 20 * i;
        samples[6 * i + 3] = 30000; /* the bass is left out */
    }
    const char *path = support_path(state, "six.wav");
    support_write_wav(path, 16000, 6, 2, 1000, samples);
    int count;
    float peak, *got = read_all(path, 4096, &count, &peak);
    assert_int_equal(count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_true(fabsf(got[i] - 0.29289f * (float)(20 * i) / 32768.0f) < 1e-5f);
    free(got);
}

static void test_length_and_pieces(void **state)
{
    static const int rates[] = {8000, 11025, 22050, 44100, 48000, 96000, 44099};
    static const int lengths[] = {1, 2, 37, 999, 4096, 4097, 20011};
    const char *path = support_path(state, "length.wav");
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
            int count, again;
            float peak;
            support_write_noise(path, rates[r], lengths[n], 0.5f, 9);
            float *got = read_all(path, 4096, &count, &peak);
            int64_t wanted = ((int64_t)lengths[n] * 16000 + rates[r] - 1) / rates[r];
            assert_int_equal(count, wanted);
            float *other = read_all(path, 101, &again, &peak);
            assert_int_equal(again, count);
            assert_memory_equal(got, other, (size_t)count * sizeof(float));
            free(got);
            free(other);
        }
}

/* A tone stays that tone, in time to a fraction of a sample. */
static void test_resampled_tone(void **state)
{
    enum { COUNT = 48000 };
    static int32_t samples[COUNT];
    for (int i = 0; i < COUNT; i++)
        samples[i] = (int32_t)lrint(16384 * sin(2 * M_PI * 440 * i / 48000));
    const char *path = support_path(state, "tone.wav");
    support_write_wav(path, 48000, 1, 2, COUNT, samples);
    int count;
    float peak, *got = read_all(path, 1600, &count, &peak);
    assert_int_equal(count, 16000);
    for (int i = 500; i < 15500; i++) /* away from the edges, where the filter sees the step */
        assert_true(fabs(got[i] - 0.5 * sin(2 * M_PI * 440 * i / 16000)) < 3e-5);
    free(got);
}

static void test_numbers_that_are_none_become_silence(void **state)
{
    static const uint8_t head[] = {'R', 'I', 'F',  'F',  52,  0,   0,   0,    'W', 'A', 'V',
                                   'E', 'f', 'm',  't',  ' ', 16,  0,   0,    0,   3,   0,
                                   1,   0,   0x80, 0x3e, 0,   0,   0,   0xfa, 0,   0,   4,
                                   0,   32,  0,    'd',  'a', 't', 'a', 16,   0,   0,   0};
    uint8_t file[sizeof head + 16];
    float samples[4] = {0.25f, NAN, INFINITY, -2.5f}, got[8];
    memcpy(file, head, sizeof head);
    memcpy(file + sizeof head, samples, sizeof samples);
    const char *path = support_path(state, "float.wav");
    support_write(path, file, sizeof file);
    vis_error err;
    speech_reader *s;
    support_log lines = {0};
    vis_log log = support_log_to(&lines);
    int count;
    assert_ok(speech_reader_open(input_path(path), &log, &s, &err), err);
    assert_ok(speech_reader_read(s, got, 8, &count, &err), err);
    assert_int_equal(count, 4);
    assert_true(got[0] == 0.25f && got[1] == 0 && got[2] == 0 && got[3] == -2.5f);
    assert_int_equal(lines.lines, 1);
    assert_non_null(strstr(lines.last, "undefined"));
    speech_reader_close(s);
}

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_16_khz_passes_untouched),
        cmocka_unit_test(test_two_channels_are_averaged),
        cmocka_unit_test(test_a_centre_is_not_buried),
        cmocka_unit_test(test_length_and_pieces),
        cmocka_unit_test(test_resampled_tone),
        cmocka_unit_test(test_numbers_that_are_none_become_silence),
    };
    return cmocka_run_group_tests(tests, support_folder_make, support_folder_remove);
}
