/* audio/features_audio.c - AVE features of speech: mel frames through the encoder in batches.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Feature e needs the mel frames [start(e), start(e) + 16), start(e) = 80 e / 25, all of which must
 * exist; only at the end is start(e) moved back, by at most 4 frames. Batches begin at multiples of
 * their size whatever was skipped, so that a feature always stands at the same place of its batch.
 * Of speech that is pushed, those of a batch whose mel frames are in need not wait for the rest.
 */
#include "audio/features_internal.h"

#include <stdlib.h>
#include <string.h>

#define PULL_FRAMES 32 /* mel frames asked for at a time */

typedef struct ave_source {
    feature_source base;
    mel_source *mel;
    ave_encoder *own;           /* where the encoder is this source's alone, else NULL */
    nn_session *whole, *single; /* of the encoder's programs; single may be NULL */
    int batch;
    float *input;  /* [batch, 1, MEL_BANDS, FEATURE_MEL_FRAMES] */
    float *output; /* [batch, FEATURE_AVE_SIZE] */
    int64_t ready; /* the batch in `output`, -1 for none, */
    int done;      /* and how many of its features are */
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

/* How many features of batch b have all their mel frames in. */
static int features_in(const ave_source *s, int64_t b)
{
    int64_t left = s->batch;
    if (s->ended) {
        left = feature_total(s) - b * s->batch;
        return left < 0 ? 0 : left < s->batch ? (int)left : s->batch;
    }
    while (left > 0 &&
           natural_start(b * s->batch + left - 1) + FEATURE_MEL_FRAMES > s->first + s->count)
        left--;
    return (int)left;
}

/* The mel frames of a feature into input[MEL_BANDS, FEATURE_MEL_FRAMES]. */
static void lay_out(const ave_source *s, int64_t feature, float *to)
{
    int64_t frames = s->ended ? s->first + s->count : INT64_MAX;
    const float *from = s->held + (feature_mel_start(feature, frames) - s->first) * MEL_BANDS;
    for (int t = 0; t < FEATURE_MEL_FRAMES; t++)
        for (int band = 0; band < MEL_BANDS; band++)
            to[band * FEATURE_MEL_FRAMES + t] = from[t * MEL_BANDS + band];
}

/* Runs a session on the features i ... of batch b, `count` of them; places behind are zeros. */
static void run(ave_source *s, nn_session *session, int64_t b, int i, int count, int places)
{
    const size_t window = (size_t)MEL_BANDS * FEATURE_MEL_FRAMES;
    memset(s->input, 0, (size_t)places * window * sizeof(float));
    for (int k = 0; k < count; k++)
        lay_out(s, b * s->batch + i + k, s->input + (size_t)k * window);
    const float *inputs[] = {s->input};
    float *outputs[] = {s->output + (size_t)i * FEATURE_AVE_SIZE};
    nn_run(session, inputs, outputs);
}

/* Brings those features of batch b into `output` that can be had now. */
static void encode(ave_source *s, int64_t b)
{
    if (s->ready != b) s->done = 0;
    s->ready = b;
    int in = features_in(s, b);
    if (s->single == NULL || (s->done == 0 && (s->ended || in == s->batch)))
        run(s, s->whole, b, 0, in, s->batch);
    else
        for (int i = s->done; i < in; i++)
            run(s, s->single, b, i, 1, 1);
    s->done = in;
}

static bool encoded(const ave_source *s, int64_t feature)
{
    return s->ready == feature / s->batch && feature % s->batch < s->done;
}

/* Reads mel frames for the feature's whole batch; of speech that is pushed its own are enough. */
static vis_status reach(ave_source *s, int64_t feature, vis_error *err)
{
    int64_t last = (feature / s->batch + 1) * s->batch - 1;
    vis_status status = advance(s, natural_start(last) + FEATURE_MEL_FRAMES, err);
    bool enough = natural_start(feature) + FEATURE_MEL_FRAMES <= s->first + s->count;
    return status == VIS_AGAIN && enough ? VIS_OK : status;
}

static vis_status ave_read(feature_source *base, int64_t row, float *out, bool *got, vis_error *err)
{
    ave_source *s = (ave_source *)base;
    int64_t feature = row > 0 ? row - 1 : 0; /* the first is given twice */
    if (!encoded(s, feature)) VIS_TRY(reach(s, feature, err));
    if (s->ended) {
        int64_t total = feature_total(s);
        *got = row < total + 2;
        if (!*got) return VIS_OK;
        if (feature >= total) feature = total - 1; /* and so is the last */
    }
    if (!encoded(s, feature)) encode(s, feature / s->batch);
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

/* Mel frames of one loudness through the encoder: one row. Leaves what was encoded alone. */
static void encode_flat(ave_source *s, float value, float *input, float *output)
{
    bool one = s->single != NULL;
    size_t numbers = (one ? 1 : (size_t)s->batch) * MEL_BANDS * FEATURE_MEL_FRAMES;
    for (size_t i = 0; i < numbers; i++)
        input[i] = value;
    const float *inputs[] = {input};
    float *outputs[] = {output};
    nn_run(one ? s->single : s->whole, inputs, outputs);
}

static vis_status ave_silence(feature_source *base, feature_silence *out, vis_error *err)
{
    ave_source *s = (ave_source *)base;
    size_t batch = (size_t)s->batch;
    float *input = calloc(batch * MEL_BANDS * FEATURE_MEL_FRAMES, sizeof *input);
    float *silent = calloc(2 * batch * FEATURE_AVE_SIZE, sizeof *silent);
    bool done = input != NULL && silent != NULL;
    if (done) {
        float *loud = silent + batch * FEATURE_AVE_SIZE;
        encode_flat(s, MEL_SILENT, input, silent);
        encode_flat(s, 0, input, loud);
        feature_silence_set(out, silent, loud);
    }
    free(input);
    free(silent);
    return done ? VIS_OK : vis_fail_memory(err, "speech features");
}

static void ave_close(feature_source *base)
{
    ave_source *s = (ave_source *)base;
    nn_session_free(s->whole);
    nn_session_free(s->single);
    ave_encoder_free(s->own);
    mel_source_close(s->mel);
    free(s->input);
    free(s->output);
    free(s->held);
    free(s);
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

/* A source without speech yet. */
static vis_status create(const ave_encoder *encoder, thread_pool *pool, ave_source **out,
                         vis_error *err)
{
    ave_source *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL) return vis_fail_memory(err, "speech features");
    s->base = (feature_source){.mode = AUDIO_AVE,
                               .row_size = FEATURE_AVE_SIZE,
                               .read = ave_read,
                               .seek = ave_seek,
                               .count = ave_count,
                               .silent = ave_silent,
                               .silence = ave_silence,
                               .close = ave_close};
    s->ready = -1;
    s->batch = encoder->batch;
    VIS_TRY(nn_session_create(encoder->whole, pool, &s->whole, err));
    if (encoder->single != NULL) VIS_TRY(nn_session_create(encoder->single, pool, &s->single, err));
    VIS_TRY(speech_gate_create(FEATURE_AVE_RATE, &s->base.gate, err));
    return allocate(s, err);
}

vis_status feature_encoder_silence(const ave_encoder *encoder, feature_silence *out, vis_error *err)
{
    ave_source *s;
    vis_status status = create(encoder, NULL, &s, err);
    if (status == VIS_OK) status = ave_silence(&s->base, out, err);
    if (s != NULL) feature_source_close(&s->base);
    return status;
}

static vis_status open_file(ave_source *s, input_file from, const vis_log *log, mel_tap tap,
                            void *user, vis_error *err)
{
    VIS_TRY(mel_source_open(from, log, &s->mel, err));
    mel_source_set_gate(s->mel, s->base.gate);
    mel_source_set_tap(s->mel, tap, user);
    return check_length(s, from.name, err);
}

vis_status feature_source_open_tapped(input_file from, const model *encoder, thread_pool *pool,
                                      const vis_log *log, mel_tap tap, void *user,
                                      feature_source **out, vis_error *err)
{
    *out = NULL;
    ave_encoder *own;
    ave_source *s = NULL;
    VIS_TRY(ave_encoder_create(encoder, false, &own, err));
    vis_status status = create(own, pool, &s, err);
    if (status == VIS_OK) status = open_file(s, from, log, tap, user, err);
    if (status == VIS_OK) {
        s->own = own;
        *out = &s->base;
        return VIS_OK;
    }
    if (s != NULL) feature_source_close(&s->base);
    ave_encoder_free(own);
    return status;
}

vis_status feature_source_open_pushed(pcm_queue *queue, const ave_encoder *encoder,
                                      thread_pool *pool, const vis_log *log, feature_source **out,
                                      vis_error *err)
{
    *out = NULL;
    ave_source *s;
    speech_reader *speech;
    vis_status status = create(encoder, pool, &s, err);
    if (status == VIS_OK)
        status = speech_reader_open_queue(queue, "pushed sound", log, &speech, err);
    if (status == VIS_OK) status = mel_source_create(speech, &s->mel, err);
    if (status == VIS_OK) {
        mel_source_set_gate(s->mel, s->base.gate);
        *out = &s->base;
    } else if (s != NULL) {
        feature_source_close(&s->base);
    }
    return status;
}

vis_status feature_source_open_audio(input_file from, const model *encoder, thread_pool *pool,
                                     const vis_log *log, feature_source **out, vis_error *err)
{
    return feature_source_open_tapped(from, encoder, pool, log, NULL, NULL, out, err);
}

const mel_source *feature_source_mel(const feature_source *s)
{
    return ((const ave_source *)s)->mel;
}
