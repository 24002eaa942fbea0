/* Input and output by a caller's own functions: the bytes that files give, in pieces of any size;
 * functions that fail or answer nonsense end in one line that names them, and leave nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../audio/stand_in.h"
#include "../audio/support.h"
#include "../cmocka_all.h"
#include "networks/export.h"
#include "small_character.h"
#include "viseme/viseme.h"

#include <dirent.h>
#include <pthread.h>

#define NEVER SIZE_MAX

static const char *model_path, *external_path;

/* What is read from, piece by piece. */
typedef struct source {
    buffer bytes;
    size_t at, piece; /* piece 0: as much as is asked for */
    size_t fail_at;   /* or NEVER; there it answers `answer`, */
    int64_t answer;   /* or, where that is positive, so much more than it was asked for */
    int after_end;    /* how often it was asked once it had ended or failed */
    bool over;
    pthread_t thread;
} source;

static int64_t read_source(void *user, void *data, size_t size)
{
    source *s = user;
    s->after_end += s->over || !pthread_equal(s->thread, pthread_self());
    if (s->at >= s->fail_at) {
        s->over = true;
        return s->answer > 0 ? (int64_t)size + s->answer : s->answer;
    }
    size_t left = s->bytes.size - s->at, most = s->piece ? s->piece : size;
    size_t count = left < size ? left : size;
    if (count > most) count = most;
    if (count > s->fail_at - s->at) count = s->fail_at - s->at;
    if (count > 0) memcpy(data, s->bytes.data + s->at, count);
    s->at += count;
    s->over = count == 0;
    return (int64_t)count;
}

/* What is written to. */
typedef struct sink {
    buffer bytes;
    size_t piece, fail_at;
    int64_t answer;
    int calls;
} sink;

static int64_t write_sink(void *user, const void *data, size_t size)
{
    sink *s = user;
    s->calls++;
    if (s->bytes.size >= s->fail_at) return s->answer > 0 ? (int64_t)size + s->answer : s->answer;
    if (s->piece && size > s->piece) size = s->piece;
    assert_int_equal(buffer_append(&s->bytes, data, size, NULL), VIS_OK);
    return (int64_t)size;
}

static source source_of(const char *path)
{
    source s = {.fail_at = NEVER, .thread = pthread_self()};
    buffer_init(&s.bytes, 16 << 20);
    assert_int_equal(file_read(path, &s.bytes, NULL), VIS_OK);
    return s;
}

static source source_in_folder(const char *name)
{
    char *path = in_folder(name, 0);
    source s = source_of(path);
    free(path);
    return s;
}

static void rewind_source(source *s, size_t piece)
{
    s->at = 0;
    s->piece = piece;
    s->over = false;
}

static vis_io io_of(source *s, const char *name)
{
    return (vis_io){name, s, read_source, NULL};
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    if (!d) return 0;
    while (readdir(d))
        count++;
    closedir(d);
    return count;
}

/* All that a clip is made of, as files and in memory. */
enum { MODEL, ENCODER, AUDIO, FEATURES, INPUTS };
static const char *const names[INPUTS] = {"the model", "the encoder", "the voice", "the rows"};
static char *paths[INPUTS];
static source sources[INPUTS];
static vis_io ios[INPUTS];

static int make_inputs(void **state)
{
    if (make_character(state) != 0) return -1;
    const char *const files[] = {NULL, "encoder.onnx", "speech.wav", "aud_ave.npy"};
    paths[MODEL] = text_copy(model_path, strlen(model_path));
    for (int i = ENCODER; i < INPUTS; i++)
        paths[i] = in_folder(files[i], 0);
    model *encoder = stand_in_create(-1);
    assert_int_equal(model_export(encoder, "0", paths[ENCODER], NULL), VIS_OK);
    stand_in_free(encoder);
    support_write_noise(paths[AUDIO], 16000, 8000, 0.5f, 7); /* half a second */
    for (int i = 0; i < INPUTS; i++) {
        sources[i] = source_of(paths[i]);
        ios[i] = io_of(&sources[i], names[i]);
    }
    return 0;
}

static int remove_inputs(void **state)
{
    for (int i = 0; i < INPUTS; i++) {
        buffer_free(&sources[i].bytes);
        free(paths[i]);
    }
    return remove_character(state);
}

/* Speech is rows that are given, or what an encoder makes of the voice. */
static vis_render_options base_options(void)
{
    vis_render_options o = vis_render_options_defaults();
    o.character = folder;
    o.preset = "ultrafast";
    o.threads = 1;
    return o;
}

