/* Through viseme.h: the frames of streams. Pieces give the frames of the whole, pushed rows those
 * of a file; many streams share one network and one decoding; frames outlive their stream; a stream
 * can be interrupted and cancelled; a thousand leave nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "nothing_left.h"
#include "small_character.h"
#include "viseme/viseme.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)
#define FOREVER 60000 /* ms; nothing here takes as long */

static const char *model_path;

/* What streams are made of; shared by all tests. */
static vis_context *context;
static vis_model *model;
static vis_character *character;
static char *rows_path;
static float *rows; /* [ROWS, row_size] of rows_path */
static int row_size, window_rows;
static uint8_t whole[ROWS * FRAME_BYTES], piece[ROWS * FRAME_BYTES];

static vis_features *open_features(void)
{
    vis_features *f;
    assert_int_equal(vis_features_open_file(rows_path, "ave", &f, NULL), VIS_OK);
    return f;
}

static vis_stream *open_stream(vis_stream_options options)
{
    vis_stream *s;
    vis_error err;
    if (vis_stream_create(context, model, character, &options, &s, &err) != VIS_OK)
        fail_msg("%s", err.message);
    return s;
}

static void copy_pixels(const vis_frame *f, uint8_t *to)
{
    for (int y = 0; y < SIDE; y++)
        memcpy(to + (size_t)y * SIDE * 3, f->pixels + (size_t)y * (size_t)f->stride, SIDE * 3);
}

/* All frames that follow: pixels into [ROWS, SIDE, SIDE, 3]; returns their number. */
static int pull_all(vis_stream *s, uint8_t *pixels, int *footage)
{
    for (int count = 0;; count++) {
        const vis_frame *f;
        assert_int_equal(vis_stream_pull(s, FOREVER, &f, NULL), VIS_OK);
        if (!f) return count;
        assert_in_range(count, 0, ROWS - 1);
        copy_pixels(f, pixels + (size_t)count * FRAME_BYTES);
        if (footage) footage[count] = f->footage;
        vis_frame_release(f);
    }
}

static int hear_all(vis_stream_options options, uint8_t *pixels, int *footage)
{
    vis_features *f = open_features();
    vis_stream *s = open_stream(options);
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
    int count = pull_all(s, pixels, footage);
    vis_stream_close(s);
    vis_features_close(f);
    return count;
}

static void a_character_says_what_it_has(void **state)
{
    vis_character_info info;
    vis_character_get_info(character, &info);
    assert_string_equal(info.kind, "dataset");
    assert_int_equal(info.frames, FOOTAGE);
    assert_int_equal(info.width, SIDE);
    assert_int_equal(info.height, SIDE);
    assert_true(info.fps == 0); /* pictures do not say */
    assert_string_equal(info.features_ave, rows_path);
    assert_null(info.features_hubert);
    assert_null(info.features_wenet);
    assert_null(info.audio);
}

static void pieces_are_the_whole(void **state)
{
    const int bounce[ROWS] = {1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4};
    int footage[ROWS];
    assert_int_equal(hear_all(vis_stream_options_defaults(), whole, footage), ROWS);
    assert_memory_equal(footage, bounce, sizeof bounce);
    for (int start = 1; start < ROWS; start += 4) {
        vis_stream_options o = vis_stream_options_defaults();
        o.start = start;
        assert_int_equal(hear_all(o, piece, NULL), ROWS - start);
        assert_memory_equal(piece, whole + (size_t)start * FRAME_BYTES,
                            (size_t)(ROWS - start) * FRAME_BYTES);
        o.frames = 2;
        assert_int_equal(hear_all(o, piece, NULL), ROWS - start < 2 ? ROWS - start : 2);
    }
    assert_memory_not_equal(whole, whole + 8 * FRAME_BYTES,
                            FRAME_BYTES); /* same footage, other words */
}

static void pushed_rows_give_the_same_frames(void **state)
{
    for (int pieces = 1; pieces <= 5; pieces += 2) {
        vis_stream *s = open_stream(vis_stream_options_defaults());
        const vis_frame *f;
        assert_int_equal(vis_stream_pull(s, -1, &f, NULL), VIS_AGAIN);
        for (int row = 0; row < ROWS; row += pieces) {
            int count = pieces < ROWS - row ? pieces : ROWS - row;
            int64_t taken;
            assert_int_equal(vis_stream_push_rows(s, rows + row * row_size, count, &taken, NULL),
                             VIS_OK);
            assert_int_equal(taken, count);
        }
        assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
        assert_int_equal(pull_all(s, piece, NULL), ROWS);
        assert_memory_equal(piece, whole, sizeof whole);
        vis_stream_close(s);
    }
}

