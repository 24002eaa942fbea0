/* Sound that is pushed piece by piece gives the rows of the same sound in a file, bit for bit, each
 * as soon as its mel frames are in; the queue that it comes through holds what it should.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stand_in.h"
#include "support.h"

#include "audio/decode.h"
#include "audio/window.h"

#include <stdlib.h>
#include <string.h>

#define SIZE FEATURE_AVE_SIZE
#define ROWS_MAX 400

/* What a recording holds, and what its rows are. */
typedef struct recording {
    int rate, channels, frames;
    float *samples; /* [frames, channels] */
    float *rows;    /* [row_count, SIZE] */
    int row_count;
} recording;

static recording record(void **state, const model *encoder, int rate, int channels, int frames)
{
    vis_error err;
    recording r = {.rate = rate, .channels = channels, .frames = frames};
    const char *path = support_path(state, "recording.wav");
    int32_t *integers = malloc(sizeof *integers * (size_t)frames * (size_t)channels);
    uint32_t seed = (uint32_t)(rate + frames);
    for (int i = 0; i < frames * channels; i++)
        integers[i] = (int32_t)(support_random(&seed) * 20000);
    support_write_wav(path, rate, channels, 2, frames, integers);
    free(integers);

    audio_reader *reader;
    int got;
    r.samples = calloc((size_t)frames * (size_t)channels, sizeof(float));
    assert_ok(audio_reader_open(input_path(path), NULL, &reader, &err), err);
    assert_ok(audio_reader_read(reader, r.samples, frames, &got, &err), err);
    assert_int_equal(got, frames);
    audio_reader_close(reader);

    feature_source *s;
    bool more = true;
    r.rows = calloc((size_t)ROWS_MAX * SIZE, sizeof(float));
    assert_ok(feature_source_open_audio(input_path(path), encoder, NULL, NULL, &s, &err), err);
    for (;;) {
        assert_true(r.row_count < ROWS_MAX);
        assert_ok(feature_source_next(s, r.rows + r.row_count * SIZE, &more, &err), err);
        if (!more) break;
        r.row_count++;
    }
    feature_source_close(s);
    return r;
}

static void forget(recording *r)
{
    free(r->samples);
    free(r->rows);
}

static void push(pcm_queue *q, const recording *r, int from, int count)
{
    vis_error err;
    int64_t taken;
    assert_ok(pcm_queue_push(q, r->samples + from * r->channels, count, &taken, &err), err);
    assert_int_equal(taken, count);
}

/* Reads the rows that are there and holds them against the recording's; what ended the reading. */
static vis_status read_rows(feature_source *s, const recording *r, int *row, bool *got)
{
    vis_error err;
    float numbers[SIZE];
    for (;; ++*row) {
        vis_status status = feature_source_next(s, numbers, got, &err);
        if (status != VIS_OK || !*got) return status;
        assert_true(*row < r->row_count);
        assert_memory_equal(numbers, r->rows + *row * SIZE, sizeof numbers);
    }
}

static void push_in_pieces(const recording *r, const ave_encoder *encoder, int piece_max)
{
    vis_error err;
    pcm_queue *q;
    feature_source *s;
    uint32_t seed = (uint32_t)piece_max;
    int row = 0;
    bool got;
    assert_ok(pcm_queue_create(r->rate, r->channels, r->frames, &q, &err), err);
    assert_ok(feature_source_open_pushed(q, encoder, NULL, NULL, &s, &err), err);
    for (int at = 0, piece; at < r->frames; at += piece) {
        piece = 1 + (int)((support_random(&seed) + 1) / 2 * (float)(piece_max - 1));
        piece = piece < r->frames - at ? piece : r->frames - at;
        push(q, r, at, piece);
        assert_int_equal(read_rows(s, r, &row, &got), VIS_AGAIN);
    }
    pcm_queue_end(q);
    assert_int_equal(read_rows(s, r, &row, &got), VIS_OK);
    assert_false(got);
    assert_int_equal(row, r->row_count);
    bool exact;
    assert_int_equal(feature_source_count(s, &exact), r->row_count);
    assert_true(exact);
    feature_source_close(s);
    pcm_queue_free(q);
}

static void test_same_rows(void **state)
{
    static const struct {
        int rate, channels, frames;
    } sounds[] = {{16000, 1, 16000}, {16000, 2, 9000},  {44100, 2, 70000},
                  {48000, 1, 61234}, {22050, 1, 23456}, {8000, 1, 4000}};
    static const int pieces[] = {160, 977, 12000, 200000};
    static const int batches[] = {-1, 4};
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        vis_error err;
        model *m = stand_in_create(batches[b]);
        ave_encoder *encoder;
        assert_ok(ave_encoder_create(m, true, &encoder, &err), err);
        for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++) {
            recording r = record(state, m, sounds[i].rate, sounds[i].channels, sounds[i].frames);
            for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
                push_in_pieces(&r, encoder, pieces[p]);
            forget(&r);
        }
        ave_encoder_free(encoder);
        stand_in_free(m);
    }
}

/* Row r hears the mel frames 3.2 (r - 1) ... + 15, the last of which is centred 200 samples a frame
 * on and reaches 400 samples further. */
