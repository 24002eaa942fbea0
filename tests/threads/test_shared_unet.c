/* tests/threads/test_shared_unet.c - sessions and streams over one loaded U-Net, by turns and at
 * once: the bytes of each are those that it gives alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "crowd.h"
#include "viseme/viseme.h"

#define SESSIONS 8
#if defined(__SANITIZE_THREAD__)
#define ROUNDS 1 /* TSan sees a race whether or not it does harm */
#else
#define ROUNDS 3
#endif
#define PAINTERS 2
#define FRAME_BYTES ((size_t)SIDE * SIDE * 3)

static const char *model_path;

static vis_model *open_model(const char *path, vis_precision precision)
{
    vis_error err;
    vis_model *m;
    vis_model_options o = vis_model_options_defaults();
    o.precision = precision;
    if (vis_model_open(path, &o, &m, &err) != VIS_OK) fail_msg("%s", err.message);
    return m;
}

/* ---- Sessions ---- */

/* One session's work: inputs of its own, and what it made of them alone. */
typedef struct piece {
    float *visual, *audio, *wanted, *made;
    vis_session *session;
    bool failed;
    int wrong; /* runs whose bytes were others */
} piece;

typedef struct pieces {
    const vis_model *model;
    piece piece[SESSIONS];
    size_t bytes; /* of an output */
} pieces;

static float *random_numbers(size_t count, uint32_t seed)
{
    float *numbers = malloc(count * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        numbers[i] = (float)(seed >> 8) / (1 << 24);
    }
    return numbers;
}

static vis_shape shape_of(const vis_model *m, bool visual)
{
    vis_model_info info;
    vis_model_get_info(m, &info);
    if (visual) return (vis_shape){4, {1, 6, info.image_size, info.image_size}};
    const int *a = info.audio_shape;
    return (vis_shape){4, {1, a[0], a[1], a[2]}};
}

static vis_status open_session(const vis_model *m, int number, vis_session **out)
{
    vis_shape shapes[2] = {shape_of(m, true), shape_of(m, false)};
    return vis_session_create(m, shapes, 2, 1 + number % 2, out, NULL);
}

static void run_session(piece *p, vis_session *s, float *output)
{
    const float *inputs[2] = {p->visual, p->audio};
    assert_int_equal(vis_session_run(s, inputs, &output, NULL), VIS_OK);
}

static size_t floats_of(const vis_shape *s)
{
    size_t count = 1;
    for (int i = 0; i < s->rank; i++)
        count *= (size_t)s->dim[i];
    return count;
}

/* Inputs for all, and their outputs from sessions that each have a model alone. */
static void make_pieces(pieces *all, vis_precision precision)
{
    for (int i = 0; i < SESSIONS; i++) {
        piece *p = &all->piece[i];
        vis_model *m = open_model(model_path, precision);
        vis_shape visual = shape_of(m, true), audio = shape_of(m, false);
        vis_session *alone;
        assert_int_equal(open_session(m, i, &alone), VIS_OK);
        vis_shape output = vis_session_output_shape(alone, 0);
        all->bytes = floats_of(&output) * sizeof(float);
        *p = (piece){.visual = random_numbers(floats_of(&visual), 2 * (uint32_t)i + 1),
                     .audio = random_numbers(floats_of(&audio), 2 * (uint32_t)i + 2),
                     .wanted = malloc(all->bytes),
                     .made = malloc(all->bytes)};
        assert_non_null(p->wanted);
        assert_non_null(p->made);
        run_session(p, alone, p->wanted);
        vis_session_close(alone);
        vis_model_close(m);
    }
    assert_memory_not_equal(all->piece[0].wanted, all->piece[1].wanted, all->bytes);
}

static void free_pieces(pieces *all)
{
    for (int i = 0; i < SESSIONS; i++) {
        piece *p = &all->piece[i];
        free(p->visual);
        free(p->audio);
        free(p->wanted);
        free(p->made);
    }
}

static void check_run(const pieces *all, piece *p, vis_session *s)
{
    memset(p->made, 0xff, all->bytes);
    run_session(p, s, p->made);
    p->wrong += memcmp(p->made, p->wanted, all->bytes) != 0;
}

/* Made, used and closed here, while others do the same. */
static void use_session(void *argument, int number)
{
    pieces *all = argument;
    piece *p = &all->piece[number];
    vis_session *s;
    for (int round = 0; round < ROUNDS && !p->failed; round++) {
        p->failed = open_session(all->model, number, &s) != VIS_OK;
        if (p->failed) return;
        check_run(all, p, s);
        check_run(all, p, s);
        vis_session_close(s);
    }
}

static void check_pieces(const pieces *all)
{
    for (int i = 0; i < SESSIONS; i++) {
        assert_false(all->piece[i].failed);
        assert_int_equal(all->piece[i].wrong, 0);
    }
}

/* All open at the same time, each run between runs of the others. */
static void take_turns(pieces *all)
{
    for (int i = 0; i < SESSIONS; i++)
        assert_int_equal(open_session(all->model, i, &all->piece[i].session), VIS_OK);
    for (int i = 0; i < SESSIONS * ROUNDS; i++) {
        piece *p = &all->piece[i * 5 % SESSIONS];
        check_run(all, p, p->session);
    }
    for (int i = 0; i < SESSIONS; i++)
        vis_session_close(all->piece[i].session);
}

