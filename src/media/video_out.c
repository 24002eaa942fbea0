/* media/video_out.c - pictures and sound into an MP4 file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_out.h"

#include "base/choices.h"
#include "base/file.h"
#include "base/memory.h"
#include "media/caller_io.h"
#include "media/ffmpeg.h"
#include "media/ffmpeg_file.h"
#include "media/mp4_check.h"
#include "media/mp4_finish.h"
#include "media/mp4_gather.h"
#include "media/video_colors.h"
#include "media/video_sound.h"
#include "media/video_xmp.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XMP_LIMIT (1u << 20)
#define FRAGMENT_US 2000000 /* of video in a fragment */
/* x264's pictures depend on how many threads make them, so their number is always the same. Each
 * holds a frame. */
#define ENCODER_THREADS 4

struct video_writer {
    char *path, *temporary;
    const vis_io *sink; /* NULL: the temporary file is renamed to `path`, */
    spool spool;        /* else it is this one, whose bytes go there */
    int hold;           /* of file_hold, or -1 */
    int width, height;  /* as asked for; the coded size is even */
    AVFormatContext *file;
    AVStream *stream; /* belongs to `file` */
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    picture padded; /* the even-sized copy of an odd-sized frame */
    video_sound sound;
    buffer xmp;
    const mp4_seal *seal;
    int64_t frames;
    bool failed;
};

video_writer_options video_writer_defaults(void)
{
    return (video_writer_options){.aspect_num = 1,
                                  .aspect_den = 1,
                                  .primaries = AVCOL_PRI_UNSPECIFIED,
                                  .transfer = AVCOL_TRC_UNSPECIFIED,
                                  .fps_num = 25,
                                  .fps_den = 1,
                                  .crf = 18,
                                  .preset = "veryfast"};
}

vis_status video_check_preset(const char *name, vis_error *err)
{
    if (name && choices_find(VIDEO_PRESETS, name) >= 0) return VIS_OK;
    return choices_fail(VIDEO_PRESETS, "`preset`", name ? name : "\"\"", err);
}

static vis_status check_options(const video_writer_options *o, vis_error *err)
{
    if (!o->path || !*o->path) return vis_fail(err, VIS_ERR_USAGE, "video to write has no path");
    VIS_TRY(picture_check_size(o->width, o->height, o->path, err));
    if (o->fps_num < 1 || o->fps_den < 1 || o->fps_num / o->fps_den > 1000)
        return vis_fail(err, VIS_ERR_USAGE, "%s: frame rate %d/%d; give up to 1000 a second",
                        o->path, o->fps_num, o->fps_den);
    if (o->aspect_num < 1 || o->aspect_den < 1 || o->aspect_num > UINT16_MAX ||
        o->aspect_den > UINT16_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "%s: pixels of %d:%d; give 1 to %d", o->path,
                        o->aspect_num, o->aspect_den, UINT16_MAX);
    if (!(o->crf >= 0 && o->crf <= 51))
        return vis_fail(err, VIS_ERR_USAGE, "`crf` %g: choose 0 (lossless) to 51", o->crf);
    return video_check_preset(o->preset, err);
}

static void set_codec(AVCodecContext *codec, const AVFrame *tags, const video_writer_options *o)
{
    codec->log_level_offset = FFMPEG_QUIET;
    codec->width = tags->width;
    codec->height = tags->height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = (AVRational){o->fps_den, o->fps_num};
    codec->framerate = (AVRational){o->fps_num, o->fps_den};
    codec->sample_aspect_ratio = (AVRational){o->aspect_num, o->aspect_den};
    codec->colorspace = tags->colorspace;
    codec->color_primaries = tags->color_primaries;
    codec->color_trc = tags->color_trc;
    codec->color_range = tags->color_range;
    codec->chroma_sample_location = tags->chroma_location;
    codec->thread_count = ENCODER_THREADS;
}

static vis_status open_codec(video_writer *w, const video_writer_options *o, vis_error *err)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        return vis_fail(err, VIS_ERR_WRITE, "%s: FFmpeg's libraries were built without libx264",
                        w->path);
    w->codec = avcodec_alloc_context3(codec);
    w->frame = av_frame_alloc();
    w->packet = av_packet_alloc();
    if (!w->codec || !w->frame || !w->packet) return vis_fail_memory(err, "the video encoder");
    w->frame->width = (w->width + 1) & ~1;
    w->frame->height = (w->height + 1) & ~1;
    w->frame->format = AV_PIX_FMT_YUV420P;
    video_colors_tag(w->frame, o->primaries, o->transfer);
    set_codec(w->codec, w->frame, o);
    if (w->file->oformat->flags & AVFMT_GLOBALHEADER)
        w->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int rc = av_opt_set(w->codec->priv_data, "preset", o->preset, 0);
    if (rc >= 0) rc = av_opt_set_double(w->codec->priv_data, "crf", o->crf, 0);
    if (rc >= 0) rc = avcodec_open2(w->codec, codec, NULL);
    if (rc < 0)
        return ffmpeg_fail(err, VIS_ERR_WRITE, w->path, "the H.264 encoder does not start", rc);
    /* Without its headers for want of memory it says that all is well, and crashes later. */
    if (w->codec->extradata_size <= 0) return vis_fail_memory(err, "the video encoder");
    if (av_frame_get_buffer(w->frame, 0) < 0) return vis_fail_memory(err, "a video frame");
    return VIS_OK;
}

