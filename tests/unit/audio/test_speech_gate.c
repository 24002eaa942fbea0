/* Silence, room noise and clicks are at rest; speech is spoken whole, begun before it sounds; what
 * is decided depends on the sound alone, and on no more of it than is promised.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "audio/speech_gate.h"

#include "audio/features.h"
#include "audio/speech.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FPS 25
#define FRAME (SPEECH_RATE / FPS)
#define FRAMES 200

/* A recording whose room has noise of some level (dB; below -100: none). */
typedef struct take {
    float *samples;
    uint32_t seed;
} take;

static float amplitude(float db)
{
    return db < -100 ? 0 : sqrtf(3) * powf(10, db / 20); /* of even noise with that RMS */
}

static take record(float room)
{
    take t = {calloc((size_t)FRAMES * FRAME, sizeof(float)), 7};
    for (int i = 0; i < FRAMES * FRAME; i++)
        t.samples[i] = amplitude(room) * support_random(&t.seed);
    return t;
}

/* Frames first ... first + count - 1 at that level: a voice, or whatever is as loud. */
static void sound(take *t, int first, int count, float db)
{
    for (int i = first * FRAME; i < (first + count) * FRAME; i++)
        t->samples[i] += amplitude(db) * support_random(&t->seed);
}

/* Pushes up to `until` samples in pieces of up to `piece` (0: all at once) and asks for the weights
 * of `frames` frames, each as soon as it is known. */
static void weigh(const take *t, int until, int piece, int frames, float *weights)
{
    vis_error err;
    speech_gate *g;
    uint32_t seed = 3;
    int asked = 0;
    assert_ok(speech_gate_create(FPS, &g, &err), err);
    for (int i = 0; i < until;) {
        int some = piece ? 1 + abs((int)(support_random(&seed) * (float)piece)) : until;
        if (some > until - i) some = until - i;
        speech_gate_push(g, t->samples + i, some);
        i += some;
        for (; piece && asked < frames && speech_gate_knows(g, asked); asked++)
            weights[asked] = speech_gate_weight(g, asked);
    }
    if (until == FRAMES * FRAME) speech_gate_end(g);
    for (; asked < frames; asked++) {
        assert_true(speech_gate_knows(g, asked));
        weights[asked] = speech_gate_weight(g, asked);
    }
    speech_gate_free(g);
}

static int resting(take *t)
{
    float weights[FRAMES];
    int still = 0;
    weigh(t, FRAMES * FRAME, 0, FRAMES, weights);
    free(t->samples);
    for (int i = 0; i < FRAMES; i++)
        still += weights[i] == 0;
    return still;
}

static void silence_rests(void **state)
{
    (void)state;
    const float rooms[] = {-200, -80, -60, -50, -46};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        take t = record(rooms[i]);
        assert_int_equal(resting(&t), FRAMES);
    }
}

/* Steady noise that is louder is learnt, at once where the recording begins with it. */
static void loud_room_rests(void **state)
{
    (void)state;
    take t = record(-37);
    assert_int_equal(resting(&t), FRAMES);
    t = record(-60);
    sound(&t, 50, FRAMES - 50, -40); /* an air conditioner is switched on */
    assert_true(resting(&t) > FRAMES / 5);
}

/* A breath close to the room's noise, a click however loud. */
static void breath_and_click_rest(void **state)
{
    (void)state;
    take t = record(-55);
    sound(&t, 60, 12, -46);
    sound(&t, 120, 2, -15);
    assert_int_equal(resting(&t), FRAMES);
}

/* Two sentences, begun softly, with a short gap in the first one. */
static take speak(float room)
{
    take t = record(room);
    sound(&t, 40, 1, -40);
    sound(&t, 41, 20, -22);
    sound(&t, 66, 14, -25);
    sound(&t, 140, 20, -30);
    return t;
}

static void speech_is_whole(void **state)
{
    (void)state;
    const float rooms[] = {-200, -60, -50};
    for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
        take t = speak(rooms[r]);
        float w[FRAMES];
        weigh(&t, FRAMES * FRAME, 0, FRAMES, w);
        for (int i = 40 - 3; i < 80 + SPEECH_GATE_BEFORE; i++)
            assert_float_equal(w[i], 1, 0);
        for (int i = 140 - 4; i < 160 + SPEECH_GATE_BEFORE; i++)
            assert_float_equal(w[i], 1, 0);
        for (int i = 1; i < FRAMES; i++) /* no jump */
            assert_true(fabsf(w[i] - w[i - 1]) <= 1.0F / SPEECH_GATE_FADE + 1e-6F);
        for (int i = 80 + SPEECH_GATE_BEFORE + SPEECH_GATE_FADE; i < 140 - SPEECH_GATE_AHEAD - 1;
             i++)
            assert_float_equal(w[i], 0, 0);
        assert_float_equal(w[0], 0, 0);
        assert_float_equal(w[FRAMES - 1], 0, 0);
        free(t.samples);
    }
}

