/* api/features.c - vis_features.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"
#include "api/handles.h"
#include "audio/extract.h"
#include "base/file.h"
#include "base/status.h"

#include <stdlib.h>

vis_features *api_features_new(const vis_log *log)
{
    vis_features *f = calloc(1, sizeof *f);
    if (f && log) f->log = *log;
    return f;
}

static vis_status open_audio(input_file from, const vis_model *encoder, int threads,
                             const vis_log *log, vis_features **out, vis_error *err)
{
    vis_features *f = api_features_new(log);
    if (!f) return vis_fail_memory(err, "features");
    vis_status status = thread_pool_create(threads, &f->pool, err);
    if (status == VIS_OK)
        status = feature_source_open_audio(from, encoder->inner, f->pool, &f->log, &f->source, err);
    if (status == VIS_OK)
        *out = f;
    else
        vis_features_close(f);
    return status;
}

VIS_API vis_status vis_features_open_audio(const char *path, const vis_model *encoder, int threads,
                                           const vis_log *log, vis_features **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(api_given(path, "the path of the recording", err));
    VIS_TRY(api_given(encoder, "the audio encoder", err));
    return open_audio(input_path(path), encoder, threads, log, out, err);
}

/* Whoever reads the bytes that are kept has them open for itself. */
VIS_API vis_status vis_features_open_audio_io(const vis_io *io, const vis_model *encoder,
                                              int threads, const vis_log *log, vis_features **out,
                                              vis_error *err)
{
    static const char what[] = "the recording";
    *out = NULL;
    VIS_TRY(api_given(io, what, err));
    VIS_TRY(api_given(encoder, "the audio encoder", err));
    spool bytes;
    VIS_TRY(caller_io_spool(io, what, &bytes, err));
    vis_status status =
        open_audio(caller_io_file(io, what, &bytes), encoder, threads, log, out, err);
    spool_free(&bytes);
    return status;
}

static vis_status open_file(input_file from, audio_mode mode, vis_features **out, vis_error *err)
{
    vis_features *f = api_features_new(NULL);
    if (!f) return vis_fail_memory(err, "features");
    vis_status status = feature_source_open_file(from, mode, 0, &f->source, err);
    if (status == VIS_OK)
        *out = f;
    else
        vis_features_close(f);
    return status;
}

VIS_API vis_status vis_features_open_file(const char *path, const char *mode_text,
                                          vis_features **out, vis_error *err)
{
    *out = NULL;
    audio_mode mode;
    VIS_TRY(api_given(path, "the path of the features", err));
    VIS_TRY(api_audio_mode(mode_text, &mode, err));
    return open_file(input_path(path), mode, out, err);
}

VIS_API vis_status vis_features_open_file_io(const vis_io *io, const char *mode_text,
                                             vis_features **out, vis_error *err)
{
    static const char what[] = "the features";
    *out = NULL;
    audio_mode mode;
    VIS_TRY(api_given(io, what, err));
    VIS_TRY(api_audio_mode(mode_text, &mode, err));
    spool bytes;
    VIS_TRY(caller_io_spool(io, what, &bytes, err));
    vis_status status = open_file(caller_io_file(io, what, &bytes), mode, out, err);
    spool_free(&bytes);
    return status;
}

static vis_status check_unet(const vis_model *m, vis_error *err)
{
    model_kind kind = m->inner->info.kind;
    if (kind == MODEL_UNET_328 || kind == MODEL_UNET_160) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: not a lip-sync U-Net (it is: %s); give its checkpoint as `model`",
                    m->inner->info.path, model_kind_name(kind));
}

vis_status api_speech_check(const vis_model *m, vis_error *err)
{
    const model_info *info = &m->inner->info;
    VIS_TRY(check_unet(m, err));
    if (info->mode != AUDIO_AVE && info->mode != AUDIO_AVE_OR_HUBERT)
        return vis_fail(
            err, VIS_ERR_USAGE,
            "%s: hears %s features, which an audio encoder cannot make; give them as `features`",
            info->path, audio_mode_name(info->mode));
    return VIS_OK;
}