static void a_frame_is_there_as_soon_as_its_rows_are(void **state)
{
    int ahead = window_rows / 2 - 1; /* rows behind its own that a window sees */
    vis_stream *s = open_stream(vis_stream_options_defaults());
    const vis_frame *f;
    for (int row = 0; row < ROWS; row++) {
        assert_int_equal(vis_stream_push_rows(s, rows + row * row_size, 1, NULL, NULL), VIS_OK);
        vis_status status = vis_stream_pull(s, -1, &f, NULL);
        assert_int_equal(status, row >= ahead ? VIS_OK : VIS_AGAIN);
        if (status != VIS_OK) continue;
        assert_int_equal(f->row, row - ahead);
        copy_pixels(f, piece);
        assert_memory_equal(piece, whole + (size_t)(row - ahead) * FRAME_BYTES, FRAME_BYTES);
        vis_frame_release(f);
    }
    vis_stream_close(s);
}

static void straight_runs_pair_frame_and_row(void **state)
{
    const int expected[] = {2, 3, 4, 3, 2, 3, 4, 3, 2, 3};
    int footage[ROWS];
    vis_stream_options o = vis_stream_options_defaults();
    o.straight = true;
    o.start = 2;
    assert_int_equal(hear_all(o, piece, footage), ROWS - 2);
    assert_memory_equal(footage, expected, sizeof expected);
}

static void tensors_come_when_asked_for(void **state)
{
    for (int asked = 0; asked < 2; asked++) {
        vis_stream_options o = vis_stream_options_defaults();
        o.tensors = asked;
        o.on_demand = asked;
        vis_features *f = open_features();
        vis_stream *s = open_stream(o);
        const vis_frame *frame;
        assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(vis_stream_pull(s, FOREVER, &frame, NULL), VIS_OK);
            assert_int_equal(frame->visual != NULL, asked);
            assert_int_equal(frame->output != NULL, asked);
            /* Its own row is in the middle of the window. */
            assert_memory_equal(frame->audio + window_rows / 2 * row_size, rows + i * row_size,
                                sizeof(float) * (size_t)row_size);
            if (asked) assert_true(frame->output[0] >= 0 && frame->output[0] <= 1);
            vis_frame_release(frame);
        }
        vis_stream_close(s);
        vis_features_close(f);
    }
}

/* Frames that carry the network's output have all of it computed, others what is shown. */
static void what_is_shown_is_the_same(void **state)
{
    const vis_interpolation paste[] = {VIS_LINEAR, VIS_CUBIC, VIS_AREA};
    static uint8_t all[ROWS * FRAME_BYTES];
    for (size_t i = 0; i < sizeof paste / sizeof *paste; i++) {
        vis_stream_options o = vis_stream_options_defaults();
        o.paste = paste[i];
        o.tensors = true;
        assert_int_equal(hear_all(o, all, NULL), ROWS);
        o.tensors = false;
        assert_int_equal(hear_all(o, piece, NULL), ROWS);
        assert_memory_equal(piece, all, sizeof all);
    }
}

static void frames_outlive_their_stream(void **state)
{
    const vis_frame *kept[ROWS];
    vis_features *f = open_features();
    vis_stream *s = open_stream(vis_stream_options_defaults());
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(vis_stream_pull(s, FOREVER, &kept[i], NULL), VIS_OK);
        vis_frame_keep(kept[i]);
        vis_frame_release(kept[i]);
    }
    vis_stream_close(s);
    vis_features_close(f);
    for (int i = 0; i < ROWS; i++) {
        copy_pixels(kept[i], piece);
        assert_memory_equal(piece, whole + (size_t)i * FRAME_BYTES, FRAME_BYTES);
        vis_frame_release(kept[i]);
    }
    vis_frame_release(NULL);
}