static void check_sessions(vis_precision precision)
{
    pieces all;
    make_pieces(&all, precision);
    vis_model *shared = open_model(model_path, precision);
    all.model = shared;
    take_turns(&all);
    check_pieces(&all);
    crowd_run(SESSIONS, use_session, &all);
    check_pieces(&all);
    vis_model_close(shared);
    free_pieces(&all);
}

static void sessions_share_a_model(void **state)
{
    check_sessions(VIS_FLOAT32);
}

static void fast_sessions_share_a_model(void **state)
{
    check_sessions(VIS_FAST);
}

/* ---- Streams ---- */

/* What a stream gave. */
typedef struct clip {
    uint8_t pixels[ROWS * FRAME_BYTES];
    int frames;
    vis_error err; /* of the first failure; status VIS_OK: none */
} clip;

typedef struct studio {
    vis_context *context;
    vis_model *model;
    vis_character *character;
    clip clip[PAINTERS];
} studio;

static void keep_frame(clip *c, const vis_frame *f)
{
    for (int y = 0; y < SIDE; y++)
        memcpy(c->pixels + ((size_t)c->frames * SIDE + (size_t)y) * SIDE * 3,
               f->pixels + (size_t)y * (size_t)f->stride, SIDE * 3);
    c->frames++;
}

static vis_status paint_all(clip *c, vis_stream *s)
{
    while (c->frames <= ROWS) {
        const vis_frame *f;
        VIS_TRY(vis_stream_pull(s, -1, &f, &c->err));
        if (!f) break;
        keep_frame(c, f);
        vis_frame_release(f);
    }
    return VIS_OK;
}

/* Painter `number` begins at frame `number`. */
static void paint(void *argument, int number)
{
    studio *s = argument;
    clip *c = &s->clip[number];
    vis_features *features = NULL;
    vis_stream *stream = NULL;
    vis_stream_options o = vis_stream_options_defaults();
    o.start = number;
    char rows[128];
    snprintf(rows, sizeof rows, "%s/aud_ave.npy", folder);
    c->frames = 0;
    c->err.status = VIS_OK;
    vis_status status = vis_features_open_file(rows, "ave", &features, &c->err);
    if (status == VIS_OK)
        status = vis_stream_create(s->context, s->model, s->character, &o, &stream, &c->err);
    if (status == VIS_OK) status = vis_stream_hear(stream, features, &c->err);
    if (status == VIS_OK) paint_all(c, stream);
    vis_stream_close(stream);
    vis_features_close(features);
}

static void open_studio(studio *s, vis_precision precision, int threads)
{
    vis_context_options o = vis_context_options_defaults();
    o.threads = threads;
    s->model = open_model(model_path, precision);
    assert_int_equal(vis_context_create(&o, &s->context, NULL), VIS_OK);
    assert_int_equal(vis_character_open(folder, NULL, &s->character, NULL), VIS_OK);
}

static void close_studio(const studio *s)
{
    vis_context_close(s->context);
    vis_character_close(s->character);
    vis_model_close(s->model);
}

static void check_clips(const studio *made, const studio *wanted)
{
    for (int i = 0; i < PAINTERS; i++) {
        if (made->clip[i].err.status != VIS_OK) fail_msg("%s", made->clip[i].err.message);
        assert_int_equal(made->clip[i].frames, ROWS - i);
        assert_memory_equal(made->clip[i].pixels, wanted->clip[i].pixels,
                            (size_t)(ROWS - i) * FRAME_BYTES);
    }
}

static void check_streams(vis_precision precision, studio *alone)
{
    static studio together;
    for (int i = 0; i < PAINTERS; i++) {
        open_studio(alone, precision, 1 + i);
        paint(alone, i);
        close_studio(alone);
    }
    open_studio(&together, precision, 3);
    for (int round = 0; round < ROUNDS; round++) {
        crowd_run(PAINTERS, paint, &together);
        check_clips(&together, alone);
    }
    close_studio(&together);
}

static void note_warning(void *user, const char *line)
{
    *(bool *)user = true;
}

/* Without kernels for it, the fast precision is float32 and says so. */
static bool has_fast(void)
{
    bool warned = false;
    vis_model *m;
    vis_model_options o = vis_model_options_defaults();
    o.precision = VIS_FAST;
    o.log = (vis_log){note_warning, &warned};
    assert_int_equal(vis_model_open(model_path, &o, &m, NULL), VIS_OK);
    vis_model_close(m);
    return !warned;
}

static void streams_share_all(void **state)
{
    static studio plain, fast;
    check_streams(VIS_FLOAT32, &plain);
    check_streams(VIS_FAST, &fast);
    bool differ = memcmp(plain.clip[0].pixels, fast.clip[0].pixels, ROWS * FRAME_BYTES) != 0;
    assert_int_equal(differ, has_fast());
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_share_a_model),
        cmocka_unit_test(fast_sessions_share_a_model),
        cmocka_unit_test(streams_share_all),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