static vis_render_options options_of_files(bool rows, const char *output)
{
    vis_render_options o = base_options();
    o.model = paths[MODEL];
    o.audio = paths[AUDIO];
    if (rows)
        o.features = paths[FEATURES];
    else
        o.audio_encoder = paths[ENCODER];
    o.output = output;
    return o;
}

static vis_render_options options_of_ios(bool rows, const vis_io *output)
{
    vis_render_options o = base_options();
    for (int i = 0; i < INPUTS; i++)
        rewind_source(&sources[i], 0);
    o.model_io = &ios[MODEL];
    o.audio_io = &ios[AUDIO];
    if (rows)
        o.features_io = &ios[FEATURES];
    else
        o.audio_encoder_io = &ios[ENCODER];
    o.output_io = output;
    return o;
}

static vis_io io_to(sink *s, size_t piece)
{
    *s = (sink){.piece = piece, .fail_at = NEVER};
    buffer_init(&s->bytes, 16 << 20);
    return (vis_io){"the video", s, NULL, write_sink};
}

static void memory_to_memory_gives_the_bytes_of_files(void **state)
{
    const size_t pieces[] = {0, 1, 4093};
    char *output = in_folder("out.mp4", 0);
    vis_error err;
    for (int rows = 0; rows < 2; rows++) {
        vis_render_options o = options_of_files(rows, output);
        o.no_sign = true; /* else the key is another each time */
        if (vis_render_video(&o, NULL, &err) != VIS_OK) fail_msg("%s", err.message);
        source expected = source_of(output);
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            sink s;
            vis_render_result result;
            const vis_io to = io_to(&s, pieces[i]);
            int before = open_descriptors();
            o = options_of_ios(rows, &to);
            o.no_sign = true;
            for (int k = 0; k < INPUTS; k++)
                rewind_source(&sources[k], pieces[i]);
            if (vis_render_video(&o, &result, &err) != VIS_OK) fail_msg("%s", err.message);
            assert_true(result.frames > 0);
            assert_int_equal(s.bytes.size, expected.bytes.size);
            assert_memory_equal(s.bytes.data, expected.bytes.data, expected.bytes.size);
            assert_int_equal(open_descriptors(), before);
            buffer_free(&s.bytes);
        }
        buffer_free(&expected.bytes);
    }
    for (int k = 0; k < INPUTS; k++)
        assert_int_equal(sources[k].after_end, 0); /* nor from another thread */
    free(output);
}

/* The call fails with one line that names what it is about, and nothing was written. */
static void expect_failure(const vis_render_options *o, const sink *s, vis_status status,
                           const char *name, const char *what)
{
    vis_error err;
    int before = open_descriptors();
    assert_int_equal(vis_render_video(o, NULL, &err), status);
    if (!strstr(err.message, name) || !strstr(err.message, what)) fail_msg("%s", err.message);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(s->calls, 0);
}

static void reading_that_fails_is_told(void **state)
{
    sink s;
    const vis_io to = io_to(&s, 0);
    for (int i = 0; i < INPUTS; i++)
        for (int half = 0; half < 2; half++) {
            source *from = &sources[i];
            vis_render_options o = options_of_ios(i == FEATURES, &to);
            from->fail_at = half ? from->bytes.size / 2 : 0;
            from->answer = -7;
            char place[64];
            snprintf(place, sizeof place, "reading failed after %zu bytes (its read gave -7)",
                     from->fail_at);
            expect_failure(&o, &s, VIS_ERR_OPEN, names[i], place);
            o = options_of_ios(i == FEATURES, &to);
            from->answer = 1;
            expect_failure(&o, &s, VIS_ERR_USAGE, names[i], "at most");
            from->answer = INT64_MIN;
            o = options_of_ios(i == FEATURES, &to);
            expect_failure(&o, &s, VIS_ERR_OPEN, names[i], "reading failed");
            from->fail_at = NEVER;
            assert_int_equal(from->after_end, 0);
        }
}

/* What ends early is as damaged as a file that was cut. */
static void an_end_that_comes_early_is_damage(void **state)
{
    const int cut[] = {MODEL, FEATURES};
    sink s;
    const vis_io to = io_to(&s, 0);
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        for (int part = 0; part < 2; part++) {
            source *from = &sources[cut[i]];
            vis_render_options o = options_of_ios(true, &to);
            from->fail_at = part * from->bytes.size / 2;
            from->answer = 0;
            expect_failure(&o, &s, VIS_ERR_FORMAT, names[cut[i]], "");
            from->fail_at = NEVER;
        }
}