static vis_status add_video_stream(video_writer *w, const video_writer_options *o, vis_error *err)
{
    w->stream = avformat_new_stream(w->file, NULL);
    if (!w->stream) return vis_fail_memory(err, "the video track");
    VIS_TRY(open_codec(w, o, err));
    w->stream->time_base = w->codec->time_base;
    w->stream->avg_frame_rate = w->codec->framerate;
    w->stream->sample_aspect_ratio = w->codec->sample_aspect_ratio;
    int rc = avcodec_parameters_from_context(w->stream->codecpar, w->codec);
    return rc < 0 ? ffmpeg_fail(err, VIS_ERR_WRITE, w->path, "no video track", rc) : VIS_OK;
}

/* The muxer forgets each fragment when it is written, where it would keep the index of a plain file
 * in memory to the end; mp4_finish makes that file of it. The empty index comes with the first
 * packets, when the muxer knows how picture and sound begin. */
static vis_status set_fragments(video_writer *w, vis_error *err)
{
    void *muxer = w->file->priv_data;
    if (av_opt_set(muxer, "movflags", "+delay_moov+default_base_moof+skip_trailer", 0) < 0 ||
        av_opt_set_int(muxer, "frag_duration", FRAGMENT_US, 0) < 0 ||
        av_opt_set_int(muxer, "movie_timescale", MP4_MOVIE_TICKS, 0) < 0)
        return vis_fail(err, VIS_ERR_WRITE, "%s: FFmpeg's muxer writes no fragments", w->path);
    return VIS_OK;
}

static vis_status open_file(video_writer *w, vis_error *err)
{
    if (!w->sink) file_remove_stale(w->path); /* they may be large */
    int rc = ffmpeg_file_open(&w->file->pb, w->temporary, true);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, w->path, "cannot be written", rc);
    if (!w->sink) w->hold = file_hold(w->temporary);
    VIS_TRY(set_fragments(w, err));
    rc = avformat_write_header(w->file, NULL);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, w->path, "cannot be written", rc);
    return VIS_OK;
}

static vis_status open_all(video_writer *w, const video_writer_options *o, vis_error *err)
{
    w->path = text_copy(o->path, strlen(o->path));
    if (w->sink) VIS_TRY(spool_create(&w->spool, o->path, err));
    w->temporary =
        w->sink ? text_copy(w->spool.path, strlen(w->spool.path)) : file_temporary_name(o->path);
    if (!w->path || !w->temporary) return vis_fail_memory(err, "a video writer");
    if (avformat_alloc_output_context2(&w->file, NULL, "mp4", NULL) < 0)
        return vis_fail_memory(err, "a video writer");
    VIS_TRY(add_video_stream(w, o, err));
    if (o->audio_channels != 0)
        VIS_TRY(video_sound_open(&w->sound, w->file, o->audio_rate, o->audio_channels,
                                 o->audio_bitrate, w->path, err));
    VIS_TRY(video_marks_tag(w->file, &o->marks, err));
    VIS_TRY(video_xmp(&o->marks, &w->xmp, err));
    return open_file(w, err);
}

vis_status video_writer_open(const video_writer_options *options, video_writer **out,
                             vis_error *err)
{
    *out = NULL;
    VIS_TRY(check_options(options, err));
    video_writer *w = calloc(1, sizeof *w);
    if (!w) return vis_fail_memory(err, "a video writer");
    w->width = options->width;
    w->height = options->height;
    w->hold = -1;
    w->sink = options->sink;
    w->seal = options->seal;
    w->spool = SPOOL_NONE;
    buffer_init(&w->xmp, XMP_LIMIT);
    vis_status status = open_all(w, options, err);
    if (status != VIS_OK) {
        video_writer_abort(w);
        return status;
    }
    *out = w;
    return VIS_OK;
}

/* An odd-sized picture with its last column and row doubled, so that both sides are even. */
static vis_status pad(video_writer *w, const picture *p, vis_error *err)
{
    picture *out = &w->padded;
    VIS_TRY(picture_reserve(out, w->frame->width, w->frame->height, err));
    for (int y = 0; y < out->height; y++) {
        int from = y < p->height ? y : p->height - 1;
        uint8_t *row = out->data + (ptrdiff_t)y * out->stride;
        memcpy(row, p->data + (ptrdiff_t)from * p->stride, (size_t)p->width * 3);
        if (out->width > p->width) memcpy(row + 3 * p->width, row + 3 * (p->width - 1), 3);
    }
    return VIS_OK;
}

