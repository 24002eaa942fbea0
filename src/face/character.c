/* face/character.c - a filmed character: its frames, where the face is in each, and what lies
 * beside.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/character.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/memory_limit.h"
#include "base/threads.h"
#include "face/frame_decoder.h"
#include "face/geometry.h"
#include "face/square_smoothing.h"
#include "face/square_statistics.h"
#include "face/squares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CACHE ((size_t)512 << 20) /* at most; a sixteenth of the memory that is free */
#define RATE_TOLERANCE 0.005              /* of the rate: files say 24.97 and mean 25 */
#define FACES_BORDER 4                    /* the inner 320 x 320 lacks this to the padded crop */

struct character {
    character_info info;
    frame_source source;
    schedule schedule;
    plan plan;         /* of readers without a cursor of their own; */
    bool planned;      /* it was announced */
    int (*squares)[4]; /* [source.count] by source frame */
    face_shape shape;
    frame_decoder *decoder;
};

character_options character_defaults(void)
{
    size_t share = memory_left() / 16;
    return (character_options){.cache_bytes = share < DEFAULT_CACHE ? share : DEFAULT_CACHE,
                               .fps = 25};
}

/* Sets *path to folder/name when there is such a file and nothing was found before. */
static vis_status find_file(const char *folder, const char *name, const char **path, vis_error *err)
{
    if (*path) return VIS_OK;
    char *whole = path_join(folder, name);
    if (!whole) return vis_fail_memory(err, "a file name");
    if (path_is_file(whole))
        *path = whole;
    else
        free(whole);
    return VIS_OK;
}

static vis_status find_files(character_info *info, vis_error *err)
{
    const struct {
        const char *name;
        const char **path;
    } files[] = {{"aud_ave.npy", &info->features_ave},
                 {"aud_ave.bin", &info->features_ave},
                 {"aud_hu.npy", &info->features_hubert},
                 {"aud_wenet.npy", &info->features_wenet},
                 {"aud.wav", &info->audio},
                 {"audio.wav", &info->audio},
                 {"crops_328_video.mp4", &info->crops_video},
                 {"rois_320_video.mp4", &info->faces_video},
                 {"face_regions_320.mp4", &info->faces_video},
                 {"model_inputs_video.mp4", &info->masked_video},
                 {"masked_regions_320.mp4", &info->masked_video}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        VIS_TRY(find_file(info->path, files[i].name, files[i].path, err));
    return VIS_OK;
}

/* Sets *path to folder/name when that is a folder. */
static vis_status find_pictures(const char *folder, const char *name, const char **path,
                                vis_error *err)
{
    char *pictures = path_join(folder, name);
    if (!pictures) return vis_fail_memory(err, "a file name");
    if (path_is_folder(pictures))
        *path = pictures;
    else
        free(pictures);
    return VIS_OK;
}

static vis_status refuse_footage(const char *path, vis_error *err)
{
    return vis_fail(err, VIS_ERR_OPEN,
                    "%s: not a character: neither full_body_img/ with landmarks/, nor "
                    "full_body_video.mp4 with crop_rectangles.json, nor a video of crops, nor "
                    "LiveTalking's full_imgs/ with coords.pkl",
                    path);
}

/* Decides the kind and sets info.footage. */
static vis_status find_footage(character_info *info, vis_error *err)
{
    info->kind = CHARACTER_DATASET;
    VIS_TRY(find_pictures(info->path, "full_body_img", &info->footage, err));
    if (info->footage) return VIS_OK;
    info->kind = CHARACTER_PACKAGE;
    VIS_TRY(find_file(info->path, "full_body_video.mp4", &info->footage, err));
    if (info->footage) return VIS_OK;
    info->kind = CHARACTER_AVATAR;
    bool avatar;
    VIS_TRY(avatar_find(info->path, &avatar, err));
    if (avatar) return find_pictures(info->path, AVATAR_PICTURES, &info->footage, err);
    info->kind = CHARACTER_CROPS;
    const char *only = info->crops_video ? info->crops_video : info->faces_video;
    if (!only) return refuse_footage(info->path, err);
    info->footage = text_copy(only, strlen(only));
    return info->footage ? VIS_OK : vis_fail_memory(err, "a file name");
}

/* Source frames an output frame, from the two rates. */
static vis_status time_step(const character *c, const character_options *opt, double *step,
                            vis_error *err)
{
    double recorded = c->source.fps;
    *step = 1;
    if (recorded <= 0 || opt->fps <= 0 || fabs(recorded - opt->fps) <= RATE_TOLERANCE * opt->fps)
        return VIS_OK;
    if (!opt->resample_footage)
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: the footage runs at %.6g frames a second but the output at %.6g; convert "
            "it, or give `resample_footage` to take the frames nearest in time",
            c->info.footage, recorded, opt->fps);
    *step = recorded / opt->fps;
    return VIS_OK;
}

