/* Features of sound through a small stand-in for the encoder: which mel frames go in, how many rows
 * come out, that pieces and skipping change nothing, and the files that features_write makes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stand_in.h"
#include "support.h"

#include "audio/extract.h"
#include "audio/mel_source.h"
#include "base/npy.h"

#include <libavutil/log.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE FEATURE_AVE_SIZE
#define WINDOW STAND_IN_WINDOW

/* The rows by their definition, from the whole mel spectrogram. Returns [*rows, SIZE]. */
static float *expected_rows(const char *path, int *rows)
{
    vis_error err;
    mel_source *source;
    static float mel[4000 * MEL_BANDS];
    int frames = 0, got;
    assert_ok(mel_source_open(input_path(path), NULL, &source, &err), err);
    do {
        assert_ok(mel_source_read(source, mel + frames * MEL_BANDS, 50, &got, &err), err);
        frames += got;
        assert_true(frames + 50 <= 4000);
    } while (got > 0);
    mel_source_close(source);
    volatile double x = (frames - 16) / 80.;
    int total = (int)(x * 25.) + 2;
    *rows = total + 2;
    float *out = calloc((size_t)*rows * SIZE, sizeof *out);
    for (int r = 0; r < *rows; r++) {
        int i = r == 0 ? 0 : r > total ? total - 1 : r - 1;
        int start = (int)(80. * i / 25.);
        if (start > frames - 16) start = frames - 16;
        for (int k = 0; k < SIZE; k++) {
            double sum = 0;
            for (int at = k % 61; at < WINDOW; at += 61)
                sum += (double)stand_in_weight(k, at / 16, at % 16) *
                       (double)mel[(start + at % 16) * MEL_BANDS + at / 16];
            out[r * SIZE + k] = (float)sum;
        }
    }
    return out;
}

static void expect_close(const float *got, const float *wanted, int64_t row)
{
    for (int k = 0; k < SIZE; k++)
        if (!(fabsf(got[k] - wanted[k]) < 1e-4f)) /* sums of 21 products below 4 */
            fail_msg("row %d number %d: %g instead of %g", (int)row, k, (double)got[k],
                     (double)wanted[k]);
}

/* Mel frame counts around the places where the number of features, or of batches, changes. */
static void test_rows_by_definition(void **state)
{
    static const int frame_counts[] = {16, 17, 19, 20, 80, 90,  91, 92,
                                       93, 94, 95, 96, 97, 160, 384};
    static const int batches[] = {-1, 1, 4};
    const char *path = support_path(state, "noise.wav");
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        model *encoder = stand_in_create(batches[b]);
        for (size_t n = 0; n < sizeof frame_counts / sizeof *frame_counts; n++) {
            vis_error err;
            feature_source *s;
            int rows;
            bool got, exact;
            float row[SIZE];
            support_write_noise(path, 16000, (frame_counts[n] - 1) * MEL_HOP + 199, 0.5f, 17);
            float *wanted = expected_rows(path, &rows);
            assert_int_equal(feature_row_count(frame_counts[n]), rows);
            assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err),
                      err);
            assert_int_equal(feature_source_count(s, &exact), rows);
            for (int r = 0; r < rows; r++) {
                assert_ok(feature_source_next(s, row, &got, &err), err);
                assert_true(got);
                expect_close(row, wanted + r * SIZE, r);
            }
            assert_ok(feature_source_next(s, row, &got, &err), err);
            assert_false(got);
            assert_int_equal(feature_source_count(s, &exact), rows);
            assert_true(exact);
            assert_false(feature_source_silent(s));
            feature_source_close(s);
            free(wanted);
        }
        stand_in_free(encoder);
    }
}

/* From every row on, with holes, the rows are the same bytes. */
static void test_skipping(void **state)
{
    const char *path = support_path(state, "noise.wav");
    model *encoder = stand_in_create(4);
    for (int frames = 96; frames <= 104; frames++) {
        vis_error err;
        feature_source *s;
        bool got;
        int64_t rows = feature_row_count(frames), skipped;
        static float all[64][SIZE], row[SIZE];
        support_write_noise(path, 16000, (frames - 1) * MEL_HOP, 0.5f, 23);
        assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err), err);
        for (int64_t r = 0; r < rows; r++)
            assert_ok(feature_source_next(s, all[r], &got, &err), err);
        feature_source_close(s);
        for (int64_t first = 0; first <= rows + 3; first++) {
            assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err),
                      err);
            assert_ok(feature_source_skip(s, first, &skipped, &err), err);
            int64_t r = first < rows ? first : rows;
            assert_int_equal(skipped, r);
            for (; r < rows; r++) {
                assert_ok(feature_source_next(s, row, &got, &err), err);
                assert_true(got);
                assert_memory_equal(row, all[r], sizeof row);
                if (r % 5 != 0) continue;
                assert_ok(feature_source_skip(s, 7, &skipped, &err), err);
                r += skipped;
            }
            assert_ok(feature_source_next(s, row, &got, &err), err);
            assert_false(got);
            feature_source_close(s);
        }
    }
    stand_in_free(encoder);
}