vis_status api_speech_encoder(vis_features *f, checkpoint_source from, const vis_log *log,
                              vis_error *err)
{
    model_options options = {.checkpoint = -1, .log = log};
    VIS_TRY(api_checkpoint_open(from, &options, &f->encoder, err));
    if (f->encoder->info.kind != MODEL_AVE_ENCODER)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: not an AVE audio encoder (it is: %s); give one as `audio_encoder`",
                        from.name, model_kind_name(f->encoder->info.kind));
    return VIS_OK;
}

vis_status api_speech_open(vis_features *f, input_file audio, int threads, const vis_log *log,
                           vis_error *err)
{
    if (log) f->log = *log;
    VIS_TRY(thread_pool_create(threads, &f->pool, err));
    return feature_source_open_audio(audio, f->encoder, f->pool, &f->log, &f->source, err);
}

/* Speech through an encoder is ave; a checkpoint that could be either becomes that. */
static vis_status open_speech(vis_model *m, const speech_source *speech, int threads,
                              vis_features *f, vis_error *err)
{
    VIS_TRY(api_speech_check(m, err));
    VIS_TRY(api_speech_encoder(f, speech->encoder, &f->log, err));
    VIS_TRY(model_decide(m->inner, AUDIO_AVE, err));
    return api_speech_open(f, speech->audio, threads, NULL, err);
}

static vis_status open_rows(vis_model *m, input_file from, vis_features *f, vis_error *err)
{
    const model_info *info = &m->inner->info;
    VIS_TRY(feature_source_open_file(from, info->mode, 0, &f->source, err));
    audio_mode found = feature_source_mode(f->source);
    return info->mode == AUDIO_AVE_OR_HUBERT ? model_decide(m->inner, found, err) : VIS_OK;
}

static vis_status open_for(vis_model *m, const speech_source *speech, int threads, vis_features *f,
                           vis_error *err)
{
    VIS_TRY(check_unet(m, err));
    if (speech->features.name && speech->encoder.name)
        vis_warn(&f->log, "`audio_encoder` %s is not used: the features are those of %s",
                 speech->encoder.name, speech->features.name);
    if (speech->features.name) return open_rows(m, speech->features, f, err);
    if (speech->audio.name && speech->encoder.name) return open_speech(m, speech, threads, f, err);
    const model_info *info = &m->inner->info;
    if (info->mode == AUDIO_AVE_OR_HUBERT)
        return vis_fail(
            err, VIS_ERR_USAGE,
            "%s: the checkpoint fits both ave and hubert; give `audio_mode`, and `audio` with "
            "`audio_encoder` (ave) or `features`",
            info->path);
    if (info->mode != AUDIO_AVE)
        return vis_fail(err, VIS_ERR_USAGE, "%s: hears %s features; give them as `features`",
                        info->path, audio_mode_name(info->mode));
    return vis_fail(err, VIS_ERR_USAGE, "%s: hears AVE features; give %s, or `features`",
                    info->path,
                    speech->audio.name ? "the `audio_encoder` that makes them from speech"
                                       : "`audio` with `audio_encoder`");
}

vis_status api_features_open(vis_model *m, const speech_source *speech, int threads,
                             const vis_log *log, vis_features **out, vis_error *err)
{
    *out = NULL;
    vis_features *f = api_features_new(log);
    if (!f) return vis_fail_memory(err, "features");
    vis_status status = open_for(m, speech, threads, f, err);
    if (status == VIS_OK)
        *out = f;
    else
        vis_features_close(f);
    return status;
}

VIS_API vis_status vis_features_open(vis_model *m, const vis_speech *speech, int threads,
                                     const vis_log *log, vis_features **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(api_given(m, "vis_model", err));
    VIS_TRY(api_given(speech, "vis_speech", err));
    const speech_source from = {
        input_path(speech->audio), input_path(speech->features), {speech->audio_encoder, NULL}};
    return api_features_open(m, &from, threads, log, out, err);
}

/* The file that came with the footage for what the checkpoint hears; undecided: whichever there is,
 * unless there are both. */
static const char *own_features(audio_mode mode, const character_info *c)
{
    switch (mode) {
    case AUDIO_AVE:
        return c->features_ave;
    case AUDIO_HUBERT:
        return c->features_hubert;
    case AUDIO_WENET:
        return c->features_wenet;
    case AUDIO_AVE_OR_HUBERT:
        if (c->features_ave && c->features_hubert) return NULL;
        return c->features_ave ? c->features_ave : c->features_hubert;
    default:
        return NULL;
    }
}

