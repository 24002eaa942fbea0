/* Through viseme.h: live streams. There is always a frame; however sound comes, as long as it comes
 * in time its frames are those of a stream that is not live; mouths come and go by fifths.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../audio/stand_in.h"
#include "../cmocka_all.h"
#include "networks/export.h"
#include "nothing_left.h"
#include "quick_network.h"
#include "small_character.h"
#include "viseme/viseme.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)
#define FOREVER 60000 /* ms; nothing here takes as long */
#define RATE 16000
#define OF_FRAME (RATE / 25)
#define LENGTH RATE          /* a second */
#define HEAD (RATE * 6 / 10) /* a window looks 0.45 s ahead */
#define MOST 64              /* frames that are looked at */
#define LEAD 4
#define STEP 0.2

static vis_context *context;
static vis_model *network, *encoder;
static vis_character *character;
static float sound[LENGTH];

/* What is compared of a frame. */
typedef struct shot {
    int64_t row;
    int footage;
    double spoken;
    uint8_t pixels[FRAME_BYTES];
} shot;

static shot spoken[MOST], seen[MOST];

static vis_stream_options live_options(void)
{
    vis_stream_options o = vis_stream_options_defaults();
    o.live = 4;
    o.on_demand = true;
    return o;
}

static vis_stream *open_stream(vis_stream_options options)
{
    vis_stream *s;
    vis_error err;
    if (vis_stream_create(context, network, character, &options, &s, &err) != VIS_OK)
        fail_msg("%s", err.message);
    return s;
}

static vis_stream *open_live(void)
{
    vis_stream *s = open_stream(live_options());
    assert_int_equal(vis_stream_listen(s, encoder, NULL), VIS_OK);
    return s;
}

static void push(vis_stream *s, int from, int count)
{
    assert_int_equal(vis_stream_push_pcm(s, sound + from, count, RATE, 1, NULL, NULL), VIS_OK);
}

static void take(const vis_frame *f, shot *to)
{
    to->row = f->row;
    to->footage = f->footage;
    to->spoken = f->spoken;
    for (int y = 0; y < SIDE; y++)
        memcpy(to->pixels + (size_t)y * SIDE * 3, f->pixels + (size_t)y * (size_t)f->stride,
               SIDE * 3);
}

/* The next frame; false at the end. */
static bool pull(vis_stream *s, shot *to)
{
    const vis_frame *f;
    vis_error err;
    if (vis_stream_pull(s, FOREVER, &f, &err) != VIS_OK) fail_msg("%s", err.message);
    if (!f) return false;
    take(f, to);
    vis_frame_release(f);
    return true;
}

static void pull_many(vis_stream *s, shot *to, int count)
{
    for (int i = 0; i < count; i++)
        assert_true(pull(s, to + i));
}

/* The sound's frames from a stream that is not live, the first of them the stream's frame `offset`:
 * returns their number. */
static int say(int offset, int look_ahead, shot *to)
{
    vis_stream_options o = vis_stream_options_defaults();
    int count = 0;
    o.look_ahead = look_ahead;
    vis_stream *s = open_stream(o);
    assert_int_equal(vis_stream_listen(s, encoder, NULL), VIS_OK);
    push(s, 0, LENGTH);
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    pull_many(s, to, offset);
    vis_stream_reset(s, NULL);
    push(s, 0, LENGTH);
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    while (pull(s, to + count))
        assert_in_range(++count, 1, MOST - 1);
    vis_stream_close(s);
    return count;
}

static void assert_same(const shot *a, const shot *b)
{
    assert_int_equal(a->row, b->row);
    assert_int_equal(a->footage, b->footage);
    assert_true(a->spoken == b->spoken);
    assert_memory_equal(a->pixels, b->pixels, FRAME_BYTES);
}

/* From one frame to the next the mouth moves by a fifth at most, and the footage by a frame. */
static void assert_steady(const shot *shots, int count)
{
    for (int i = 1; i < count; i++) {
        assert_true(fabs(shots[i].spoken - shots[i - 1].spoken) < STEP + 1e-6);
        assert_int_equal(abs(shots[i].footage - shots[i - 1].footage), 1);
    }
}

static void assert_at_rest(const shot *s)
{
    assert_true(s->row == VIS_ROW_NONE);
    assert_true(s->spoken == 0);
}

/* The lead-in of a mouth that was at rest. */
static void assert_leads_in(const shot *lead)
{
    for (int i = 0; i < LEAD; i++) {
        assert_int_equal(lead[i].row, i - LEAD);
        assert_true(fabs(lead[i].spoken - (i + 1) * STEP) < 1e-6);
    }
}