static vis_status open_footage(character *c, const character_options *opt, int threads,
                               vis_error *err)
{
    const character_info *info = &c->info;
    if (info->kind == CHARACTER_DATASET || info->kind == CHARACTER_AVATAR) {
        int digits = info->kind == CHARACTER_AVATAR ? AVATAR_DIGITS : 1;
        VIS_TRY(frame_source_open_pictures(&c->source, info->footage, digits, &opt->log, err));
    } else {
        int border = info->kind == CHARACTER_CROPS && !info->crops_video ? FACES_BORDER : 0;
        VIS_TRY(frame_source_open_video(&c->source, info->footage, border, threads, err));
        const video_info *video = video_reader_info(c->source.reader);
        if (video->doubt[0]) vis_warn(&opt->log, "%s: %s", info->footage, video->doubt);
        if (video->variable_rate)
            vis_warn(&opt->log,
                     "%s: the frames are unevenly spaced in time; they are shown at even intervals",
                     info->footage);
    }
    if (!opt->parsing) return VIS_OK;
    char *parsing = path_join(info->path, "parsing");
    if (!parsing) return vis_fail_memory(err, "a file name");
    vis_status status = frame_source_open_masks(&c->source, parsing, err);
    free(parsing);
    return status;
}

static vis_status open_squares(character *c, const character_options *opt, vis_error *err)
{
    const vis_log *log = &opt->log;
    const frame_source *f = &c->source;
    if (c->info.kind == CHARACTER_CROPS)
        return squares_of_whole_frames(f->count, f->width, f->height, &c->squares, err);
    vis_status status;
    if (c->info.kind == CHARACTER_AVATAR)
        status =
            squares_of_avatar(c->info.path, f->count, f->width, f->height, log, &c->squares, err);
    else
        status = squares_of_folder(c->info.path, c->info.kind == CHARACTER_DATASET, f->count,
                                   f->width, f->height, log, &c->squares, &c->shape, err);
    VIS_TRY(status);
    VIS_TRY(squares_warn((const int(*)[4])c->squares, f->count, f->width, f->height, c->info.path,
                         log, err));
    return opt->smooth ? squares_smooth(c->squares, f->count, opt->smooth, err) : VIS_OK;
}

static vis_status open_parts(character *c, const char *path, const character_options *opt,
                             vis_error *err)
{
    character_info *info = &c->info;
    if (!path_is_folder(path))
        return vis_fail(err, VIS_ERR_OPEN, "%s: %s; a character is a folder", path,
                        path_is_file(path) ? "is a file" : "no such folder");
    info->path = text_copy(path, strlen(path));
    if (!info->path) return vis_fail_memory(err, "a file name");
    VIS_TRY(find_files(info, err));
    VIS_TRY(find_footage(info, err));
    int threads = opt->threads;
    if (threads <= 0) threads = thread_default_count() / 4;
    threads = threads < 1 ? 1 : threads > 64 ? 64 : threads;
    VIS_TRY(open_footage(c, opt, threads, err));
    double step;
    VIS_TRY(time_step(c, opt, &step, err));
    VIS_TRY(open_squares(c, opt, err));
    VIS_TRY(schedule_create(&c->schedule, c->source.count, step, err));
    info->frames = c->schedule.frames;
    info->width = c->source.width;
    info->height = c->source.height;
    info->fps = c->source.fps;
    info->resampled = step != 1;
    return frame_decoder_create(&c->source, &c->schedule, opt->cache_bytes, threads, &c->decoder,
                                err);
}

vis_status character_open(const char *path, const character_options *opt, character **out,
                          vis_error *err)
{
    *out = NULL;
    character_options defaults = character_defaults();
    character *c = calloc(1, sizeof *c);
    if (!c) return vis_fail_memory(err, "a character");
    vis_status status = open_parts(c, path, opt ? opt : &defaults, err);
    if (status != VIS_OK) {
        character_close(c);
        return status;
    }
    *out = c;
    return VIS_OK;
}

