/* stream/clip.c - from the stream into the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/clip.h"

#include "audio/window.h"

#include <stdlib.h>
#include <string.h>

#define SOUND_CHUNK 4096
/* Speech may outlast its last feature row a little (T + 2 rows, about 40 ms short of the
 * sound); what is beyond this is cut. */
#define SOUND_TAIL_SECONDS 0.5
/* Seconds by which features and sound that belong together may differ. */
#define LENGTHS_APART 0.25

typedef struct encoder {
    video_writer *writer;
    soundtrack *sound; /* NULL: none */
    int fps;
    float *samples;       /* [SOUND_CHUNK, channels] */
    int64_t frames;       /* written */
    int64_t sound_frames; /* sample frames written */
    bool sound_ended;
    int64_t rested;      /* of those frames */
    int64_t outside;     /* frames whose numbers leave [0, 1] a little; the first of them, */
    int64_t outside_at;  /* written before it */
    output_range widest; /* of these */
} encoder;

/* Writes sound up to the time `seconds`. */
static vis_status write_sound(encoder *e, double seconds, vis_error *err)
{
    if (!e->sound) return VIS_OK;
    int64_t wanted = (int64_t)(seconds * soundtrack_rate(e->sound) + 0.5);
    while (e->sound_frames < wanted && !e->sound_ended) {
        int64_t missing = wanted - e->sound_frames;
        int got;
        VIS_TRY(soundtrack_read(e->sound, e->samples,
                                missing < SOUND_CHUNK ? (int)missing : SOUND_CHUNK, &got, err));
        e->sound_ended = got == 0;
        VIS_TRY(video_writer_audio(e->writer, e->samples, got, err));
        e->sound_frames += got;
    }
    return VIS_OK;
}

/* Notes a frame whose numbers are clamped. */
static void note_range(encoder *e, const output_range *r)
{
    if (!output_range_leaves(r)) return;
    if (e->outside++ == 0) {
        e->outside_at = e->frames;
        e->widest = *r;
    }
    if (r->min < e->widest.min) e->widest.min = r->min;
    if (r->max > e->widest.max) e->widest.max = r->max;
}

static void warn_range(const encoder *e, const clip_options *o)
{
    if (e->outside)
        vis_warn(o->log,
                 "the network paints %lld frame%s, the first of them %lld, with numbers from %g to "
                 "%g; what leaves [0, 1] is cut off (is its sigmoid missing?)",
                 (long long)e->outside, e->outside == 1 ? "" : "s",
                 (long long)o->start + (long long)e->outside_at, (double)e->widest.min,
                 (double)e->widest.max);
}

static vis_status encode(encoder *e, const stream_frame *f, vis_error *err)
{
    VIS_TRY(video_writer_frame(e->writer, &f->picture, err));
    note_range(e, &f->range);
    e->rested += f->spoken == 0;
    e->frames++;
    return write_sound(e, (double)e->frames / e->fps, err);
}

static vis_status encoder_open(encoder *e, soundtrack *sound, video_writer_options *video, int fps,
                               vis_error *err)
{
    *e = (encoder){.sound = sound, .fps = fps};
    video->fps_num = fps;
    video->fps_den = 1;
    video->audio_rate = sound ? soundtrack_rate(sound) : 0;
    video->audio_channels = sound ? soundtrack_channels(sound) : 0;
    if (sound) {
        e->samples = malloc(sizeof(float) * SOUND_CHUNK * (size_t)soundtrack_channels(sound));
        if (!e->samples) return vis_fail_memory(err, "the sound track");
    }
    return video_writer_open(video, &e->writer, err);
}

static void encoder_close(encoder *e)
{
    video_writer_abort(e->writer);
    free(e->samples);
}

/* Frame by frame, until the features end, the frame limit, a failure, or a cancellation. */
static vis_status encode_all(stream *s, encoder *e, const clip_options *o, vis_error *err)
{
    for (;;) {
        stream_frame *f;
        VIS_TRY(stream_pull(s, -1, &f, err));
        if (!f) return VIS_OK;
        vis_status status = encode(e, f, err);
        frame_release(f);
        VIS_TRY(status);
        if (o->progress && !o->progress(o->progress_user, e->frames, stream_total(s)))
            return vis_fail(err, VIS_ERR_CANCELLED,
                            "stopped after %lld frames; no file was written", (long long)e->frames);
    }
}

static vis_status finish_file(encoder *e, vis_error *err)
{
    video_writer *writer = e->writer;
    e->writer = NULL;
    return video_writer_finish(writer, err);
}

/* Reads what is left of the sound, to know how long it is. */
static vis_status drain_sound(encoder *e, vis_error *err)
{
    for (int got; !e->sound_ended; e->sound_ended = got == 0)
        VIS_TRY(soundtrack_read(e->sound, e->samples, SOUND_CHUNK, &got, err));
    return VIS_OK;
}