static void pieces_do_not_matter(void **state)
{
    (void)state;
    take t = speak(-52);
    float whole[FRAMES], parts[FRAMES];
    weigh(&t, FRAMES * FRAME, 0, FRAMES, whole);
    const int pieces[] = {1, 97, 640, 5000};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        weigh(&t, FRAMES * FRAME, pieces[i], FRAMES, parts);
        assert_memory_equal(whole, parts, sizeof whole);
    }
    free(t.samples);
}

/* A frame is known as soon as the sound that the AVE window hears is in. */
static void looks_no_further(void **state)
{
    (void)state;
    take t = speak(-52);
    float whole[FRAMES], parts[FRAMES];
    weigh(&t, FRAMES * FRAME, 0, FRAMES, whole);
    weigh(&t, 30 * FRAME + 7080, 97, 31, parts);
    assert_memory_equal(whole, parts, 31 * sizeof *whole);
    free(t.samples);
}

/* Speech that begins with the recording is not faded in. */
static void begins_speaking(void **state)
{
    (void)state;
    take t = record(-60);
    float w[FRAMES];
    sound(&t, 0, 30, -20);
    weigh(&t, FRAMES * FRAME, 0, FRAMES, w);
    for (int i = 0; i < 30; i++)
        assert_float_equal(w[i], 1, 0);
    free(t.samples);
}

/* A window whose rows are silence but one, `away` from the middle, and zeros outside the clip. */
/* What frame 0 will do shows as soon as three loud frames near it are in, and never turns back. */
static void the_first_frame_is_foretold(void **state)
{
    (void)state;
    const struct {
        int begins, look, shows; /* frames of sound that are in; 0: it does not */
    } cases[] = {{0, SPEECH_GATE_LOOK, 3},
                 {5, SPEECH_GATE_LOOK, 8},
                 {8, SPEECH_GATE_LOOK, 11},
                 {9, SPEECH_GATE_LOOK, 0},
                 {1, 4, 4},
                 {4, 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vis_error err;
        speech_gate *g;
        take t = record(-70);
        sound(&t, cases[i].begins, FRAMES - cases[i].begins, -20);
        assert_ok(speech_gate_create(FPS, &g, &err), err);
        speech_gate_look_ahead(g, cases[i].look);
        assert_true(speech_gate_foretells(g) == 0);
        for (int in = 1; in < 20; in++) {
            speech_gate_push(g, t.samples + (in - 1) * FRAME, FRAME);
            bool shows = cases[i].shows && in >= cases[i].shows;
            assert_true(speech_gate_foretells(g) == (shows ? 1 : 0));
            assert_int_equal(speech_gate_knows(g, 0), in > cases[i].look);
        }
        assert_true(speech_gate_weight(g, 0) == (cases[i].shows ? 1 : 0));
        speech_gate_free(g);
        free(t.samples);
    }
}

static float window_with(int away, float off, const feature_silence *silence)
{
    enum { ROWS = 16 };
    float *window = calloc((size_t)ROWS * FEATURE_AVE_SIZE, sizeof *window);
    for (int i = 3; i < ROWS; i++)
        memcpy(window + i * FEATURE_AVE_SIZE, silence->row, sizeof silence->row);
    window[(ROWS / 2 + away) * FEATURE_AVE_SIZE + 9] += off;
    float spoken = feature_window_spoken(silence, window, ROWS);
    free(window);
    return spoken;
}

static void rows_of_silence_rest(void **state)
{
    (void)state;
    feature_silence silence = {.near = 0.5F};
    for (int i = 0; i < FEATURE_AVE_SIZE; i++)
        silence.row[i] = (float)(i % 7);
    assert_float_equal(window_with(0, 0.4F, &silence), 0, 0);
    assert_float_equal(window_with(0, 0.6F, &silence), 1, 0);
    assert_float_equal(window_with(3, 0.6F, &silence), 1, 0);
    assert_float_equal(window_with(-3, 0.6F, &silence), 1, 0);
    assert_float_equal(window_with(7, 0.6F, &silence), 0.2F, 1e-6F);
    silence.near = 0; /* nothing is told apart: it must not silence anybody */
    assert_float_equal(window_with(0, 0, &silence), 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_rests),         cmocka_unit_test(loud_room_rests),
        cmocka_unit_test(breath_and_click_rest), cmocka_unit_test(speech_is_whole),
        cmocka_unit_test(pieces_do_not_matter),  cmocka_unit_test(looks_no_further),
        cmocka_unit_test(begins_speaking),       cmocka_unit_test(the_first_frame_is_foretold),
        cmocka_unit_test(rows_of_silence_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