void character_close(character *c)
{
    if (!c) return;
    frame_decoder_destroy(c->decoder);
    frame_source_close(&c->source);
    schedule_free(&c->schedule);
    free(c->squares);
    free(c->shape.outline);
    free(c->shape.closed);
    const character_info *info = &c->info;
    const char *texts[] = {
        info->path,        info->footage,     info->features_ave, info->features_hubert,
        info->audio,       info->crops_video, info->faces_video,  info->features_wenet,
        info->masked_video};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)texts[i]);
    free(c);
}

const video_info *character_video(const character *c)
{
    return c->source.reader ? video_reader_info(c->source.reader) : NULL;
}

const character_info *character_facts(const character *c)
{
    return &c->info;
}

void character_rect(const character *c, int n, int rect[4])
{
    memcpy(rect, c->squares[c->schedule.source_of[n]], 4 * sizeof *rect);
}

const face_outline *character_outline(const character *c)
{
    return c->shape.outline;
}

float character_mouth_closed(const character *c, int n)
{
    return c->shape.closed ? c->shape.closed[c->schedule.source_of[n]] : 0;
}

static vis_status set_plan(character *c, plan *p, int first, int64_t begin, int64_t length,
                           vis_error *err)
{
    if (first < 0 || first >= c->info.frames)
        return vis_fail(err, VIS_ERR_USAGE, "first frame %d: the character has the frames 0 to %d",
                        first, c->info.frames - 1);
    if (begin < -1 || length < -1)
        return vis_fail(err, VIS_ERR_USAGE, "a plan cannot begin at %lld or be %lld long",
                        (long long)begin, (long long)length);
    frame_decoder_plan(c->decoder, p, first, begin, length);
    return VIS_OK;
}

static vis_status acquire(character *c, plan *p, int n, const picture **frame, vis_error *err)
{
    *frame = NULL;
    if (n < 0 || n >= c->info.frames)
        return vis_fail(err, VIS_ERR_USAGE, "frame %d: the character has the frames 0 to %d", n,
                        c->info.frames - 1);
    return frame_decoder_acquire(c->decoder, p, n, frame, err);
}

vis_status character_plan(character *c, int first, int64_t begin, int64_t length, vis_error *err)
{
    VIS_TRY(set_plan(c, &c->plan, first, begin, length, err));
    c->planned = true;
    return VIS_OK;
}

vis_status character_frame(character *c, int n, const picture **frame, vis_error *err)
{
    return acquire(c, c->planned ? &c->plan : NULL, n, frame, err);
}

struct character_cursor {
    character *character;
    plan plan;
};

vis_status character_cursor_open(character *c, character_cursor **out, vis_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return vis_fail_memory(err, "a place in the footage");
    (*out)->character = c;
    return VIS_OK;
}

void character_cursor_close(character_cursor *r)
{
    if (!r) return;
    frame_decoder_remove(r->character->decoder, &r->plan);
    free(r);
}

vis_status character_cursor_plan(character_cursor *r, int first, int64_t begin, int64_t length,
                                 vis_error *err)
{
    return set_plan(r->character, &r->plan, first, begin, length, err);
}

void character_cursor_expect(character_cursor *r, int64_t length)
{
    frame_decoder_expect(r->character->decoder, &r->plan, length);
}

vis_status character_cursor_frame(character_cursor *r, int n, const picture **frame, vis_error *err)
{
    return acquire(r->character, &r->plan, n, frame, err);
}

void character_release(character *c, const picture *frame)
{
    frame_decoder_release(c->decoder, frame);
}

const uint8_t *character_parsing(const picture *frame)
{
    return ((const frame_slot *)frame)->keep;
}

static vis_status check_apart_from(const char *folder, const char *name, const char *output,
                                   vis_error *err)
{
    char *path = path_join(folder, name);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = file_check_apart(output, path, err);
    free(path);
    return status;
}

vis_status character_check_apart(const character_info *c, const char *output, vis_error *err)
{
    static const char *const names[] = {"full_body_img", "landmarks", "parsing",
                                        "crop_rectangles.json"};
    const char *inputs[] = {c->footage, c->features_ave, c->features_hubert, c->features_wenet,
                            c->audio,   c->crops_video,  c->faces_video,     c->masked_video};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        VIS_TRY(file_check_apart(output, inputs[i], err));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        VIS_TRY(check_apart_from(c->path, names[i], output, err));
    return VIS_OK;
}