/* Features and sound that last unequally long are not of the same speech, most often: warns, once
 * the sound up to the last frame is written. Sound that goes on where the frame limit ended the
 * work is as it should be. */
static vis_status compare_lengths(const feature_source *features, encoder *e, const clip_options *o,
                                  bool to_the_end, vis_error *err)
{
    if (!e->sound || (!e->sound_ended && !to_the_end)) return VIS_OK;
    bool cut = !e->sound_ended;
    VIS_TRY(drain_sound(e, err));
    int64_t rows = feature_source_count(features, NULL), last = o->start + e->frames;
    if (rows < last) rows = last; /* unknown until now */
    double sound = soundtrack_seconds(e->sound), heard = (double)rows / e->fps;
    bool longer = (double)last / e->fps > sound + LENGTHS_APART;
    if (!longer && (!to_the_end || sound <= heard + LENGTHS_APART)) return VIS_OK;
    vis_warn(
        o->log,
        "the features last %.2f s (%lld rows, %d a second) but the sound %.2f s (%.0f rows)%s; "
        "make the features of this very sound (HuBERT's and WeNet's of 16 kHz, one channel)",
        heard, (long long)rows, e->fps, sound, sound * e->fps,
        longer ? ": the end of the video has no sound"
        : cut  ? ": the rest of the sound was cut"
               : "");
    return VIS_OK;
}

static vis_status finish(const feature_source *features, encoder *e, const clip_options *o,
                         vis_error *err)
{
    if (e->frames == 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "no frame to render: the features have fewer than %lld rows; lower `start`",
                        (long long)o->start + 1);
    bool to_the_end = o->frames < 0 || e->frames < o->frames;
    window_warn_fewer(o->log, e->frames, o->frames);
    warn_range(e, o);
    VIS_TRY(
        write_sound(e, (double)e->frames / e->fps + (to_the_end ? SOUND_TAIL_SECONDS : 0), err));
    VIS_TRY(compare_lengths(features, e, o, to_the_end, err));
    return finish_file(e, err);
}

/* What becomes of the frames before the one that could not be made; adds it to the message. Where
 * writing failed they are lost: a full disk has no room for the rest of a file either. */
static void save_partial(encoder *e, const clip_options *o, vis_status failed, clip_result *result,
                         vis_error *err)
{
    if (!o->partial || failed == VIS_ERR_WRITE || !e->writer || e->frames == 0) return;
    vis_error first = {0}, second = {0};
    if (failed == VIS_ERR_CANCELLED || !err)
        strcpy(first.message, "stopped");
    else
        first = *err;
    char *name;
    video_writer *writer = e->writer;
    e->writer = NULL;
    if (video_writer_finish_as(writer, o->partial, &name, &second) != VIS_OK) {
        vis_fail(err, failed, "%s; the %lld frames before could not be kept: %s", first.message,
                 (long long)e->frames, second.message);
        return;
    }
    result->frames = e->frames;
    result->rested = e->rested;
    vis_fail(err, failed,
             "%s; %s is what there is so far, %lld frame%s (%.2f s); go on with `start` %lld and "
             "another `output`",
             first.message, name, (long long)e->frames, e->frames == 1 ? "" : "s",
             (double)e->frames / e->fps, (long long)(o->start + e->frames));
    free(name);
}

static vis_status render_parts(stream *s, encoder *e, feature_source *features,
                               const clip_options *o, clip_result *result, vis_error *err)
{
    VIS_TRY(stream_hear(s, features, err));
    VIS_TRY(encode_all(s, e, o, err));
    VIS_TRY(finish(features, e, o, err));
    result->frames = e->frames;
    result->rested = e->rested;
    result->silent = feature_source_silent(features);
    return VIS_OK;
}

/* As the footage is: its size, and what it says of itself. */
static void describe_picture(character *c, video_writer_options *video)
{
    const character_info *facts = character_facts(c);
    const video_info *footage = character_video(c);
    video->width = facts->width;
    video->height = facts->height;
    if (!footage) return;
    video->aspect_num = footage->aspect_num;
    video->aspect_den = footage->aspect_den;
    video->primaries = footage->primaries;
    video->transfer = footage->transfer;
}

vis_status clip_render(scene *sc, feature_source *features, soundtrack *sound,
                       video_writer_options *video, const clip_options *options,
                       clip_result *result, vis_error *err)
{
    const stream_options how = {.start = options->start,
                                .frames = options->frames,
                                .footage_first = options->footage_first,
                                .rest = options->rest,
                                .look_ahead = -1,
                                .label = options->label};
    encoder e;
    stream *s = NULL;
    *result = (clip_result){0};
    describe_picture(scene_character(sc), video);
    vis_status status = encoder_open(&e, sound, video, options->fps, err);
    if (status == VIS_OK) status = stream_create(sc, &how, &s, err);
    if (status == VIS_OK) status = render_parts(s, &e, features, options, result, err);
    if (status != VIS_OK) save_partial(&e, options, status, result, err);
    stream_free(s);
    encoder_close(&e);
    return status;
}