/* `idle` frames, then the sound in pieces of any size, as many frames as it has lasted for, and so on
 * to its end and six frames on; returns how many frames in all. */
static int talk(int idle, int piece, shot *to)
{
    vis_stream *s = open_live();
    pull_many(s, to, idle);
    int frames = idle, pushed = HEAD;
    push(s, 0, HEAD);
    while (pushed < LENGTH) {
        int count = piece < LENGTH - pushed ? piece : LENGTH - pushed;
        push(s, pushed, count);
        pushed += count;
        for (; (frames - idle) * OF_FRAME < pushed - HEAD; frames++)
            pull_many(s, to + frames, 1);
    }
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    do {
        pull_many(s, to + frames, 1);
        assert_in_range(frames, 0, MOST - 6);
    } while (to[frames++].row != VIS_ROW_NONE);
    pull_many(s, to + frames, 5);
    vis_stream_close(s);
    return frames + 5;
}

static void sound_in_any_pieces_gives_the_same_frames(void **state)
{
    const int pieces[] = {37, OF_FRAME, 7001, LENGTH};
    for (int i = 0; i < 4; i++) {
        int idle = i * 2, rows = say(idle + LEAD, -1, spoken);
        int count = talk(idle, pieces[i], seen);
        assert_int_equal(count, idle + LEAD + rows + 6);
        for (int f = 0; f < idle; f++)
            assert_at_rest(&seen[f]);
        assert_leads_in(seen + idle);
        for (int row = 0; row < rows; row++)
            assert_same(&seen[idle + LEAD + row], &spoken[row]);
        assert_true(spoken[0].spoken == 1);
        assert_steady(seen, count);
        assert_at_rest(&seen[count - 1]);
    }
}

static void without_an_encoder_the_face_is_as_filmed(void **state)
{
    vis_stream *s = open_stream(live_options());
    picture filmed = {0};
    pull_many(s, seen, FOOTAGE);
    for (int i = 0; i < FOOTAGE; i++) {
        char *path = in_folder("full_body_img/%d.png", seen[i].footage);
        assert_int_equal(picture_read(path, &filmed, NULL), VIS_OK);
        for (int y = 0; y < SIDE; y++)
            assert_memory_equal(filmed.data + (size_t)y * (size_t)filmed.stride,
                                seen[i].pixels + (size_t)y * SIDE * 3, (size_t)SIDE * 3);
        assert_at_rest(&seen[i]);
        free(path);
    }
    picture_free(&filmed);
    vis_stream_close(s);
}

/* The window of an idle frame, pushed as features. */
static void with_an_encoder_it_is_painted_silent(void **state)
{
    vis_model_info info;
    const vis_frame *f;
    vis_model_get_info(network, &info);
    size_t numbers = (size_t)info.window_rows * (size_t)info.row_size;
    float *silence = calloc(numbers, sizeof *silence);
    vis_stream *s = open_live();
    pull_many(s, seen, 8);
    assert_int_equal(vis_stream_pull(s, FOREVER, &f, NULL), VIS_OK);
    memcpy(silence, f->audio, numbers * sizeof *silence);
    take(f, &seen[0]);
    vis_frame_release(f);
    vis_stream_close(s);
    s = open_stream(vis_stream_options_defaults());
    assert_int_equal(vis_stream_push_rows(s, silence, info.window_rows, NULL, NULL), VIS_OK);
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    pull_many(s, spoken, 9);
    assert_int_equal(spoken[8].footage, seen[0].footage);
    assert_memory_equal(spoken[8].pixels, seen[0].pixels, FRAME_BYTES);
    vis_stream_close(s);
    free(silence);
}

static void who_starves_fades_and_comes_back(void **state)
{
    int rows = say(0, -1, spoken), count = 0, row = -LEAD, idle = 0;
    vis_stream *s = open_live();
    for (int pushed = 0; count < MOST - 1; count++) {
        if (count % 9 == 0 && pushed < LENGTH) {
            int part = LENGTH / 4;
            push(s, pushed, part);
            pushed += part;
            if (pushed == LENGTH) assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
        }
        pull_many(s, seen + count, 1);
        if (seen[count].row == VIS_ROW_NONE)
            idle += row < rows;
        else
            assert_int_equal(seen[count].row, row++);
    }
    assert_int_equal(row, rows); /* all rows came */
    assert_true(idle > 0);
    assert_steady(seen, count);
    assert_at_rest(&seen[count - 1]);
    vis_stream_close(s);
}

