/* api/handles.h - what the public handles hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include "audio/features.h"
#include "engine/nn.h"
#include "face/character.h"
#include "media/caller_io.h"
#include "media/resize.h"
#include "networks/model.h"
#include "viseme/viseme.h"

#include <pthread.h>

/* Models and characters live as long as somebody holds them: the caller, until it closes them, and
 * the scenes that streams share. */
struct vis_model {
    model *inner;
    int holders;
    bool closed; /* by the caller */
    pthread_mutex_t lock;
    ave_encoder *encoder; /* compiled for sound that is pushed, when first wanted; under the lock */
    feature_silence silence; /* what it gives for that, as soon as it is there */
};
void api_model_hold(vis_model *m);
void api_model_release(vis_model *m); /* NULL is fine */

struct vis_features {
    feature_source *source;
    model *encoder;    /* where vis_features_open opened one; else NULL */
    thread_pool *pool; /* of the audio encoder; NULL for files */
    vis_log log;       /* the caller's, copied: the source keeps a pointer to it */
};

struct vis_character {
    character *inner;
    int holders;
    bool closed; /* by the caller */
};
void api_character_hold(vis_character *c);
void api_character_release(vis_character *c); /* NULL is fine */

/* A checkpoint: the file `name`, or bytes that are called so. */
typedef struct checkpoint_source {
    const char *name;    /* NULL: not given */
    const buffer *bytes; /* NULL: a file */
} checkpoint_source;
vis_status api_checkpoint_open(checkpoint_source from, const model_options *options, model **out,
                               vis_error *err);
vis_status api_model_open(checkpoint_source from, const vis_model_options *options, vis_model **out,
                          vis_error *err);

/* vis_speech, wherever it comes from; a name that is NULL is not given. */
typedef struct speech_source {
    input_file audio, features;
    checkpoint_source encoder;
} speech_source;

/* Text -> audio mode; NULL -> AUDIO_NONE. */
vis_status api_audio_mode(const char *text, audio_mode *mode, vis_error *err);

/* Nothing but a log (may be NULL); NULL when out of memory. vis_features_close takes it at any
 * time. */
vis_features *api_features_new(const vis_log *log);

/* The parts of vis_features_open for speech through an encoder, for who opens model and encoder
 * side by side: may this checkpoint be fed so? The encoder; then, with it, the recording, from
 * where on warnings go to `log` (NULL: where they went). The caller does model_decide. */
vis_status api_speech_check(const vis_model *m, vis_error *err);
vis_status api_speech_encoder(vis_features *f, checkpoint_source from, const vis_log *log,
                              vis_error *err);
vis_status api_speech_open(vis_features *f, input_file audio, int threads, const vis_log *log,
                           vis_error *err);

/* vis_features_open. */
vis_status api_features_open(vis_model *m, const speech_source *speech, int threads,
                             const vis_log *log, vis_features **out, vis_error *err);

/* The interpolation asked for into *mode; returns `mode`, or NULL for the family's default. */
const resize_mode *api_interpolation(vis_interpolation wanted, resize_mode *mode);

/* What became of the fast precision, as the public struct has it. */
vis_fast api_fast(const nn_fast *fast);

/* Bytes for footage that comes back, as asked, or (negative) the default: 2 GiB, or a quarter of
 * the memory that is free now. A quarter of them is for decoded frames, ... */
int64_t api_cache_bytes(int64_t asked);
size_t api_kept_share(int64_t cache_bytes); /* ... the rest for what networks keep of them */

#endif
