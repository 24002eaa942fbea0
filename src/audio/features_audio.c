/* audio/features_audio.c - AVE features of a sound file: mel frames through the encoder in batches.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Feature e needs the mel frames [start(e), start(e) + 16), start(e) = 80 e / 25, all of which must
 * exist; only at the end is start(e) moved back, by at most 4 frames. Batches begin at multiples of
 * their size whatever was skipped, so that a feature always stands at the same place of its batch.
 */
#include "audio/features_internal.h"

#include "base/memory.h"
#include "nn/nn.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_DEFAULT 25 /* features: one second */
#define BATCH_MAX 256
#define PULL_FRAMES 32 /* mel frames asked for at a time */

typedef struct ave_source {
    feature_source base;
    mel_source *mel;
    nn_program *program;
    nn_session *session;
    int batch;
    float *input;  /* [batch, 1, MEL_BANDS, FEATURE_MEL_FRAMES] */
    float *output; /* [batch, FEATURE_AVE_SIZE] */
    int64_t ready; /* the batch in `output`, -1 for none */
    float *held;   /* [capacity, MEL_BANDS] mel frames first ... first + count - 1 */
    int64_t capacity, first, count;
    bool ended; /* no mel frames beyond first + count */
} ave_source;

/* Features that the sound has, once all mel frames are in. */
static int64_t feature_total(const ave_source *s)
{
    return feature_row_count(s->first + s->count) - 2;
}

/* First mel frame that a feature would take if the sound went on for ever. */
static int64_t natural_start(int64_t feature)
{
    return feature * MEL_RATE / FEATURE_AVE_RATE;
}

/* Reads mel frames until all before `until` are in or the sound ends. The newest `capacity` less
 * PULL_FRAMES are always kept: what two batches need, so that the last batch is still there when
 * the end shows only behind it. */
static vis_status advance(ave_source *s, int64_t until, vis_error *err)
{
    while (!s->ended && s->first + s->count < until) {
        int64_t drop = s->count - (s->capacity - PULL_FRAMES);
        if (drop > 0) {
            memmove(s->held, s->held + drop * MEL_BANDS,
                    (size_t)(s->count - drop) * MEL_BANDS * sizeof(float));
            s->first += drop;
            s->count -= drop;
        }
        int got = 0;
        VIS_TRY(mel_source_read(s->mel, s->held + s->count * MEL_BANDS, PULL_FRAMES, &got, err));
        s->count += got;
        s->ended = got == 0;
    }
    return VIS_OK;
}

/* Runs the encoder on batch b, whose mel frames are in. Places behind the last feature are zeros.
 */
static void encode(ave_source *s, int64_t b)
{
    const int window = MEL_BANDS * FEATURE_MEL_FRAMES;
    int64_t frames = s->ended ? s->first + s->count : INT64_MAX;
    int64_t left = s->ended ? feature_total(s) - b * s->batch : s->batch;
    int valid = left < s->batch ? (int)left : s->batch;
    memset(s->input, 0, (size_t)s->batch * (size_t)window * sizeof(float));
    for (int i = 0; i < valid; i++) {
        int64_t start = feature_mel_start(b * s->batch + i, frames);
        const float *from = s->held + (start - s->first) * MEL_BANDS;
        float *to = s->input + (size_t)i * (size_t)window;
        for (int t = 0; t < FEATURE_MEL_FRAMES; t++)
            for (int band = 0; band < MEL_BANDS; band++)
                to[band * FEATURE_MEL_FRAMES + t] = from[t * MEL_BANDS + band];
    }
    const float *inputs[] = {s->input};
    float *outputs[] = {s->output};
    nn_run(s->session, inputs, outputs);
    s->ready = b;
}

static vis_status ave_read(feature_source *base, int64_t row, float *out, bool *got, vis_error *err)
{
    ave_source *s = (ave_source *)base;
    int64_t feature = row > 0 ? row - 1 : 0; /* the first is given twice */
    if (feature / s->batch != s->ready) {
        int64_t last = (feature / s->batch + 1) * s->batch - 1;
        VIS_TRY(advance(s, natural_start(last) + FEATURE_MEL_FRAMES, err));
    }
    if (s->ended) {
        int64_t total = feature_total(s);
        *got = row < total + 2;
        if (!*got) return VIS_OK;
        if (feature >= total) feature = total - 1; /* and so is the last */
    }
    if (feature / s->batch != s->ready) encode(s, feature / s->batch);
    memcpy(out, s->output + feature % s->batch * FEATURE_AVE_SIZE,
           FEATURE_AVE_SIZE * sizeof(float));
    *got = true;
    return VIS_OK;
}

static vis_status ave_seek(feature_source *base, int64_t *row, vis_error *err)
{
    ave_source *s = (ave_source *)base;
    const int64_t limit = INT64_MAX / (4 * MEL_RATE); /* far behind any sound's end */
    VIS_TRY(advance(s, natural_start(*row < limit ? *row : limit) + FEATURE_MEL_FRAMES, err));
    if (s->ended && *row > feature_total(s) + 2) *row = feature_total(s) + 2;
    return VIS_OK;
}

