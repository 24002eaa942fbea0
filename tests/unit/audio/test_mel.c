/* The mel spectrogram against librosa's numbers, against a transform by its definition, and
 * streamed in pieces of all sizes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "audio/mel.h"
#include "audio/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 1700
#define FRAMES 9

/* Noise that fades by the cube of its frame: loud at first, at the floor in the end. */
static void fading_noise(float *samples)
{
    uint32_t seed = 2024;
    for (int i = 0; i < COUNT; i++) {
        float k = (float)(1 + i / 200);
        samples[i] = support_random(&seed) * (1.0f / (k * k * k));
    }
}

/* librosa 0.11 on the same noise. */
static void test_against_librosa(void **state)
{
    static const struct {
        int frame, band;
        float value;
    } known[] = {
        {0, 0, -0.704976261f}, {0, 79, 2.3368175f},   {1, 10, 0.259701222f}, {3, 40, -1.03790247f},
        {4, 1, -3.11215949f},  {5, 60, -1.57116234f}, {6, 33, -2.31276894f}, {7, 5, -4.0f},
        {8, 0, -4.0f},         {8, 79, -2.11500549f},
    };
    float samples[COUNT], frames[FRAMES * MEL_BANDS];
    vis_error err;
    fading_noise(samples);
    assert_int_equal(mel_frame_count(COUNT), FRAMES);
    assert_ok(mel_compute(samples, COUNT, frames, &err), err);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(fabsf(frames[known[i].frame * MEL_BANDS + known[i].band] - known[i].value) <
                    1e-6f);
}

/* librosa.filters.mel: the first and last weights of some bands. */
static void test_filter_bank(void **state)
{
    static const struct {
        int band, first, last;
        float at_first, at_last;
    } known[] = {
        {0, 3, 6, 0.00386959198f, 0.00533408206f},
        {25, 48, 51, 0.00483416067f, 0.004942053f},
        {40, 84, 89, 0.00438310765f, 0.00247925729f},
        {60, 175, 187, 0.000611081487f, 0.000964664796f},
        {79, 353, 379, 4.26863771e-05f, 0.000266300805f},
    };
    static float weights[MEL_BANDS * SPECTRUM_BINS];
    mel_filter_bank(weights);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const float *w = weights + known[i].band * SPECTRUM_BINS;
        assert_true(w[known[i].first - 1] == 0 && w[known[i].last + 1] == 0);
        assert_true(fabsf(w[known[i].first] - known[i].at_first) < 1e-9f);
        assert_true(fabsf(w[known[i].last] - known[i].at_last) < 1e-9f);
    }
}

static void test_spectrum_is_the_transform(void **state)
{
    double samples[SPECTRUM_POINTS], weight[SPECTRUM_POINTS], got[SPECTRUM_BINS], size = 0;
    uint32_t seed = 11;
    vis_error err;
    spectrum *s;
    for (int i = 0; i < SPECTRUM_POINTS; i++) {
        samples[i] = support_random(&seed);
        weight[i] = support_random(&seed);
        size += fabs(samples[i] * weight[i]);
    }
    assert_ok(spectrum_create(&s, &err), err);
    spectrum_magnitude(s, samples, weight, got);
    for (int k = 0; k < SPECTRUM_BINS; k++) {
        double re = 0, im = 0;
        for (int i = 0; i < SPECTRUM_POINTS; i++) {
            double angle = 2 * M_PI * (k * i % SPECTRUM_POINTS) / SPECTRUM_POINTS;
            re += samples[i] * weight[i] * cos(angle);
            im -= samples[i] * weight[i] * sin(angle);
        }
        assert_true(fabs(got[k] - hypot(re, im)) < 1e-15 * size);
    }
    spectrum_free(s);
}

static void test_pieces_give_the_whole(void **state)
{
    static const int pushes[] = {1, 199, 200, 201, 801, 100000}, pulls[] = {1, 3, 64, 1000};
    enum { LONG = 30011 };
    static float samples[LONG], whole[(1 + LONG / 200) * MEL_BANDS],
        got[(1 + LONG / 200) * MEL_BANDS];
    uint32_t seed = 1;
    vis_error err;
    for (int i = 0; i < LONG; i++)
        samples[i] = support_random(&seed);
    assert_ok(mel_compute(samples, LONG, whole, &err), err);
    for (size_t a = 0; a < sizeof pushes / sizeof *pushes; a++)
        for (size_t b = 0; b < sizeof pulls / sizeof *pulls; b++) {
            mel_stream *m;
            int used = 0, done = 0, total = (int)mel_frame_count(LONG);
            assert_ok(mel_stream_create(&m, &err), err);
            while (done < total) {
                int piece = LONG - used < pushes[a] ? LONG - used : pushes[a];
                used += mel_stream_push(m, samples + used, piece);
                if (used == LONG) mel_stream_finish(m);
                int room = total - done < pulls[b] ? total - done : pulls[b];
                done += mel_stream_pull(m, got + done * MEL_BANDS, room);
            }
            assert_int_equal(mel_stream_pull(m, got, 1), 0);
            assert_memory_equal(got, whole, sizeof whole);
            mel_stream_free(m);
        }
}

static void test_short_and_silent(void **state)
{
    float samples[800] = {0}, frames[5 * MEL_BANDS];
    vis_error err;
    for (int count = 0; count <= 800; count += count < 2 ? 1 : 199) {
        memset(frames, 0, sizeof frames);
        assert_ok(mel_compute(samples, count, frames, &err), err);
        for (int i = 0; i < mel_frame_count(count) * MEL_BANDS; i++)
            assert_true(frames[i] == -4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_librosa),
        cmocka_unit_test(test_filter_bank),
        cmocka_unit_test(test_spectrum_is_the_transform),
        cmocka_unit_test(test_pieces_give_the_whole),
        cmocka_unit_test(test_short_and_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