/* Neither features nor speech were given, and the character has not what the checkpoint hears. */
static vis_status refuse_own(const model_info *hears, const character_info *c, vis_error *err)
{
    static const char way_out[] = "put it there, or give `features`, or `audio` with "
                                  "`audio_encoder`";
    switch (hears->mode) {
    case AUDIO_AVE:
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: has no aud_ave.npy, the features of its own speech; %s", c->path,
                        way_out);
    case AUDIO_HUBERT:
    case AUDIO_WENET:
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: has no %s, the features of its own speech; put it there, or give "
                        "`features`",
                        c->path, hears->mode == AUDIO_HUBERT ? "aud_hu.npy" : "aud_wenet.npy");
    default:
        if (c->features_ave && c->features_hubert)
            return vis_fail(err, VIS_ERR_USAGE,
                            "%s: has both aud_ave and aud_hu.npy, and %s fits both; say which with "
                            "`audio_mode`",
                            c->path, hears->path);
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: has neither aud_ave.npy nor aud_hu.npy, the features of its own "
                        "speech; %s",
                        c->path, way_out);
    }
}

VIS_API vis_status vis_features_open_own(vis_model *m, const vis_character *c,
                                         const vis_speech *speech, int threads, const vis_log *log,
                                         vis_features **out, vis_error *err)
{
    *out = NULL;
    VIS_TRY(api_given(m, "vis_model", err));
    VIS_TRY(api_given(c, "vis_character", err));
    const model_info *hears = &m->inner->info;
    const character_info *facts = character_facts(c->inner);
    vis_speech given = speech ? *speech : (vis_speech){0};
    if (!given.features && !given.audio) {
        VIS_TRY(check_unet(m, err));
        given.features = own_features(hears->mode, facts);
        if (!given.features) return refuse_own(hears, facts, err);
    }
    return vis_features_open(m, &given, threads, log, out, err);
}

VIS_API void vis_features_close(vis_features *f)
{
    if (!f) return;
    feature_source_close(f->source);
    model_close(f->encoder);
    thread_pool_destroy(f->pool);
    free(f);
}

VIS_API const char *vis_features_mode(const vis_features *f)
{
    return audio_mode_name(feature_source_mode(f->source));
}

VIS_API int vis_features_row_size(const vis_features *f)
{
    return feature_source_row_size(f->source);
}

VIS_API int64_t vis_features_count(const vis_features *f, bool *exact)
{
    return feature_source_count(f->source, exact);
}

VIS_API bool vis_features_silent(const vis_features *f)
{
    return feature_source_silent(f->source);
}

VIS_API vis_status vis_features_next(vis_features *f, float *row, bool *got, vis_error *err)
{
    return feature_source_next(f->source, row, got, err);
}

VIS_API vis_status vis_features_write_sized(const char *audio, const vis_model *encoder,
                                            int threads, const char *features_path,
                                            const char *mel_path, const vis_log *log,
                                            vis_progress_fn progress, void *user,
                                            vis_features_summary *summary, size_t size,
                                            vis_error *err)
{
    static const char *const npy[] = {".npy", NULL};
    const char *outputs[] = {features_path, mel_path};
    VIS_TRY(api_given(audio, "the path of the recording", err));
    if (features_path) VIS_TRY(api_given(encoder, "the audio encoder", err));
    for (int i = 0; i < 2; i++) {
        if (!outputs[i]) continue;
        VIS_TRY(file_check_suffix(outputs[i], npy, err));
        VIS_TRY(file_check_apart(outputs[i], audio, err));
        if (encoder && !encoder->inner->info.unfiled)
            VIS_TRY(file_check_apart(outputs[i], encoder->inner->info.path, err));
    }
    thread_pool *pool;
    VIS_TRY(thread_pool_create(threads, &pool, err));
    features_summary made = {0};
    vis_status status = features_write(audio, encoder ? encoder->inner : NULL, pool, log,
                                       features_path, mel_path, progress, user, &made, err);
    thread_pool_destroy(pool);
    const vis_features_summary facts = {made.mel_frames, made.rows, made.seconds, made.silent};
    if (status == VIS_OK) api_give(summary, size, &facts, sizeof facts);
    return status;
}
