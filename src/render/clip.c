/* render/clip.c - the pipeline of a clip.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/clip.h"

#include "face/order.h"
#include "render/frame_queue.h"

#include <pthread.h>
#include <stdlib.h>

#define QUEUE_PLACES 4
#define SOUND_CHUNK 4096
/* Speech may outlast its last feature row a little (T + 2 rows, about 40 ms short of the
 * sound); what is beyond this is cut, and said. */
#define SOUND_TAIL_SECONDS 0.5

/* The encoding side: everything here is its thread's alone once it runs. */
typedef struct encoder {
    frame_queue *queue;
    video_writer *writer;
    soundtrack *sound; /* NULL: none */
    int fps;
    float *samples;       /* [SOUND_CHUNK, channels] */
    int64_t frames;       /* written */
    int64_t sound_frames; /* sample frames written */
    bool sound_ended;
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

static void *encoder_main(void *argument)
{
    encoder *e = argument;
    for (const picture *p; e->status == VIS_OK && (p = frame_queue_front(e->queue));) {
        e->status = video_writer_frame(e->writer, p, &e->err);
        frame_queue_pop(e->queue);
        e->frames++;
        if (e->status == VIS_OK) e->status = write_sound(e, (double)e->frames / e->fps, &e->err);
    }
    if (e->status != VIS_OK) frame_queue_refuse(e->queue);
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
    VIS_TRY(frame_queue_create(QUEUE_PLACES, &e->queue, err));
    if (sound) {
        e->samples = malloc(sizeof(float) * SOUND_CHUNK * (size_t)soundtrack_channels(sound));
        if (!e->samples) return vis_fail_memory(err, "the sound track");
    }
    return video_writer_open(video, &e->writer, err);
}

static void encoder_close(encoder *e)
{
    video_writer_abort(e->writer);
    frame_queue_free(e->queue);
    free(e->samples);
}

/* The drawing side. */
typedef struct drawer {
    renderer *renderer;
    character *character;
    window_source *windows;
    float *window;
    const clip_options *options;
    int64_t total; /* frames expected, -1 unknown */
    int64_t done;
} drawer;

static int64_t frames_expected(const feature_source *features, const clip_options *o)
{
    int64_t rows = feature_source_count(features, NULL);
    int64_t left = rows < 0 ? -1 : rows > o->start ? rows - o->start : 0;
    if (o->frames >= 0 && (left < 0 || o->frames < left)) return o->frames;
    return left;
}

static vis_status draw_one(drawer *d, int count, render_frame *frame, vis_error *err)
{
    const clip_options *o = d->options;
    int64_t i = o->start + d->done;
    int footage = footage_index(i, o->footage_first, count);
    int64_t again = footage_next(footage, i + 1, o->footage_first, count);
    bool returns = d->total < 0 || again < o->start + d->total;
    return renderer_draw(d->renderer, footage, returns, d->window, frame, err);
}

/* Draws until the features end, the frame limit, a failure, or the encoder's refusal. */
static vis_status draw_all(drawer *d, frame_queue *queue, vis_error *err)
{
    const clip_options *o = d->options;
    int count = character_facts(d->character)->frames;
    for (; o->frames < 0 || d->done < o->frames; d->done++) {
        bool got;
        VIS_TRY(window_source_next(d->windows, d->window, &got, err));
        if (!got) break;
        render_frame frame;
        VIS_TRY(draw_one(d, count, &frame, err));
        vis_status status;
        if (!frame_queue_push(queue, frame.picture, &status, err)) break;
        VIS_TRY(status);
        if (o->progress && !o->progress(o->progress_user, d->done + 1, d->total))
            return vis_fail(err, VIS_ERR_CANCELLED,
                            "stopped after %lld frames; no file was written",
                            (long long)d->done + 1);
    }
    return VIS_OK;
}

/* Runs both sides to their end; the first failure counts. */
static vis_status run(drawer *d, encoder *e, vis_error *err)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, encoder_main, e) != 0)
        return vis_fail(err, VIS_ERR_MEMORY, "cannot start the encoder's thread");
    vis_status status = draw_all(d, e->queue, err);
    frame_queue_end(e->queue);
    pthread_join(thread, NULL);
    if (status == VIS_OK && e->status != VIS_OK) {
        status = e->status;
        if (err) *err = e->err;
    }
    return status;
}

static vis_status finish(drawer *d, encoder *e, vis_error *err)
{
    const clip_options *o = d->options;
    if (d->done == 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "no frame to render: the features have fewer than %lld rows; lower --start",
                        (long long)o->start + 1);
    bool to_the_end = o->frames < 0 || d->done < o->frames;
    VIS_TRY(write_sound(e, (double)d->done / e->fps + (to_the_end ? SOUND_TAIL_SECONDS : 0), err));
    if (e->sound && to_the_end && !e->sound_ended) {
        int got = 0;
        VIS_TRY(soundtrack_read(e->sound, e->samples, 1, &got, err));
        if (got)
            vis_warn(
                o->log,
                "the speech goes on after the last feature row (%.2f s); the rest of it was cut",
                (double)d->done / e->fps);
    }
    video_writer *writer = e->writer;
    e->writer = NULL;
    return video_writer_finish(writer, err);
}

static vis_status render_parts(drawer *d, encoder *e, renderer *r, character *c,
                               feature_source *features, int window_rows, clip_result *result,
                               vis_error *err)
{
    const clip_options *o = d->options;
    *d = (drawer){
        .renderer = r, .character = c, .options = o, .total = frames_expected(features, o)};
    VIS_TRY(window_source_create(features, window_rows, o->start, &d->windows, err));
    d->window = malloc(sizeof(float) * (size_t)window_source_size(d->windows));
    if (!d->window) return vis_fail_memory(err, "a feature window");
    bool exact;
    feature_source_count(features, &exact);
    VIS_TRY(character_plan(c, o->footage_first, o->start, exact ? d->total : o->frames, err));
    VIS_TRY(run(d, e, err));
    VIS_TRY(finish(d, e, err));
    result->frames = d->done;
    result->silent = feature_source_silent(features);
    return VIS_OK;
}

vis_status clip_render(renderer *r, character *c, feature_source *features, int window_rows,
                       soundtrack *sound, video_writer_options *video, const clip_options *options,
                       clip_result *result, vis_error *err)
{
    *result = (clip_result){0};
    const character_info *facts = character_facts(c);
    video->width = facts->width;
    video->height = facts->height;
    encoder e;
    drawer d = {.options = options};
    vis_status status = encoder_open(&e, sound, video, options->fps, err);
    if (status == VIS_OK) status = render_parts(&d, &e, r, c, features, window_rows, result, err);
    window_source_free(d.windows);
    free(d.window);
    encoder_close(&e);
    return status;
}