static void writing_that_fails_is_told(void **state)
{
    const struct {
        int64_t answer;
        vis_status status;
        const char *message;
    } cases[] = {
        {0, VIS_ERR_WRITE, "the video: writing failed after %zu bytes (its write gave 0)"},
        {-5, VIS_ERR_WRITE, "the video: writing failed after %zu bytes (its write gave -5)"},
        {1, VIS_ERR_USAGE, "the video: its write took "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t at = 0; at <= 1000; at += 1000) {
            sink s;
            vis_error err;
            vis_render_result result;
            const vis_io to = io_to(&s, 500);
            vis_render_options o = options_of_ios(true, &to);
            int before = open_descriptors();
            s.fail_at = at;
            s.answer = cases[i].answer;
            assert_int_equal(vis_render_video(&o, &result, &err), cases[i].status);
            char *message = text_format(cases[i].message, at);
            if (!strstr(err.message, message)) fail_msg("%s", err.message);
            free(message);
            assert_int_equal(s.bytes.size, at);
            assert_int_equal(s.calls, at / 500 + 1);
            assert_int_equal(result.frames, 0);
            assert_int_equal(open_descriptors(), before);
            buffer_free(&s.bytes);
        }
}

static bool stop_at_once(void *user, int64_t done, int64_t total)
{
    return false;
}

static void a_clip_that_is_stopped_writes_nothing(void **state)
{
    sink s;
    const vis_io to = io_to(&s, 0);
    vis_render_options o = options_of_ios(true, &to);
    o.progress = stop_at_once;
    expect_failure(&o, &s, VIS_ERR_CANCELLED, "stopped after 1 frames", "");
}

static void what_makes_no_sense_is_refused(void **state)
{
    sink s;
    const vis_io to = io_to(&s, 0), empty = {0};
    vis_render_options o = options_of_ios(true, &to);
    o.partial = "part.mp4";
    expect_failure(&o, &s, VIS_ERR_USAGE, "`partial`", "`output_io`");
    o = options_of_ios(true, &to);
    o.features = paths[FEATURES];
    expect_failure(&o, &s, VIS_ERR_USAGE, "`features` and `features_io`", "give one");
    o = options_of_ios(true, &to);
    o.output = "out.mp4";
    expect_failure(&o, &s, VIS_ERR_USAGE, "`output` and `output_io`", "give one");
    o = options_of_ios(true, &empty);
    expect_failure(&o, &s, VIS_ERR_USAGE, "`output_io`: vis_io.write is missing", "");
    o = options_of_ios(true, &to);
    o.model_io = &empty;
    expect_failure(&o, &s, VIS_ERR_USAGE, "`model_io`: vis_io.read is missing", "");
    vis_model *m;
    vis_features *f;
    assert_int_equal(vis_model_open_io(NULL, NULL, &m, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_model_open_io(&empty, NULL, &m, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_features_open_file_io(&empty, NULL, &f, NULL), VIS_ERR_USAGE);
    assert_int_equal(vis_features_open_audio_io(&empty, NULL, 1, NULL, &f, NULL), VIS_ERR_USAGE);
}

static void a_checkpoint_is_what_its_file_is(void **state)
{
    vis_model *m, *of_file;
    vis_model_info info, expected;
    vis_error err;
    char long_name[2000];
    rewind_source(&sources[MODEL], 1000);
    assert_int_equal(vis_model_open_io(&ios[MODEL], NULL, &m, &err), VIS_OK);
    assert_int_equal(vis_model_open(paths[MODEL], NULL, &of_file, &err), VIS_OK);
    vis_model_get_info(m, &info);
    vis_model_get_info(of_file, &expected);
    assert_string_equal(info.sha256, expected.sha256);
    assert_string_equal(info.path, names[MODEL]);
    assert_int_equal(info.macs, expected.macs);
    vis_model_close(m);
    vis_model_close(of_file);
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    vis_io io = io_of(&sources[MODEL], long_name);
    rewind_source(&sources[MODEL], 0);
    assert_int_equal(vis_model_open_io(&io, NULL, &m, &err), VIS_ERR_OPEN);
    source external = source_of(external_path);
    io = io_of(&external, external_path); /* a name is no path, even where it could be one */
    assert_int_equal(vis_model_open_io(&io, NULL, &m, &err), VIS_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "keeps its weights in another file"));
    buffer_free(&external.bytes);
}

static void same_rows(vis_features *a, vis_features *b)
{
    static float left[512], right[512];
    bool more = true, other = true;
    int64_t count = 0;
    for (; more; count++) {
        assert_int_equal(vis_features_next(a, left, &more, NULL), VIS_OK);
        assert_int_equal(vis_features_next(b, right, &other, NULL), VIS_OK);
        assert_int_equal(more, other);
        if (more) assert_memory_equal(left, right, sizeof left);
    }
    assert_true(count > 10);
    vis_features_close(a);
    vis_features_close(b);
}

/* Rows are read long after the caller's bytes are gone. */
static void features_are_those_of_files(void **state)
{
    vis_features *a, *b;
    vis_model *encoder;
    vis_error err;
    rewind_source(&sources[FEATURES], 777);
    assert_int_equal(vis_features_open_file_io(&ios[FEATURES], "ave", &a, &err), VIS_OK);
    assert_int_equal(vis_features_open_file(paths[FEATURES], "ave", &b, &err), VIS_OK);
    same_rows(a, b);
    rewind_source(&sources[AUDIO], 777);
    assert_int_equal(vis_model_open(paths[ENCODER], NULL, &encoder, &err), VIS_OK);
    if (vis_features_open_audio_io(&ios[AUDIO], encoder, 1, NULL, &a, &err) != VIS_OK)
        fail_msg("%s", err.message);
    assert_int_equal(vis_features_open_audio(paths[AUDIO], encoder, 1, NULL, &b, &err), VIS_OK);
    same_rows(a, b);
    vis_io wrong = io_of(&sources[FEATURES], "rows.npy");
    rewind_source(&sources[FEATURES], 0);
    assert_int_equal(vis_features_open_audio_io(&wrong, encoder, 1, NULL, &a, &err),
                     VIS_ERR_FORMAT);
    assert_non_null(strstr(err.message, "rows.npy: not a sound file but a NumPy array"));
    vis_model_close(encoder);
}

/* An array by columns is read whole, another way. */
static void rows_that_lie_by_columns(void **state)
{
    vis_features *f;
    vis_error err;
    source s = source_in_folder("aud_ave.npy");
    char *order = memmem(s.bytes.data, s.bytes.size, "False", 5);
    assert_non_null(order);
    memcpy(order, "True ", 5);
    vis_io io = io_of(&s, NULL);
    if (vis_features_open_file_io(&io, "ave", &f, &err) != VIS_OK) fail_msg("%s", err.message);
    assert_int_equal(vis_features_count(f, NULL), ROWS);
    vis_features_close(f);
    s.bytes.size -= 100;
    rewind_source(&s, 0);
    assert_int_equal(vis_features_open_file_io(&io, "ave", &f, &err), VIS_ERR_FORMAT);
    assert_int_equal(strncmp(err.message, "the features: ", 14), 0);
    buffer_free(&s.bytes);
}

static void a_picture_is_its_file(void **state)
{
    uint8_t pixels[16 * 16 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7);
    char *path = in_folder("p.png", 0);
    sink s;
    vis_error err;
    const vis_io to = io_to(&s, 10);
    assert_int_equal(vis_write_png(path, pixels, 16, 16, 48, NULL), VIS_OK);
    assert_int_equal(vis_write_png_io(&to, pixels, 16, 16, 48, NULL), VIS_OK);
    source expected = source_of(path);
    assert_int_equal(s.bytes.size, expected.bytes.size);
    assert_memory_equal(s.bytes.data, expected.bytes.data, s.bytes.size);
    s.fail_at = s.bytes.size;
    s.answer = -1;
    assert_int_equal(vis_write_png_io(&to, pixels, 16, 16, 48, &err), VIS_ERR_WRITE);
    assert_int_equal(vis_write_png_io(&to, pixels, 16, 16, 47, &err), VIS_ERR_USAGE);
    assert_int_equal(vis_write_png_io(NULL, pixels, 16, 16, 48, &err), VIS_ERR_USAGE);
    buffer_free(&expected.bytes);
    buffer_free(&s.bytes);
    free(path);
}

static void without_room_it_says_where(void **state)
{
    sink s;
    const vis_io to = io_to(&s, 0);
    vis_render_options o = options_of_ios(true, &to);
    const char *before = getenv("TMPDIR");
    char *kept = before ? text_copy(before, strlen(before)) : NULL;
    setenv("TMPDIR", "/nonexistent", 1);
    expect_failure(&o, &s, VIS_ERR_WRITE, names[AUDIO], "set TMPDIR");
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    model_path = argv[1];
    external_path = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_to_memory_gives_the_bytes_of_files),
        cmocka_unit_test(reading_that_fails_is_told),
        cmocka_unit_test(an_end_that_comes_early_is_damage),
        cmocka_unit_test(writing_that_fails_is_told),
        cmocka_unit_test(a_clip_that_is_stopped_writes_nothing),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(a_checkpoint_is_what_its_file_is),
        cmocka_unit_test(features_are_those_of_files),
        cmocka_unit_test(rows_that_lie_by_columns),
        cmocka_unit_test(a_picture_is_its_file),
        cmocka_unit_test(without_room_it_says_where),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
