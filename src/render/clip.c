/* render/clip.c - the pipeline of a clip.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/clip.h"

#include "face/order.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Beside the frames being painted: one that waits for a painter, and those painted that wait for
 * the encoder, which takes some in a moment and holds up others. */
#define SPARE_PLACES 3
#define SOUND_CHUNK 4096
/* Speech may outlast its last feature row a little (T + 2 rows, about 40 ms short of the
 * sound); what is beyond this is cut. */
#define SOUND_TAIL_SECONDS 0.5
#define LENGTHS_APART                                                                              \
    0.25 /* seconds by which features and sound that belong together may differ                    \
          */

/* The encoding side: everything here is its thread's alone once it runs. */
typedef struct encoder {
    frame_line *line;
    video_writer *writer;
    soundtrack *sound; /* NULL: none */
    int fps;
    float *samples;       /* [SOUND_CHUNK, channels] */
    int64_t frames;       /* written */
    int64_t sound_frames; /* sample frames written */
    bool sound_ended;
    int64_t outside;     /* frames whose numbers leave [0, 1] a little; the first of them, */
    int64_t outside_at;  /* written before it */
    output_range widest; /* of these */
    vis_status status;
    vis_error err;
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

/* Notes a frame that is cut off when it is painted. */
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

static vis_status encode(encoder *e, const frame_place *place, vis_error *err)
{
    if (place->status != VIS_OK) {
        if (err) *err = place->err;
        return place->status;
    }
    VIS_TRY(video_writer_frame(e->writer, &place->picture, err));
    note_range(e, &place->range);
    e->frames++;
    return write_sound(e, (double)e->frames / e->fps, err);
}

static void *encoder_main(void *argument)
{
    encoder *e = argument;
    for (const frame_place *p; e->status == VIS_OK && (p = frame_line_front(e->line));) {
        e->status = encode(e, p, &e->err);
        if (e->status == VIS_OK) frame_line_pop(e->line);
    }
    if (e->status != VIS_OK) frame_line_stop(e->line);
    return NULL;
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

/* The ordering side. */
typedef struct director {
    crew *painters;
    character *character;
    const feature_source *features;
    window_source *windows;
    frame_line *line;
    const clip_options *options;
    int64_t total;   /* frames expected, -1 unknown */
    int64_t ordered; /* frames; those that failed counted */
    int64_t told;    /* frames that the progress callback knows of */
} director;

static int64_t frames_expected(const feature_source *features, const clip_options *o)
{
    int64_t rows = feature_source_count(features, NULL);
    int64_t left = rows < 0 ? -1 : rows > o->start ? rows - o->start : 0;
    if (o->frames >= 0 && (left < 0 || o->frames < left)) return o->frames;
    return left;
}

/* Fills in the order of the next frame, but for the window; borrows the footage frame. */
static vis_status choose_footage(const director *d, render_order *order, vis_error *err)
{
    const clip_options *o = d->options;
    int count = character_facts(d->character)->frames;
    int64_t i = o->start + d->ordered;
    order->footage = footage_index(i, o->footage_first, count);
    order->returns = d->total < 0 ? KEPT_UNKNOWN
                                  : footage_uses(order->footage, i + 1, o->start + d->total,
                                                 o->footage_first, count);
    return character_frame(d->character, order->footage, &order->filmed, err);
}

/* Orders the next frame; *more false when there is none. What fails here fails in the frame's
 * place, behind the failures of frames before it. */
static void order_one(director *d, frame_place *place, bool *more)
{
    place->status = window_source_next(d->windows, place->window, more, &place->err);
    if (place->status == VIS_OK && !*more) return;
    if (place->status == VIS_OK) place->status = choose_footage(d, &place->order, &place->err);
    *more = place->status == VIS_OK;
    frame_line_order(d->line);
    d->ordered++;
}

/* Tells of every frame up to `done`. */
static vis_status tell_progress(director *d, int64_t done, vis_error *err)
{
    const clip_options *o = d->options;
    while (d->told < done) {
        d->told++;
        if (o->progress && !o->progress(o->progress_user, d->told, d->total))
            return vis_fail(err, VIS_ERR_CANCELLED,
                            "stopped after %lld frames; no file was written", (long long)d->told);
    }
    return VIS_OK;
}

/* Orders frames until the features end, the frame limit, a failure, or a cancellation; then waits
 * for those under way. */
static vis_status order_all(director *d, vis_error *err)
{
    const clip_options *o = d->options;
    for (bool more = true; more && (o->frames < 0 || d->ordered < o->frames);) {
        frame_place *place = frame_line_begin(d->line);
        if (!place) return VIS_OK;
        VIS_TRY(tell_progress(d, frame_line_done(d->line, -1), err));
        order_one(d, place, &more);
    }
    frame_line_end(d->line);
    while (d->told < d->ordered) {
        int64_t done = frame_line_done(d->line, d->told);
        if (done == d->told) break; /* stopped */
        VIS_TRY(tell_progress(d, done, err));
    }
    return VIS_OK;
}

/* Runs all sides to their end; a cancellation counts before failures. */
static vis_status run(director *d, encoder *e, vis_error *err)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, encoder_main, e) != 0)
        return vis_fail(err, VIS_ERR_MEMORY, "cannot start the encoder's thread");
    vis_status status = crew_start(d->painters, d->line, err);
    if (status == VIS_OK) status = order_all(d, err);
    if (status != VIS_OK) frame_line_stop(d->line);
    crew_join(d->painters);
    pthread_join(thread, NULL);
    if (status == VIS_OK && e->status != VIS_OK) {
        status = e->status;
        if (err) *err = e->err;
    }
    return status;
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
static vis_status compare_lengths(const director *d, encoder *e, bool to_the_end, vis_error *err)
{
    if (!e->sound || (!e->sound_ended && !to_the_end)) return VIS_OK;
    bool cut = !e->sound_ended;
    VIS_TRY(drain_sound(e, err));
    int64_t rows = feature_source_count(d->features, NULL);
    int64_t last = d->options->start + d->ordered;
    if (rows < last) rows = last; /* unknown until now */
    double sound = soundtrack_seconds(e->sound), features = (double)rows / e->fps;
    bool longer = (double)last / e->fps > sound + LENGTHS_APART;
    if (!longer && (!to_the_end || sound <= features + LENGTHS_APART)) return VIS_OK;
    vis_warn(
        d->options->log,
        "the features last %.2f s (%lld rows, %d a second) but the sound %.2f s (%.0f rows)%s; "
        "make the features of this very sound (HuBERT's and WeNet's of 16 kHz, one channel)",
        features, (long long)rows, e->fps, sound, sound * e->fps,
        longer ? ": the end of the video has no sound"
        : cut  ? ": the rest of the sound was cut"
               : "");
    return VIS_OK;
}

