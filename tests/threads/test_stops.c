/* tests/threads/test_stops.c - work that is stopped at any moment, by anybody: nobody hangs,
 * nothing is left behind, and the next job is not disturbed. SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "crowd.h"
#include "render/frame_line.h"
#include "viseme.h"

#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#define LINES 200 /* lines that are stopped */
#define PLACES 4
#define PAINTERS 3
#define FRAMES 60

static const char *model_path;
static int clip_pairs;

static uint32_t random_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void dawdle(uint32_t rounds)
{
    for (uint32_t i = 0; i < rounds; i++)
        sched_yield();
}

/* ---- The line alone: orders, painters, encoder, and one who stops it ---- */

typedef struct stage {
    frame_line *line;
    int frames, stop_at; /* ordered at most; painted when it is stopped */
    _Atomic int painted;
    int encoded, wrong;
} stage;

static void order(stage *s)
{
    frame_place *p;
    for (int i = 0; i < s->frames && (p = frame_line_begin(s->line)); i++) {
        p->window[0] = (float)i;
        frame_line_order(s->line);
    }
    frame_line_end(s->line);
    frame_line_done(s->line, s->frames - 1);
}

static void paint(stage *s)
{
    for (frame_place *p; (p = frame_line_take(s->line));) {
        p->order.footage = (int)p->window[0];
        s->painted++;
        frame_line_painted(s->line, p);
    }
}

static void encode(stage *s)
{
    for (const frame_place *p; (p = frame_line_front(s->line)); s->encoded++) {
        s->wrong += p->order.footage != s->encoded;
        frame_line_pop(s->line);
    }
}

static void play(void *argument, int number)
{
    stage *s = argument;
    if (number == 0) order(s);
    if (number == 1) encode(s);
    if (number == 2) {
        while (s->painted < s->stop_at)
            sched_yield();
        frame_line_stop(s->line);
    }
    if (number > 2) paint(s);
}

/* Every other line has no end of its own; the rest may be at theirs. */
static void a_line_may_be_stopped_at_any_moment(void **state)
{
    uint32_t seed = 1;
    for (int i = 0; i < LINES; i++) {
        stage s = {.stop_at = (int)(random_number(&seed) % (FRAMES + 1)),
                   .frames = i % 2 ? INT_MAX : FRAMES};
        assert_int_equal(frame_line_create(PLACES, 1, &s.line, NULL), VIS_OK);
        crowd_run(3 + PAINTERS, play, &s);
        assert_int_equal(s.wrong, 0);
        assert_in_range(s.painted, s.stop_at, s.frames);
        assert_in_range(s.encoded, 0, s.painted);
        frame_line_free(s.line);
    }
}

/* ---- Whole clips that their caller stops ---- */

typedef struct impatient {
    int64_t stop_at; /* frames; behind the last: never */
    uint32_t delay;  /* before it says so */
    int64_t heard;
} impatient;

static bool listen(void *user, int64_t done, int64_t total)
{
    impatient *l = user;
    l->heard = done;
    if (done < l->stop_at) return true;
    dawdle(l->delay);
    return false;
}

typedef struct clips {
    const char *rows;
    char *output[2];
    impatient caller[2];
    int threads[2];
    vis_status status[2];
} clips;

static void render(void *argument, int number)
{
    clips *c = argument;
    vis_render_options o = vis_render_options_defaults();
    o.model = model_path;
    o.character = folder;
    o.features = c->rows;
    o.output = c->output[number];
    o.preset = "ultrafast";
    o.threads = c->threads[number];
    o.progress = listen;
    o.progress_user = &c->caller[number];
    c->status[number] = vis_render_video(&o, NULL, NULL);
}

static void check_clip(const clips *c, int number)
{
    const impatient *l = &c->caller[number];
    bool stopped = l->stop_at <= ROWS;
    assert_int_equal(c->status[number], stopped ? VIS_ERR_CANCELLED : VIS_OK);
    assert_int_equal(l->heard, stopped ? l->stop_at : ROWS);
    assert_int_equal(path_is_file(c->output[number]), !stopped);
    if (!stopped) unlink(c->output[number]);
}

/* Two at a time, so that one is often stopped in the middle of the other. */
static void clips_may_be_stopped_at_any_frame(void **state)
{
    uint32_t seed = 2;
    char *rows = in_folder("aud_ave.npy", 0);
    clips c = {.rows = rows, .output = {in_folder("a.mp4", 0), in_folder("b.mp4", 0)}};
    for (int i = 0; i < clip_pairs; i++) {
        for (int k = 0; k < 2; k++) {
            c.caller[k] = (impatient){.stop_at = 1 + random_number(&seed) % (ROWS + 2),
                                      .delay = random_number(&seed) % 50};
            c.threads[k] = 1 + (int)(random_number(&seed) % 4);
        }
        crowd_run(2, render, &c);
        check_clip(&c, 0);
        check_clip(&c, 1);
    }
    free(c.output[0]);
    free(c.output[1]);
    free(rows);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    model_path = argv[1];
    clip_pairs = atoi(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_may_be_stopped_at_any_moment),
        cmocka_unit_test(clips_may_be_stopped_at_any_frame),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
