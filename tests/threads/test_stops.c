/* tests/threads/test_stops.c - work that is stopped at any moment, by anybody: nobody hangs,
 * nothing is left behind, and the next job is not disturbed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "crowd.h"
#include "viseme/viseme.h"

#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define STREAMS 6 /* that are stopped */
#else
#define STREAMS 20
#endif
#define FRAMES 40
#define WAIT_MS 600000 /* for a frame: as good as for ever */

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

/* ---- A stream alone: one pushes, one pulls, one stops it ---- */

typedef struct stage {
    vis_stream *stream;
    int row_size, rows, stop_at; /* pushed at most; pulled when it is stopped */
    _Atomic int pulled;
    _Atomic bool stopped;
    int wrong;
} stage;

static void push(stage *s)
{
    float *row = calloc((size_t)s->row_size, sizeof *row);
    assert_non_null(row);
    for (int i = 0; i < s->rows && !s->stopped; i++) {
        row[0] = (float)i;
        while (vis_stream_push_rows(s->stream, row, 1, NULL, NULL) == VIS_AGAIN && !s->stopped)
            sched_yield();
    }
    if (!s->stopped) vis_stream_flush(s->stream, NULL);
    free(row);
}

static void pull(stage *s)
{
    for (const vis_frame *f; vis_stream_pull(s->stream, WAIT_MS, &f, NULL) == VIS_OK && f;) {
        s->wrong += f->index != s->pulled || f->row != s->pulled;
        vis_frame_release(f);
        s->pulled++;
    }
    s->stopped = true;
}

static void play(void *argument, int number)
{
    stage *s = argument;
    if (number == 0) push(s);
    if (number == 1) pull(s);
    if (number == 2) {
        while (s->pulled < s->stop_at && !s->stopped)
            sched_yield();
        vis_stream_cancel(s->stream);
    }
}

/* Some streams come to their end before anybody stops them. */
static void a_stream_may_be_stopped_at_any_moment(void **state)
{
    uint32_t seed = 1;
    vis_context *x;
    vis_model *m;
    vis_character *c;
    vis_model_info info;
    vis_context_options threads = vis_context_options_defaults();
    threads.threads = 3;
    assert_int_equal(vis_context_create(&threads, &x, NULL), VIS_OK);
    assert_int_equal(vis_model_open(model_path, NULL, &m, NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &c, NULL), VIS_OK);
    vis_model_get_info(m, &info);
    for (int i = 0; i < STREAMS; i++) {
        stage s = {.row_size = info.row_size,
                   .rows = FRAMES,
                   .stop_at = (int)(random_number(&seed) % (FRAMES + FRAMES / 4))};
        vis_stream_options o = vis_stream_options_defaults();
        o.sound_seconds = 1;
        assert_int_equal(vis_stream_create(x, m, c, &o, &s.stream, NULL), VIS_OK);
        crowd_run(3, play, &s);
        assert_int_equal(s.wrong, 0);
        assert_in_range(s.pulled, s.stop_at < FRAMES ? s.stop_at : FRAMES, FRAMES);
        vis_stream_close(s.stream);
    }
    vis_context_close(x);
    vis_character_close(c);
    vis_model_close(m);
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
        cmocka_unit_test(a_stream_may_be_stopped_at_any_moment),
        cmocka_unit_test(clips_may_be_stopped_at_any_frame),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
