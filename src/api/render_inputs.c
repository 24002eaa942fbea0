/* api/render_inputs.c - opens the inputs of a job in two lines that meet.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/render_inputs.h"

#include "base/status.h"

/* What is opened beside the checkpoint, in this order: the character first, because the network is
 * made ready for its frames; the sound track last, because only the video wants it. */
enum { CHARACTER, ENCODER, SPEECH, SOUND, PARTS };

static vis_status open_character(void *argument, const vis_log *log, vis_error *err)
{
    render_inputs *in = argument;
    const vis_render_options *o = in->options;
    vis_character_options c = vis_character_options_defaults();
    c.fps = in->fps;
    c.resample_footage = o->resample_footage;
    c.parsing = o->parsing;
    c.smooth = o->smooth;
    c.threads = (o->threads + 3) / 4; /* 0 stays the default: a quarter of all */
    c.cache_bytes = o->cache_bytes < 0 ? -1 : o->cache_bytes / 4;
    c.log = *log;
    return vis_character_open(o->character, &c, &in->character, err);
}

static vis_status open_encoder(void *argument, const vis_log *log, vis_error *err)
{
    render_inputs *in = argument;
    in->features = api_features_new(log);
    if (!in->features) return vis_fail_memory(err, "features");
    return api_speech_encoder(in->features, in->speech.encoder, log, err);
}

static vis_status open_speech(void *argument, const vis_log *log, vis_error *err)
{
    render_inputs *in = argument;
    return api_speech_open(in->features, in->speech.audio, in->options->threads, log, err);
}

static vis_status open_sound(void *argument, const vis_log *log, vis_error *err)
{
    render_inputs *in = argument;
    const vis_render_options *o = in->options;
    /* What is wrong with the recording is said once: by whoever makes features of it, if anybody.
     */
    return soundtrack_open(in->speech.audio, (double)o->start / in->fps, o->features ? log : NULL,
                           &in->sound, err);
}

/* Speech through the AVE encoder comes at 25 rows a second and at no other rate. */
static vis_status choose_fps(const render_inputs *in, int *fps, vis_error *err)
{
    const vis_render_options *o = in->options;
    *fps = o->fps ? o->fps : in->model->inner->info.default_fps;
    if (!o->features && *fps != FEATURE_AVE_RATE)
        return vis_fail(err, VIS_ERR_USAGE,
                        "`fps` %d: speech gives %d feature rows a second; leave `fps` out, or "
                        "bring `features` at that rate",
                        *fps, FEATURE_AVE_RATE);
    return VIS_OK;
}

static vis_status open_model(render_inputs *in, vis_error *err)
{
    const vis_render_options *o = in->options;
    vis_model_options m = vis_model_options_defaults();
    m.audio_mode = o->audio_mode;
    m.checkpoint = o->checkpoint;
    m.precision = o->precision;
    m.log = o->log;
    VIS_TRY(api_model_open(in->checkpoint, &m, &in->model, err));
    buffer_free(&in->checkpoint_bytes); /* what it held is in the model */
    return VIS_OK;
}

/* All beside the checkpoint: with speech the frame rate is known before it is read. */
static vis_status open_with_speech(render_inputs *in, vis_error *err)
{
    const beside_call parts[PARTS] = {open_character, open_encoder, open_speech, open_sound};
    in->fps = FEATURE_AVE_RATE;
    VIS_TRY(beside_start(parts, PARTS, in, &in->options->log, &in->ahead, err));
    VIS_TRY(open_model(in, err));
    VIS_TRY(api_speech_check(in->model, err));
    VIS_TRY(beside_collect(in->ahead, ENCODER, err));
    VIS_TRY(model_decide(in->model->inner, AUDIO_AVE, err));
    VIS_TRY(beside_collect(in->ahead, SPEECH, err));
    int fps; /* is what the others were given, or an error */
    return choose_fps(in, &fps, err);
}

/* A feature file's rate is the checkpoint's: character and sound track wait for that. */
static vis_status open_with_rows(render_inputs *in, vis_error *err)
{
    const vis_render_options *o = in->options;
    const beside_call parts[PARTS] = {
        [CHARACTER] = open_character, [SOUND] = o->audio ? open_sound : NULL};
    VIS_TRY(open_model(in, err));
    VIS_TRY(api_features_open(in->model, &in->speech, o->threads, &o->log, &in->features, err));
    VIS_TRY(choose_fps(in, &in->fps, err));
    return beside_start(parts, PARTS, in, &o->log, &in->ahead, err);
}