static vis_status finish(director *d, encoder *e, vis_error *err)
{
    const clip_options *o = d->options;
    if (d->ordered == 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "no frame to render: the features have fewer than %lld rows; lower --start",
                        (long long)o->start + 1);
    bool to_the_end = o->frames < 0 || d->ordered < o->frames;
    window_warn_fewer(o->log, d->ordered, o->frames);
    warn_range(e, o);
    VIS_TRY(
        write_sound(e, (double)d->ordered / e->fps + (to_the_end ? SOUND_TAIL_SECONDS : 0), err));
    VIS_TRY(compare_lengths(d, e, to_the_end, err));
    return finish_file(e, err);
}

/* What becomes of the frames before the one that could not be made; adds it to the message. Where
 * writing failed they are lost: a full disk has no room for the rest of a file either. */
static void keep_partial(const director *d, encoder *e, vis_status failed, clip_result *result,
                         vis_error *err)
{
    const clip_options *o = d->options;
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
    vis_fail(err, failed,
             "%s; %s is what there is so far, %lld frame%s (%.2f s); go on with --start %lld and "
             "another --output",
             first.message, name, (long long)e->frames, e->frames == 1 ? "" : "s",
             (double)e->frames / e->fps, (long long)(o->start + e->frames));
    free(name);
}

static vis_status render_parts(director *d, encoder *e, feature_source *features, int window_rows,
                               clip_result *result, vis_error *err)
{
    const clip_options *o = d->options;
    d->features = features;
    d->total = frames_expected(features, o);
    VIS_TRY(window_source_create(features, window_rows, o->start, &d->windows, err));
    VIS_TRY(frame_line_create(crew_size(d->painters) + SPARE_PLACES, window_source_size(d->windows),
                              &d->line, err));
    e->line = d->line;
    bool exact;
    feature_source_count(features, &exact);
    VIS_TRY(character_plan(d->character, o->footage_first, o->start, exact ? d->total : o->frames,
                           err));
    if (!exact) character_expect(d->character, d->total);
    VIS_TRY(run(d, e, err));
    VIS_TRY(finish(d, e, err));
    result->frames = d->ordered;
    result->silent = feature_source_silent(features);
    return VIS_OK;
}

static void director_close(director *d)
{
    if (d->line) { /* orders that nobody took */
        frame_place *place;
        for (int i = 0; (place = frame_line_place(d->line, i)); i++)
            character_release(d->character, place->order.filmed);
    }
    frame_line_free(d->line);
    window_source_free(d->windows);
}

vis_status clip_render(crew *painters, character *c, feature_source *features, int window_rows,
                       soundtrack *sound, video_writer_options *video, const clip_options *options,
                       clip_result *result, vis_error *err)
{
    *result = (clip_result){0};
    const character_info *facts = character_facts(c);
    video->width = facts->width;
    video->height = facts->height;
    const video_info *footage = character_video(c);
    if (footage) {
        video->aspect_num = footage->aspect_num;
        video->aspect_den = footage->aspect_den;
        video->primaries = footage->primaries;
        video->transfer = footage->transfer;
    }
    encoder e;
    director d = {.painters = painters, .character = c, .options = options};
    vis_status status = encoder_open(&e, sound, video, options->fps, err);
    if (status == VIS_OK) status = render_parts(&d, &e, features, window_rows, result, err);
    if (status != VIS_OK) keep_partial(&d, &e, status, result, err);
    director_close(&d);
    encoder_close(&e);
    return status;
}
