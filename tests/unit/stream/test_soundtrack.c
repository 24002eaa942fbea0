/* The sound track keeps what AAC can carry, converts the rest, and starts where it is told to.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "stream/soundtrack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/viseme-test-XXXXXX.wav";

static void put(FILE *f, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> (8 * i)) & 0xff, f);
}

/* 16-bit PCM whose sample at frame i is i % 20000 in every channel (times the channel's number). */
static void write_wav(int rate, int channels, int frames)
{
    FILE *f = fopen(path, "wb");
    uint32_t data = (uint32_t)(frames * channels * 2);
    assert_non_null(f);
    fwrite("RIFF", 1, 4, f), put(f, 36 + data, 4), fwrite("WAVEfmt ", 1, 8, f), put(f, 16, 4);
    put(f, 1, 2), put(f, (uint32_t)channels, 2), put(f, (uint32_t)rate, 4),
        put(f, (uint32_t)(rate * channels * 2), 4);
    put(f, (uint32_t)channels * 2, 2), put(f, 16, 2), fwrite("data", 1, 4, f), put(f, data, 4);
    for (int i = 0; i < frames; i++)
        for (int c = 0; c < channels; c++)
            put(f, (uint32_t)((i % 2000) * (c + 1)), 2);
    fclose(f);
}

static float *read_all(double skip, int *rate, int *channels, int *frames)
{
    soundtrack *s;
    vis_error err;
    assert_int_equal(soundtrack_open(input_path(path), skip, NULL, &s, &err), VIS_OK);
    *rate = soundtrack_rate(s);
    *channels = soundtrack_channels(s);
    float *all = malloc(sizeof(float) * 1000000);
    assert_non_null(all);
    int got = 1;
    for (*frames = 0; got; *frames += got)
        assert_int_equal(soundtrack_read(s, all + *frames * *channels, 1000, &got, NULL), VIS_OK);
    soundtrack_close(s);
    return all;
}

static void stereo_at_a_known_rate_is_untouched(void **state)
{
    int rate, channels, frames;
    write_wav(44100, 2, 10000);
    float *all = read_all(0, &rate, &channels, &frames);
    assert_int_equal(rate, 44100);
    assert_int_equal(channels, 2);
    assert_int_equal(frames, 10000);
    for (int i = 0; i < frames; i++)
        assert_true(all[2 * i + 1] == (float)(i % 2000 * 2) / 32768.0f);
    free(all);
}

static void it_starts_where_it_is_told(void **state)
{
    int rate, channels, frames;
    write_wav(16000, 1, 16000);
    float *all = read_all(0.25, &rate, &channels, &frames);
    assert_int_equal(frames, 12000);
    assert_true(all[0] == 0.0f && all[1] == 1.0f / 32768.0f); /* frame 4000 is 0 again */
    free(all);
    all = read_all(99, &rate, &channels, &frames);
    assert_int_equal(frames, 0);
    free(all);
}

/* Left, right, centre and back, 1 to 4 times the same: 1/sqrt 2, 1/sqrt 2, 1 and 1/2 by their sum.
 */
static void many_channels_are_mixed_as_loudspeakers(void **state)
{
    const float factor = (0.70711f * 1 + 0.70711f * 2 + 3 + 0.5f * 4) / (0.70711f * 2 + 1 + 0.5f);
    int rate, channels, frames;
    write_wav(48000, 4, 3000);
    float *all = read_all(0, &rate, &channels, &frames);
    assert_int_equal(channels, 1);
    assert_int_equal(frames, 3000);
    for (int i = 0; i < frames; i++)
        assert_true(fabsf(all[i] - (float)(i % 2000) * factor / 32768.0f) < 1e-5f);
    free(all);
}

static void odd_rates_become_48_kHz_of_the_same_length(void **state)
{
    int rate, channels, frames;
    write_wav(18900, 2, 18900 * 2);
    float *all = read_all(0, &rate, &channels, &frames);
    assert_int_equal(rate, 48000);
    assert_in_range(frames, 48000 * 2 - 2, 48000 * 2 + 2);
    free(all);
}

static int make_path(void **state)
{
    int fd = mkstemps(path, 4);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stereo_at_a_known_rate_is_untouched),
        cmocka_unit_test(it_starts_where_it_is_told),
        cmocka_unit_test(many_channels_are_mixed_as_loudspeakers),
        cmocka_unit_test(odd_rates_become_48_kHz_of_the_same_length),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
