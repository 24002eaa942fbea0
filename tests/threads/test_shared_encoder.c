/* tests/threads/test_shared_encoder.c - features of speech over one loaded AVE encoder: the rows
 * are those of one alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "../unit/model/support.h"
#include "crowd.h"
#include "viseme/viseme.h"

#define LISTENERS 4
#define RATE 44100 /* so that the recording is resampled */
#define SECONDS 2
#define ROW_SIZE 512
#define ROWS_MAX (SECONDS * 25 + 8)

static vis_model *open_encoder(const char *path)
{
    vis_error err;
    vis_model *m;
    if (vis_model_open(path, NULL, &m, &err) != VIS_OK) fail_msg("%s", err.message);
    return m;
}

typedef struct heard {
    float rows[ROWS_MAX * ROW_SIZE];
    int count;
    bool failed;
} heard;

typedef struct audience {
    const vis_model *encoder;
    const char *speech;
    heard heard[LISTENERS];
} audience;

static void hear(void *argument, int number)
{
    audience *a = argument;
    heard *h = &a->heard[number];
    vis_features *f;
    h->count = 0;
    h->failed =
        vis_features_open_audio(a->speech, a->encoder, 1 + number % 2, NULL, &f, NULL) != VIS_OK;
    for (bool got = true; !h->failed && h->count < ROWS_MAX;) {
        h->failed = vis_features_next(f, h->rows + h->count * ROW_SIZE, &got, NULL) != VIS_OK;
        if (!got) break;
        h->count++;
    }
    if (f) vis_features_close(f);
}

/* A WAV of 16 bits: noise that swells, so that no two rows are alike. */
static void write_speech(const char *path)
{
    const uint32_t size = RATE * SECONDS * 2;
    const uint32_t head[11] = {0x46464952, 36 + size, 0x45564157, 0x20746d66, 16,  0x10001,
                               RATE,       2 * RATE,  0x100002,   0x61746164, size};
    buffer wav;
    uint32_t seed = 5;
    buffer_init(&wav, 1 << 20);
    assert_int_equal(buffer_append(&wav, head, sizeof head, NULL), VIS_OK);
    for (uint32_t i = 0; i < RATE * SECONDS; i++) {
        seed = seed * 1664525u + 1013904223u;
        int16_t sample = (int16_t)((int32_t)seed / 65536 * (int32_t)(i / 100) / 1000);
        assert_int_equal(buffer_append(&wav, &sample, sizeof sample, NULL), VIS_OK);
    }
    assert_int_equal(file_write(path, wav.data, wav.size, NULL), VIS_OK);
    buffer_free(&wav);
}

static void features_share_an_encoder(void **state)
{
    static audience alone, together;
    char *encoder = in_folder("encoder.pth", 0), *speech = in_folder("speech.wav", 0);
    weights_encoder_file(encoder, 4);
    write_speech(speech);
    alone.speech = together.speech = speech;
    vis_model *shared = open_encoder(encoder);
    together.encoder = shared;
    crowd_run(LISTENERS, hear, &together); /* first, as what is set up once is set up here */
    for (int i = 0; i < LISTENERS; i++) {
        vis_model *own = open_encoder(encoder);
        alone.encoder = own;
        hear(&alone, i);
        vis_model_close(own);
        assert_false(alone.heard[i].failed || together.heard[i].failed);
        assert_in_range(alone.heard[i].count, SECONDS * 25 - 5, ROWS_MAX - 1);
        assert_int_equal(together.heard[i].count, alone.heard[i].count);
        assert_memory_equal(together.heard[i].rows, alone.heard[i].rows,
                            (size_t)alone.heard[i].count * ROW_SIZE * sizeof(float));
    }
    assert_memory_not_equal(alone.heard[0].rows + 10 * ROW_SIZE,
                            alone.heard[0].rows + 30 * ROW_SIZE, ROW_SIZE * sizeof(float));
    vis_model_close(shared);
    free(encoder);
    free(speech);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_share_an_encoder),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