/* `option` and what it is called beside its path, in backquotes both. */
static vis_status name_one(const char **path, const vis_io *io, const char *option,
                           const char *option_io, vis_error *err)
{
    if (!io) return VIS_OK;
    if (*path)
        return vis_fail(err, VIS_ERR_USAGE, "%s and %s: give one of them", option, option_io);
    *path = caller_io_name(io, option_io);
    return VIS_OK;
}

#define NAME(option) name_one(&o->option, o->option##_io, "`" #option "`", "`" #option "_io`", err)

vis_status render_inputs_name(vis_render_options *o, vis_error *err)
{
    VIS_TRY(NAME(model));
    VIS_TRY(NAME(audio_encoder));
    VIS_TRY(NAME(audio));
    VIS_TRY(NAME(features));
    return NAME(output);
}

static void begin(render_inputs *in, const vis_render_options *o)
{
    *in = (render_inputs){
        .options = o,
        .checkpoint = {o->model, NULL},
        .speech = {input_path(o->audio), input_path(o->features), {o->audio_encoder, NULL}},
        .audio = SPOOL_NONE,
        .rows = SPOOL_NONE};
    buffer_init(&in->checkpoint_bytes, MODEL_MAX_FILE);
    buffer_init(&in->encoder_bytes, MODEL_MAX_FILE);
}

static vis_status read_checkpoint(const vis_io *io, buffer *bytes, checkpoint_source *from,
                                  vis_error *err)
{
    if (!io) return VIS_OK;
    from->bytes = bytes;
    return caller_io_read(io, from->name, bytes, err);
}

static vis_status read_into(const vis_io *io, spool *bytes, input_file *from, vis_error *err)
{
    if (!io) return VIS_OK;
    vis_status status = caller_io_spool(io, from->name, bytes, err);
    from->path = bytes->path;
    return status;
}

/* All on the caller's thread, before there are others. */
static vis_status read_handed_in(render_inputs *in, vis_error *err)
{
    const vis_render_options *o = in->options;
    VIS_TRY(read_checkpoint(o->model_io, &in->checkpoint_bytes, &in->checkpoint, err));
    VIS_TRY(read_checkpoint(o->audio_encoder_io, &in->encoder_bytes, &in->speech.encoder, err));
    VIS_TRY(read_into(o->audio_io, &in->audio, &in->speech.audio, err));
    return read_into(o->features_io, &in->rows, &in->speech.features, err);
}

vis_status render_inputs_open(const vis_render_options *o, render_inputs *in, vis_error *err)
{
    begin(in, o);
    VIS_TRY(read_handed_in(in, err));
    if (!o->audio_io) VIS_TRY(spooled_pipe_open(o->audio, &in->pipe, err)); /* it is read twice */
    bool speech = o->audio && o->audio_encoder && !o->features;
    VIS_TRY(speech ? open_with_speech(in, err) : open_with_rows(in, err));
    VIS_TRY(beside_collect(in->ahead, CHARACTER, err));
    const character_info *facts = character_facts(in->character->inner);
    if (facts->kind == CHARACTER_CROPS)
        vis_warn(
            &o->log,
            "%s: has only face crops, no full_body_video.mp4: the video will show the crop alone",
            o->character);
    if (o->footage_start < 0 || o->footage_start >= facts->frames)
        return vis_fail(err, VIS_ERR_USAGE, "`footage_start` %d: the footage has frames 0 to %d",
                        o->footage_start, facts->frames - 1);
    return VIS_OK;
}

/* Rows of a file: the recording tells where they are speech. What is wrong with it the sound track
 * says. */
static vis_status give_sound(render_inputs *in, vis_error *err)
{
    speech_reader *sound;
    if (!in->options->features || !in->options->audio) return VIS_OK;
    VIS_TRY(speech_reader_open(in->speech.audio, NULL, &sound, err));
    return feature_source_give_sound(in->features->source, sound, in->fps, err);
}

vis_status render_inputs_sound(render_inputs *in, vis_error *err)
{
    const vis_render_options *o = in->options;
    if (!o->audio) vis_warn(&o->log, "no `audio` was given: the video will have no sound");
    VIS_TRY(beside_collect(in->ahead, SOUND, err));
    return o->no_rest ? VIS_OK : give_sound(in, err);
}

void render_inputs_close(render_inputs *in)
{
    beside_stop(in->ahead);
    soundtrack_close(in->sound);
    vis_character_close(in->character);
    vis_features_close(in->features);
    vis_model_close(in->model);
    beside_free(in->ahead);
    spooled_pipe_release(in->pipe);
    buffer_free(&in->checkpoint_bytes);
    buffer_free(&in->encoder_bytes);
    spool_free(&in->audio);
    spool_free(&in->rows);
}