static void an_interruption_fades_and_says_where(void **state)
{
    int64_t position;
    vis_stream *s = open_live();
    push(s, 0, LENGTH);
    pull_many(s, seen, LEAD + 7);
    vis_stream_reset(s, &position);
    assert_int_equal(position, 7 * OF_FRAME);
    pull_many(s, seen + LEAD + 7, 6);
    for (int i = 0; i < 6; i++) {
        const shot *after = &seen[LEAD + 7 + i];
        assert_true(after->row == VIS_ROW_NONE);
        assert_true(fabs(after->spoken - fmax(0, 1 - (i + 1) * STEP)) < 1e-6);
    }
    assert_steady(seen, LEAD + 7 + 6);
    vis_stream_reset(s, &position);
    assert_int_equal(position, 0);
    vis_stream_close(s);
}

/* Two frames of lead: in by thirds, row 0 as it always is, out by fifths. */
static void a_short_lead_goes_as_gently_as_it_would(void **state)
{
    vis_stream_options o = live_options();
    int rows = say(2, -1, spoken);
    o.live = 2;
    vis_stream *s = open_stream(o);
    assert_int_equal(vis_stream_listen(s, encoder, NULL), VIS_OK);
    push(s, 0, LENGTH);
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    pull_many(s, seen, 2 + rows + 6);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(seen[i].row, i - 2);
        assert_true(fabs(seen[i].spoken - (i + 1) / 3.0) < 1e-6);
    }
    for (int row = 0; row < rows; row++)
        assert_same(&seen[2 + row], &spoken[row]);
    assert_steady(seen + 1 + rows, 7);
    assert_at_rest(&seen[2 + rows + 5]);
    vis_stream_close(s);
}

/* Other words begin with the next frame: the mouth stays, and row 0 is what it always is. */
static void words_may_follow_an_interruption_at_once(void **state)
{
    int before = LEAD + 5, rows = say(before + LEAD, -1, spoken);
    vis_stream *s = open_live();
    push(s, 0, LENGTH);
    pull_many(s, seen, before);
    vis_stream_reset(s, NULL);
    push(s, 0, LENGTH);
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    pull_many(s, seen + before, LEAD + rows);
    for (int i = 0; i < LEAD; i++) {
        assert_int_equal(seen[before + i].row, i - LEAD);
        assert_true(seen[before + i].spoken > 0.7);
    }
    assert_steady(seen, before + LEAD + rows);
    for (int row = 0; row < rows; row++)
        assert_same(&seen[before + LEAD + row], &spoken[row]);
    vis_stream_close(s);
}

/* What is painted ahead and dropped changes neither the footage nor the mouth. */
static void frames_that_nobody_saw_leave_no_trace(void **state)
{
    vis_stream_options o = live_options();
    o.on_demand = false;
    o.depth = 6;
    vis_stream *s = open_stream(o);
    assert_int_equal(vis_stream_listen(s, encoder, NULL), VIS_OK);
    pull_many(s, seen, 3);
    push(s, 0, LENGTH);
    int count = 3;
    do
        pull_many(s, seen + count, 1);
    while (seen[count++].row != 3);
    vis_stream_reset(s, NULL);
    pull_many(s, seen + count, 6);
    assert_steady(seen, count + 6);
    assert_at_rest(&seen[count + 5]);
    vis_stream_close(s);
}

/* With fewer rows ahead: sooner, and whatever the pieces the same. */
static void a_short_look_ahead_is_the_same_in_any_pieces(void **state)
{
    const int pieces[] = {53, OF_FRAME, 3001};
    int rows = say(0, 3, spoken);
    say(0, -1, seen);
    assert_memory_not_equal(spoken[8].pixels, seen[8].pixels, FRAME_BYTES);
    for (int i = 0; i < 3; i++) {
        vis_stream_options o = vis_stream_options_defaults();
        o.look_ahead = 3;
        vis_stream *s = open_stream(o);
        const vis_frame *f;
        int row = 0;
        assert_int_equal(vis_stream_listen(s, encoder, NULL), VIS_OK);
        for (int from = 0; from < LENGTH; from += pieces[i]) {
            int piece = pieces[i] < LENGTH - from ? pieces[i] : LENGTH - from;
            push(s, from, piece);
            while (vis_stream_pull(s, -1, &f, NULL) == VIS_OK) {
                take(f, seen);
                vis_frame_release(f);
                assert_same(seen, &spoken[row++]);
            }
            /* What the next one hears was not pushed yet, but for less than a mel frame. */
            assert_true((row + 3) * OF_FRAME + 2600 + 200 > from + piece);
        }
        assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
        while (pull(s, seen))
            assert_same(seen, &spoken[row++]);
        assert_int_equal(row, rows);
        vis_stream_close(s);
    }
}

static void *pull_away(void *stream)
{
    pull_many(stream, seen, MOST);
    return NULL;
}