static int64_t ave_count(const feature_source *base, bool *exact)
{
    const ave_source *s = (const ave_source *)base;
    int64_t frames = mel_source_count(s->mel, exact);
    return frames < 0 ? -1 : feature_row_count(frames);
}

static bool ave_silent(const feature_source *base)
{
    return speech_reader_peak(mel_source_speech(((const ave_source *)base)->mel)) <=
           FEATURE_SILENT_PEAK;
}

static void ave_close(feature_source *base)
{
    ave_source *s = (ave_source *)base;
    nn_session_free(s->session);
    nn_program_free(s->program);
    mel_source_close(s->mel);
    free(s->input);
    free(s->output);
    free(s->held);
    free(s);
}

/* Compiles the encoder for the batch and checks that it takes and gives what an AVE encoder does.
 */
static vis_status open_encoder(ave_source *s, const model *encoder, thread_pool *pool,
                               vis_error *err)
{
    const model_info *info = &encoder->info;
    if (info->kind != MODEL_AVE_ENCODER || encoder->net == NULL || encoder->net->n_inputs != 1)
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: a %s, where an AVE audio encoder is needed",
                        info->path, model_kind_name(info->kind));
    s->batch = info->batch > 0 ? info->batch : BATCH_DEFAULT;
    if (s->batch > BATCH_MAX)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: exported for batches of %d; export it for 1 to %d or a dynamic batch",
                        info->path, s->batch, BATCH_MAX);
    graph_shape shape = {.rank = 4, .dim = {s->batch, 1, MEL_BANDS, FEATURE_MEL_FRAMES}};
    VIS_TRY(nn_compile(encoder->net, &shape, 1, NULL, &s->program, err));
    int64_t numbers = 0;
    const graph_shape *result = nn_output_shape(s->program, 0);
    if (nn_output_count(s->program) != 1 || !shape_count(result->dim, result->rank, &numbers) ||
        numbers != (int64_t)s->batch * FEATURE_AVE_SIZE)
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: gives %lld numbers a feature, where AVE has %d",
                        info->path, (long long)(numbers / s->batch), FEATURE_AVE_SIZE);
    return nn_session_create(s->program, pool, &s->session, err);
}

static vis_status allocate(ave_source *s, vis_error *err)
{
    size_t batch = (size_t)s->batch;
    s->capacity = natural_start(2 * s->batch) + 4 * FEATURE_MEL_FRAMES + PULL_FRAMES;
    s->input = calloc(batch * MEL_BANDS * FEATURE_MEL_FRAMES, sizeof(float));
    s->output = calloc(batch * FEATURE_AVE_SIZE, sizeof(float));
    s->held = calloc((size_t)s->capacity * MEL_BANDS, sizeof(float));
    if (s->input == NULL || s->output == NULL || s->held == NULL)
        return vis_fail_memory(err, "speech features");
    return VIS_OK;
}

/* Refuses sound that is too short for one feature, at once and not when it is first asked for. */
static vis_status check_length(ave_source *s, const char *path, vis_error *err)
{
    VIS_TRY(advance(s, FEATURE_MEL_FRAMES, err));
    if (!s->ended || s->count >= FEATURE_MEL_FRAMES) return VIS_OK;
    double seconds = (double)speech_reader_length(mel_source_speech(s->mel), NULL) / SPEECH_RATE;
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: %.3f s of sound are too short; speech must last %.3f s or more", path,
                    seconds, (double)(FEATURE_MEL_FRAMES - 1) / MEL_RATE);
}

vis_status feature_source_open_tapped(const char *path, const model *encoder, thread_pool *pool,
                                      const vis_log *log, mel_tap tap, void *user,
                                      feature_source **out, vis_error *err)
{
    *out = NULL;
    ave_source *s = calloc(1, sizeof *s);
    if (s == NULL) return vis_fail_memory(err, "speech features");
    s->base = (feature_source){.mode = AUDIO_AVE,
                               .row_size = FEATURE_AVE_SIZE,
                               .read = ave_read,
                               .seek = ave_seek,
                               .count = ave_count,
                               .silent = ave_silent,
                               .close = ave_close};
    s->ready = -1;
    vis_status status = open_encoder(s, encoder, pool, err);
    if (status == VIS_OK) status = allocate(s, err);
    if (status == VIS_OK) status = mel_source_open(path, log, &s->mel, err);
    if (status == VIS_OK) {
        mel_source_set_tap(s->mel, tap, user);
        status = check_length(s, path, err);
    }
    if (status != VIS_OK) {
        ave_close(&s->base);
        return status;
    }
    *out = &s->base;
    return VIS_OK;
}

vis_status feature_source_open_audio(const char *path, const model *encoder, thread_pool *pool,
                                     const vis_log *log, feature_source **out, vis_error *err)
{
    return feature_source_open_tapped(path, encoder, pool, log, NULL, NULL, out, err);
}

const mel_source *feature_source_mel(const feature_source *s)
{
    return ((const ave_source *)s)->mel;
}