static void test_as_soon_as_can_be(void **state)
{
    vis_error err;
    model *m = stand_in_create(-1);
    ave_encoder *encoder;
    pcm_queue *q;
    feature_source *s;
    int row = 0;
    bool got;
    recording r = record(state, m, 16000, 1, 30000);
    assert_ok(ave_encoder_create(m, true, &encoder, &err), err);
    assert_ok(pcm_queue_create(r.rate, 1, r.frames, &q, &err), err);
    assert_ok(feature_source_open_pushed(q, encoder, NULL, NULL, &s, &err), err);
    for (int at = 0; at < r.frames; at += 50) {
        push(q, &r, at, 50);
        assert_int_equal(read_rows(s, &r, &row, &got), VIS_AGAIN);
        int wanted = 0;
        while (((wanted > 0 ? wanted - 1 : 0) * 80 / 25 + 15) * MEL_HOP + 400 <= at + 50)
            wanted++;
        assert_int_equal(row, wanted);
    }
    feature_source_close(s);
    pcm_queue_free(q);
    ave_encoder_free(encoder);
    stand_in_free(m);
    forget(&r);
}

/* Windows wait with their rows, and come out the same. */
static void test_windows(void **state)
{
    vis_error err;
    model *m = stand_in_create(-1);
    ave_encoder *encoder;
    pcm_queue *q;
    feature_source *s;
    window_source *w;
    static float window[16 * SIZE], zero[SIZE];
    int frame = 0;
    bool got;
    recording r = record(state, m, 16000, 1, 20000);
    assert_ok(ave_encoder_create(m, true, &encoder, &err), err);
    assert_ok(pcm_queue_create(r.rate, 1, r.frames, &q, &err), err);
    assert_ok(feature_source_open_pushed(q, encoder, NULL, NULL, &s, &err), err);
    assert_ok(window_source_create(s, 16, 0, &w, &err), err);
    for (int at = 0; at <= r.frames; at += 1000) {
        if (at < r.frames) push(q, &r, at, 1000);
        if (at == r.frames) pcm_queue_end(q);
        vis_status status;
        while ((status = window_source_next(w, window, &got, &err)) == VIS_OK && got) {
            for (int k = 0; k < 16; k++) {
                int row = frame - 8 + k;
                const float *want = row < 0 || row >= r.row_count ? zero : r.rows + row * SIZE;
                assert_memory_equal(window + k * SIZE, want, sizeof zero);
            }
            frame++;
        }
        assert_int_equal(status, at < r.frames ? VIS_AGAIN : VIS_OK);
    }
    assert_int_equal(frame, r.row_count);
    window_source_free(w);
    feature_source_close(s);
    pcm_queue_free(q);
    ave_encoder_free(encoder);
    stand_in_free(m);
    forget(&r);
}

static void test_too_little(void **state)
{
    (void)state;
    vis_error err;
    model *m = stand_in_create(-1);
    ave_encoder *encoder;
    pcm_queue *q;
    feature_source *s;
    float silence[1000] = {0}, row[SIZE];
    int64_t taken;
    bool got = true;
    assert_ok(ave_encoder_create(m, true, &encoder, &err), err);
    assert_ok(pcm_queue_create(16000, 1, 1000, &q, &err), err);
    assert_ok(feature_source_open_pushed(q, encoder, NULL, NULL, &s, &err), err);
    assert_ok(pcm_queue_push(q, silence, 1000, &taken, &err), err);
    pcm_queue_end(q);
    assert_ok(feature_source_next(s, row, &got, &err), err);
    assert_false(got);
    feature_source_close(s);
    pcm_queue_free(q);
    ave_encoder_free(encoder);
    stand_in_free(m);
}

static void test_queue(void **state)
{
    (void)state;
    vis_error err;
    pcm_queue *q;
    static float in[20000], out[20000];
    int64_t taken;
    int got;
    for (int i = 0; i < 20000; i++)
        in[i] = (float)i;
    assert_ok(pcm_queue_create(48000, 2, 9000, &q, &err), err);
    assert_int_equal(pcm_queue_read(q, out, 10, &got, &err), VIS_AGAIN);
    assert_ok(pcm_queue_push(q, in, 10000, &taken, &err), err);
    assert_int_equal(taken, 9000); /* full */
    assert_ok(pcm_queue_read(q, out, 5000, &got, &err), err);
    assert_int_equal(got, 5000);
    assert_ok(pcm_queue_push(q, in + 18000, 1000, &taken, &err), err);
    assert_int_equal(taken, 1000);
    assert_int_equal(pcm_queue_waiting(q), 5000);
    assert_ok(pcm_queue_read(q, out + 10000, 10000, &got, &err), err);
    assert_int_equal(got, 5000);
    assert_memory_equal(in, out, sizeof in);
    pcm_queue_end(q);
    assert_ok(pcm_queue_read(q, out, 10, &got, &err), err);
    assert_int_equal(got, 0);
    pcm_queue_free(q);
    pcm_queue_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_rows, support_folder_make, support_folder_remove),
        cmocka_unit_test_setup_teardown(test_as_soon_as_can_be, support_folder_make,
                                        support_folder_remove),
        cmocka_unit_test_setup_teardown(test_windows, support_folder_make, support_folder_remove),
        cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