/* One thread looks on while others name the encoder, speak and say when frames are due. */
static void it_is_pulled_from_all_the_while(void **state)
{
    vis_stream *s = open_stream(live_options());
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pull_away, s), 0);
    assert_int_equal(vis_stream_listen(s, encoder, NULL), VIS_OK);
    for (int from = 0; from < LENGTH; from += 1000) {
        vis_stream_set_due(s, from);
        push(s, from, 1000);
    }
    assert_int_equal(vis_stream_flush(s, NULL), VIS_OK);
    pthread_join(thread, NULL);
    int64_t row = -LEAD;
    for (int i = 0; i < MOST; i++)
        if (seen[i].row != VIS_ROW_NONE) assert_int_equal(seen[i].row, row++);
    assert_steady(seen, MOST);
    vis_stream_close(s);
}

static void come_and_go(int count)
{
    for (int i = 0; i < count; i++) {
        vis_stream *s = open_live();
        if (i % 8 == 0) push(s, 0, LENGTH);
        if (i % 2 == 0) pull_many(s, seen, 1);
        vis_stream_close(s);
    }
}

static void a_thousand_streams_leave_nothing(void **state)
{
    expect_nothing_left(come_and_go);
}

/* Sound that begins with half a second of silence: nothing moves before it is near. */
static void silence_leads_in_at_rest(void **state)
{
    static const float silence[RATE / 2];
    vis_stream *s = open_live();
    assert_int_equal(vis_stream_push_pcm(s, silence, RATE / 2, RATE, 1, NULL, NULL), VIS_OK);
    push(s, 0, LENGTH);
    pull_many(s, seen, 30);
    for (int i = 0; i < LEAD + 4; i++)
        assert_true(seen[i].spoken == 0);
    assert_true(seen[LEAD + 13].spoken == 1);
    assert_steady(seen, 30);
    vis_stream_close(s);
}

static void what_a_live_stream_cannot_be(void **state)
{
    vis_stream_options bad[4];
    for (int i = 0; i < 4; i++) {
        vis_stream *none;
        bad[i] = live_options();
        bad[0].start = 1, bad[1].frames = 5, bad[2].tensors = true, bad[3].look_ahead = -2;
        assert_int_equal(vis_stream_create(context, network, character, &bad[i], &none, NULL),
                         VIS_ERR_USAGE);
    }
}

static void make_sound(void)
{
    uint32_t seed = 7;
    for (int i = 0; i < LENGTH; i++) {
        seed = seed * 1664525 + 1013904223;
        sound[i] = (float)(int32_t)seed / 2147483648.0F * 0.5F;
    }
}

static void make_network(void)
{
    vis_model_options o = vis_model_options_defaults();
    vis_error err;
    char *path = in_folder("network.onnx", 0);
    quick_network_write(path);
    o.audio_mode = "ave";
    if (vis_model_open(path, &o, &network, &err) != VIS_OK) fail_msg("%s", err.message);
    free(path);
}

static void make_encoder(void)
{
    char *path = in_folder("encoder.onnx", 0);
    model *stand_in = stand_in_create(-1);
    assert_int_equal(model_export(stand_in, "0", path, NULL), VIS_OK);
    assert_int_equal(vis_model_open(path, NULL, &encoder, NULL), VIS_OK);
    stand_in_free(stand_in);
    free(path);
}

static int set_up(void **state)
{
    vis_context_options o = vis_context_options_defaults();
    o.threads = 2;
    if (make_character(state) != 0) return 1;
    make_sound();
    make_network();
    make_encoder();
    assert_int_equal(vis_context_create(&o, &context, NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &character, NULL), VIS_OK);
    return 0;
}

static int clean_up(void **state)
{
    vis_model_close(encoder);
    vis_model_close(network);
    vis_character_close(character);
    vis_context_close(context);
    return remove_character(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_in_any_pieces_gives_the_same_frames),
        cmocka_unit_test(without_an_encoder_the_face_is_as_filmed),
        cmocka_unit_test(with_an_encoder_it_is_painted_silent),
        cmocka_unit_test(who_starves_fades_and_comes_back),
        cmocka_unit_test(an_interruption_fades_and_says_where),
        cmocka_unit_test(words_may_follow_an_interruption_at_once),
        cmocka_unit_test(a_short_lead_goes_as_gently_as_it_would),
        cmocka_unit_test(frames_that_nobody_saw_leave_no_trace),
        cmocka_unit_test(a_short_look_ahead_is_the_same_in_any_pieces),
        cmocka_unit_test(it_is_pulled_from_all_the_while),
        cmocka_unit_test(silence_leads_in_at_rest),
        cmocka_unit_test(a_thousand_streams_leave_nothing),
        cmocka_unit_test(what_a_live_stream_cannot_be),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