/* Three frames of one speech, then another from its first row: the footage goes on. */
static void an_interruption_says_where(void **state)
{
    vis_stream *s = open_stream(vis_stream_options_defaults());
    vis_features *f = open_features();
    const vis_frame *frame;
    int64_t position;
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_ERR_USAGE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(vis_stream_pull(s, FOREVER, &frame, NULL), VIS_OK);
        vis_frame_release(frame);
    }
    vis_stream_reset(s, &position);
    assert_int_equal(position, 3);
    vis_features_close(f);
    assert_int_equal(vis_stream_pull(s, -1, &frame, NULL), VIS_AGAIN);
    for (int row = 0; row < ROWS; row++)
        assert_int_equal(vis_stream_push_rows(s, rows + row * row_size, 1, NULL, NULL), VIS_OK);
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    assert_int_equal(vis_stream_push_rows(s, rows, 1, NULL, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_stream_pull(s, FOREVER, &frame, NULL), VIS_OK);
    assert_int_equal(frame->index, 3);
    assert_int_equal(frame->row, 0);
    assert_int_equal(frame->footage, 4); /* 1 2 3, 4 */
    vis_frame_release(frame);
    vis_stream_reset(s, &position);
    assert_int_equal(position, 1);
    vis_stream_close(s);
}

static void *cancel_soon(void *stream)
{
    usleep(20000);
    vis_stream_cancel(stream);
    return NULL;
}

static void a_stream_is_cancelled_from_elsewhere(void **state)
{
    vis_stream *s = open_stream(vis_stream_options_defaults());
    const vis_frame *frame;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, s), 0);
    assert_int_equal(vis_stream_pull(s, FOREVER, &frame, NULL), VIS_ERR_CANCELLED);
    pthread_join(thread, NULL);
    assert_int_equal(vis_stream_pull(s, 0, &frame, NULL), VIS_ERR_CANCELLED);
    vis_stream_reset(s, NULL);
    assert_int_equal(vis_stream_pull(s, 0, &frame, NULL), VIS_AGAIN);
    vis_stream_close(s);
}

static void a_pull_waits_as_long_as_it_may(void **state)
{
    vis_stream *s = open_stream(vis_stream_options_defaults());
    const vis_frame *frame;
    assert_int_equal(vis_stream_pull(s, 0, &frame, NULL), VIS_AGAIN);
    assert_int_equal(vis_stream_pull(s, 30, &frame, NULL), VIS_AGAIN);
    assert_null(frame);
    assert_int_equal(vis_stream_pull(s, -2, &frame, NULL), VIS_ERR_USAGE);
    vis_stream_close(s);
}

/* As many streams as there are rows, each a row behind the other. */
static void streams_by_turns_do_not_disturb_each_other(void **state)
{
    enum { STREAMS = 9 };
    vis_stream *s[STREAMS];
    vis_features *f[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        vis_stream_options o = vis_stream_options_defaults();
        o.start = i;
        s[i] = open_stream(o);
        f[i] = open_features();
        assert_int_equal(vis_stream_hear(s[i], f[i], NULL), VIS_OK);
    }
    for (int n = 0; n < ROWS; n++)
        for (int i = 0; i < STREAMS; i++) {
            const vis_frame *frame;
            assert_int_equal(vis_stream_pull(s[i], FOREVER, &frame, NULL), VIS_OK);
            assert_int_equal(frame != NULL, i + n < ROWS);
            if (!frame) continue;
            assert_int_equal(frame->index, i + n);
            copy_pixels(frame, piece);
            assert_memory_equal(piece, whole + (size_t)(i + n) * FRAME_BYTES, FRAME_BYTES);
            vis_frame_release(frame);
        }
    for (int i = 0; i < STREAMS; i++) {
        vis_stream_close(s[i]);
        vis_features_close(f[i]);
    }
}

/* Of handles that are closed while streams use them, and of those that nobody uses any more. */
static void handles_stay_as_long_as_they_are_used(void **state)
{
    vis_model *m;
    vis_character *c;
    vis_stream *s;
    vis_features *f = open_features();
    assert_int_equal(vis_model_open(model_path, NULL, &m, NULL), VIS_OK);
    assert_int_equal(vis_model_set_audio_mode(m, "ave", NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &c, NULL), VIS_OK);
    assert_int_equal(vis_stream_create(context, m, c, NULL, &s, NULL), VIS_OK);
    vis_model_close(m);
    vis_character_close(c);
    assert_int_equal(vis_stream_hear(s, f, NULL), VIS_OK);
    assert_int_equal(pull_all(s, piece, NULL), ROWS);
    assert_memory_equal(piece, whole, sizeof whole);
    vis_stream_close(s);
    vis_features_close(f);
}