static vis_status write_frame(video_writer *w, const picture *p, vis_error *err)
{
    if (p->width != w->frame->width || p->height != w->frame->height) {
        VIS_TRY(pad(w, p, err));
        p = &w->padded;
    }
    /* The encoder copies what it keeps, so this frees nothing and copies nothing as a rule. */
    if (av_frame_make_writable(w->frame) < 0) return vis_fail_memory(err, "a video frame");
    video_colors_from_bgr(p, w->frame);
    w->frame->pts = w->frames++;
    return video_encode(w->file, w->stream, w->codec, w->frame, w->packet, w->path, err);
}

static vis_status check_usable(const video_writer *w, vis_error *err)
{
    return w->failed ? vis_fail(err, VIS_ERR_WRITE, "%s: writing failed before", w->path) : VIS_OK;
}

vis_status video_writer_frame(video_writer *w, const picture *p, vis_error *err)
{
    VIS_TRY(check_usable(w, err));
    if (p->width != w->width || p->height != w->height)
        return vis_fail(err, VIS_ERR_USAGE, "%s: frame %lld is %dx%d, the video %dx%d", w->path,
                        (long long)w->frames, p->width, p->height, w->width, w->height);
    vis_status status = write_frame(w, p, err);
    w->failed = status != VIS_OK;
    return status;
}

vis_status video_writer_audio(video_writer *w, const float *interleaved, int64_t frames,
                              vis_error *err)
{
    VIS_TRY(check_usable(w, err));
    if (!w->sound.codec)
        return vis_fail(err, VIS_ERR_USAGE, "%s: opened without a sound track", w->path);
    if (frames < 0)
        return vis_fail(err, VIS_ERR_USAGE, "%s: a negative number of samples", w->path);
    vis_status status =
        video_sound_write(&w->sound, w->file, w->packet, interleaved, frames, w->path, err);
    w->failed = status != VIS_OK;
    return status;
}

/* Each frame of ours is a packet. */
static vis_status check(const video_writer *w, vis_error *err)
{
    const AVDictionaryEntry *comment = av_dict_get(w->file->metadata, "comment", NULL, 0);
    mp4_contents whole = {.tracks = (int)w->file->nb_streams,
                          .packets = {w->frames},
                          .comment = comment ? comment->value : NULL,
                          .seal_size = w->seal ? (int64_t)w->seal->size : 0};
    if (w->sound.codec) whole.packets[1] = w->sound.stream->nb_frames;
    return mp4_check(w->temporary, w->path, &whole, err);
}

/* Flushes the encoders and completes the temporary file. */
static vis_status complete(video_writer *w, vis_error *err)
{
    VIS_TRY(check_usable(w, err));
    if (w->frames == 0)
        return vis_fail(err, VIS_ERR_USAGE, "%s: a video needs at least one frame", w->path);
    VIS_TRY(video_encode(w->file, w->stream, w->codec, NULL, w->packet, w->path, err));
    if (w->sound.codec) VIS_TRY(video_sound_flush(&w->sound, w->file, w->packet, w->path, err));
    int rc = av_write_trailer(w->file);
    if (rc >= 0 && w->file->pb->error < 0) rc = w->file->pb->error;
    int closed = ffmpeg_file_close(&w->file->pb);
    if (rc >= 0) rc = closed;
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, w->path, "cannot be written", rc);
    VIS_TRY(mp4_finish(w->temporary, w->path, w->width, w->height, &w->xmp, w->seal, err));
    return check(w, err);
}

/* Completes the file and gives it its name: the one it was opened for, or one that is free; or
 * gives it away. */
static vis_status finish(video_writer *w, char **name, vis_error *err)
{
    VIS_TRY(complete(w, err));
    if (w->sink) return caller_io_write_spool(w->sink, w->path, &w->spool, err);
    vis_status status = name ? file_commit_new(w->temporary, w->path, name, err)
                             : file_commit(w->temporary, w->path, err);
    free(w->temporary); /* nothing left to remove */
    w->temporary = NULL;
    return status;
}

vis_status video_writer_finish(video_writer *w, vis_error *err)
{
    file_finish_begin();
    vis_status status = finish(w, NULL, err);
    video_writer_abort(w);
    file_finish_end();
    return status;
}

vis_status video_writer_finish_as(video_writer *w, const char *wanted, char **name, vis_error *err)
{
    *name = NULL;
    file_finish_begin();
    free(w->path);
    w->path = text_copy(wanted, strlen(wanted));
    vis_status status = w->path ? finish(w, name, err) : vis_fail_memory(err, "a file name");
    video_writer_abort(w);
    file_finish_end();
    return status;
}

void video_writer_abort(video_writer *w)
{
    if (!w) return;
    if (w->file) ffmpeg_file_close(&w->file->pb);
    if (!w->sink) file_discard(w->temporary);
    spool_free(&w->spool);
    if (w->hold >= 0) close(w->hold);
    avformat_free_context(w->file);
    avcodec_free_context(&w->codec);
    av_frame_free(&w->frame);
    av_packet_free(&w->packet);
    video_sound_close(&w->sound);
    picture_free(&w->padded);
    buffer_free(&w->xmp);
    free(w->path);
    free(w->temporary);
    free(w);
}