static void test_too_short_and_wrong_encoder(void **state)
{
    const char *path = support_path(state, "short.wav");
    model *encoder = stand_in_create(-1);
    vis_error err;
    feature_source *s;
    support_write_noise(path, 16000, 2999, 0.5f, 1);
    assert_int_equal(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err),
                     VIS_ERR_FORMAT);
    assert_null(s);
    assert_non_null(strstr(err.message, "0.187 s of sound are too short"));
    support_write_noise(path, 16000, 3000, 0.5f, 1);
    assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err), err);
    feature_source_close(s);
    encoder->info.kind = MODEL_UNET_328;
    assert_int_equal(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err),
                     VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "encoder.pth"));
    stand_in_free(encoder);
}

static void test_silence_is_noticed(void **state)
{
    const char *path = support_path(state, "silence.wav");
    model *encoder = stand_in_create(-1);
    for (int loud = 0; loud < 2; loud++) {
        vis_error err;
        feature_source *s;
        float row[SIZE];
        bool got;
        support_write_noise(path, 16000, 16000, loud ? 0.01f : 0.0005f, 1);
        assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err), err);
        assert_ok(feature_source_next(s, row, &got, &err), err);
        assert_int_equal(feature_source_silent(s), !loud);
        feature_source_close(s);
    }
    stand_in_free(encoder);
}

static bool ask_to_stop(void *user, int64_t done, int64_t expected)
{
    return false;
}

static void test_files(void **state)
{
    const char *path = support_path(state, "noise.wav");
    char features[512], mel[512];
    model *encoder = stand_in_create(-1);
    vis_error err;
    features_summary summary;
    tensor t;
    int rows;
    snprintf(features, sizeof features, "%s", support_path(state, "aud_ave.npy"));
    snprintf(mel, sizeof mel, "%s", support_path(state, "mel.npy"));
    support_write_noise(path, 16000, 20000, 0.5f, 31);

    assert_int_equal(
        features_write(path, encoder, NULL, NULL, features, mel, ask_to_stop, NULL, NULL, &err),
        VIS_ERR_CANCELLED);
    assert_int_equal(npy_read(features, &t, &err), VIS_ERR_OPEN);
    assert_int_equal(npy_read(mel, &t, &err), VIS_ERR_OPEN);

    assert_ok(features_write(path, encoder, NULL, NULL, features, mel, NULL, NULL, &summary, &err),
              err);
    float *wanted = expected_rows(path, &rows);
    assert_int_equal(summary.rows, rows);
    assert_int_equal(summary.mel_frames, 101);
    assert_true(summary.seconds == 1.25);
    assert_false(summary.silent);
    assert_ok(npy_read(features, &t, &err), err);
    assert_true(t.rank == 2 && t.dim[0] == rows && t.dim[1] == SIZE);
    for (int r = 0; r < rows; r++)
        expect_close(tensor_f32(&t) + r * SIZE, wanted + r * SIZE, r);
    tensor_free(&t);
    tensor both, alone;
    assert_ok(npy_read(mel, &both, &err), err);
    assert_true(both.rank == 2 && both.dim[0] == 101 && both.dim[1] == MEL_BANDS);
    assert_ok(features_write(path, NULL, NULL, NULL, NULL, mel, NULL, NULL, &summary, &err), err);
    assert_ok(npy_read(mel, &alone, &err), err);
    assert_int_equal(alone.dim[0], 101);
    assert_memory_equal(alone.data, both.data, 101 * MEL_BANDS * sizeof(float));
    assert_int_equal(summary.rows, 0);
    assert_int_equal(features_write(path, NULL, NULL, NULL, features, NULL, NULL, NULL, NULL, &err),
                     VIS_ERR_USAGE);
    assert_int_equal(features_write(path, NULL, NULL, NULL, NULL, "/nonexistent/mel.npy", NULL,
                                    NULL, NULL, &err),
                     VIS_ERR_WRITE);
    tensor_free(&both);
    tensor_free(&alone);
    free(wanted);
    stand_in_free(encoder);
}

/* The rows' own encoder tells silence, without a change to the rows; sound tells the gate. */
static void test_silence_is_known(void **state)
{
    vis_error err;
    model *encoder = stand_in_create(-1);
    const char *path = support_path(state, "quiet.wav");
    support_write_noise(path, 16000, 16000, 0.001F, 1);
    feature_source *s;
    feature_silence silence;
    bool known, got;
    float row[FEATURE_AVE_SIZE], spoken, wanted = 0;
    assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err), err);
    assert_ok(feature_source_silence(s, &silence, &known, &err), err);
    assert_true(known && feature_source_has_sound(s) && silence.near > 0);
    for (int band = 0; band < MEL_BANDS; band++)
        for (int t = 0; t < FEATURE_MEL_FRAMES; t++)
            wanted += -4 * stand_in_weight(5, band, t);
    assert_float_equal(silence.row[5], wanted, 1e-2F);
    for (int i = 0; i < 10; i++)
        assert_ok(feature_source_next(s, row, &got, &err), err);
    assert_ok(feature_source_spoken(s, 2, &spoken, &err), err);
    assert_float_equal(spoken, 0, 0);
    feature_source_close(s);
    stand_in_free(encoder);
}

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_by_definition),
        cmocka_unit_test(test_skipping),
        cmocka_unit_test(test_too_short_and_wrong_encoder),
        cmocka_unit_test(test_silence_is_noticed),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_silence_is_known),
    };
    return cmocka_run_group_tests(tests, support_folder_make, support_folder_remove);
}