static void come_and_go(int count)
{
    for (int i = 0; i < count; i++) {
        vis_stream *s = open_stream(vis_stream_options_defaults());
        const vis_frame *frame = NULL;
        if (i % 8 == 0) {
            assert_int_equal(vis_stream_push_rows(s, rows, ROWS, NULL, NULL), VIS_OK);
            assert_int_equal(vis_stream_pull(s, -1, &frame, NULL), VIS_OK);
        }
        vis_stream_close(s);
        vis_frame_release(frame);
    }
}

static void a_thousand_streams_leave_nothing(void **state)
{
    expect_nothing_left(come_and_go);
}

static void what_makes_no_sense_is_refused(void **state)
{
    vis_error err;
    vis_stream *none;
    vis_stream_options o = vis_stream_options_defaults();
    o.footage_start = FOOTAGE;
    assert_int_equal(vis_stream_create(context, model, character, &o, &none, &err), VIS_ERR_USAGE);
    assert_non_null(strstr(err.message, "0 to 4"));
    vis_stream *s = open_stream(vis_stream_options_defaults());
    float sound[16] = {0};
    assert_int_equal(vis_stream_flush(s, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_stream_push_pcm(s, sound, 16, 16000, 1, NULL, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_stream_listen(s, model, &err), VIS_ERR_MISMATCH); /* no encoder */
    assert_int_equal(vis_stream_listen(s, NULL, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_stream_push_rows(s, NULL, 1, NULL, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_stream_push_rows(s, rows, -1, NULL, NULL), VIS_ERR_USAGE);
    vis_stream_close(s);
    vis_stream_close(NULL);
}

static void a_full_queue_says_so(void **state)
{
    vis_stream_options o = vis_stream_options_defaults();
    o.sound_seconds = 1; /* 25 rows */
    o.depth = 1;
    vis_stream *s = open_stream(o);
    int64_t taken = 0, all = 0;
    vis_status status = VIS_OK;
    for (int i = 0; i < 20 && status == VIS_OK; i++, all += taken)
        status = vis_stream_push_rows(s, rows, ROWS, &taken, NULL);
    assert_int_equal(status, VIS_AGAIN);
    assert_in_range(all, 25, 60);
    const vis_frame *frame;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(vis_stream_pull(s, FOREVER, &frame, NULL), VIS_OK);
        vis_frame_release(frame);
    }
    assert_int_equal(vis_stream_push_rows(s, rows, 5, &taken, NULL), VIS_OK);
    vis_stream_close(s);
}

static int set_up(void **state)
{
    vis_context_options o = vis_context_options_defaults();
    o.threads = 2;
    if (make_character(state) != 0) return 1;
    rows_path = in_folder("aud_ave.npy", 0);
    vis_features *f = open_features();
    row_size = vis_features_row_size(f);
    rows = calloc((size_t)(ROWS + 1) * (size_t)row_size, sizeof *rows);
    bool got = true;
    for (int i = 0; got; i++)
        assert_int_equal(vis_features_next(f, rows + i * row_size, &got, NULL), VIS_OK);
    vis_features_close(f);
    assert_int_equal(vis_context_create(&o, &context, NULL), VIS_OK);
    assert_int_equal(vis_model_open(model_path, NULL, &model, NULL), VIS_OK);
    assert_int_equal(vis_model_set_audio_mode(model, "ave", NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &character, NULL), VIS_OK);
    vis_model_info info;
    vis_model_get_info(model, &info);
    window_rows = info.window_rows;
    return 0;
}

static int clean_up(void **state)
{
    vis_model_close(model);
    vis_character_close(character);
    vis_context_close(context);
    free(rows);
    free(rows_path);
    return remove_character(state);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_says_what_it_has),
        cmocka_unit_test(pieces_are_the_whole), /* fills `whole` */
        cmocka_unit_test(pushed_rows_give_the_same_frames),
        cmocka_unit_test(a_frame_is_there_as_soon_as_its_rows_are),
        cmocka_unit_test(straight_runs_pair_frame_and_row),
        cmocka_unit_test(tensors_come_when_asked_for),
        cmocka_unit_test(what_is_shown_is_the_same),
        cmocka_unit_test(frames_outlive_their_stream),
        cmocka_unit_test(an_interruption_says_where),
        cmocka_unit_test(a_stream_is_cancelled_from_elsewhere),
        cmocka_unit_test(a_pull_waits_as_long_as_it_may),
        cmocka_unit_test(streams_by_turns_do_not_disturb_each_other),
        cmocka_unit_test(handles_stay_as_long_as_they_are_used),
        cmocka_unit_test(a_thousand_streams_leave_nothing),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(a_full_queue_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
