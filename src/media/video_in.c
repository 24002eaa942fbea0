/* media/video_in.c - the frames of a video file as pictures, counted exactly.
 *
 * A frame that a decoder gives is recognised by its presentation time, so that frames which a
 * damaged stream leaves out are noticed, whatever the decoder makes of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_in.h"

#include "base/memory.h"
#include "base/threads.h"
#include "media/ffmpeg_input.h"
#include "media/mp4_boxes.h"
#include "media/picture_codec.h"
#include "media/video_colors.h"
#include "media/video_index.h"
#include "media/video_shape.h"
#include "media/video_tags.h"

#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where opening the file anew failed, `codec` and `input` are empty: it is tried again. */
struct video_reader {
    char *path;
    int threads;
    ffmpeg_input input;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    video_index index;
    video_info info;
    video_colors colors;
    mp4_crop crop;    /* width 0: none */
    picture whole;    /* before cropping and turning */
    picture cropped;  /* before turning */
    int64_t position; /* frame that the next read gives */
    int64_t decoded;  /* frames decoded since the start, for streams without times */
    bool held;        /* `frame` holds frame `held_index`, not delivered yet */
    int64_t held_index;
    bool draining; /* the decoder has all packets */
    bool jumped;   /* decoding did not begin at the file's start */
    bool failed;   /* the decoder refused a packet; only told by when times are missing */
};

static void close_streams(video_reader *r)
{
    avcodec_free_context(&r->codec);
    ffmpeg_input_close(&r->input);
}

/* Everything anew, so that the next packet is the file's first. */
static vis_status restart(video_reader *r, vis_error *err)
{
    close_streams(r);
    av_frame_unref(r->frame);
    r->held = r->draining = r->jumped = r->failed = false;
    r->decoded = 0;
    VIS_TRY(ffmpeg_input_open(&r->input, input_path(r->path), FFMPEG_PICTURES, err));
    return ffmpeg_input_decoder(&r->input, r->path, r->threads, &r->codec, err);
}

static bool has_audio(const AVFormatContext *file)
{
    for (unsigned i = 0; i < file->nb_streams; i++)
        if (file->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) return true;
    return false;
}

static vis_status fail_frame(const video_reader *r, vis_error *err)
{
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: frame %lld (of %lld) is damaged; record or copy it again", r->path,
                    (long long)r->position, (long long)r->index.count);
}

/* Gives the decoder one more packet of the stream, or tells it that there are no more. Packets that
 * it refuses are skipped: their frames will be missed by their times. */
static vis_status feed(video_reader *r, vis_error *err)
{
    int rc;
    while ((rc = av_read_frame(r->input.file, r->packet)) >= 0) {
        bool wanted = r->packet->stream_index == r->input.stream->index;
        if (wanted) rc = avcodec_send_packet(r->codec, r->packet);
        av_packet_unref(r->packet);
        if (wanted && rc == AVERROR(ENOMEM)) return vis_fail_memory(err, "a video frame");
        if (wanted && rc < 0) r->failed = true;
        if (wanted) return VIS_OK;
    }
    if (rc == AVERROR(ENOMEM)) return vis_fail_memory(err, "a video frame");
    r->draining = true;
    avcodec_send_packet(r->codec, NULL);
    return VIS_OK;
}

/* The next frame that the decoder gives and that is one of the stream's, into r->frame; r->held
 * says whether there was one. */
static vis_status decode(video_reader *r, vis_error *err)
{
    r->held = false;
    for (;;) {
        int rc = avcodec_receive_frame(r->codec, r->frame);
        if (rc == AVERROR(EAGAIN)) {
            VIS_TRY(feed(r, err));
            continue;
        }
        if (rc == AVERROR_EOF) return VIS_OK;
        if (rc == AVERROR(ENOMEM)) return vis_fail_memory(err, "a video frame");
        if (rc < 0) {
            r->failed = true;
            if (r->draining) return VIS_OK;
            continue;
        }
        int64_t pts =
            r->frame->pts != AV_NOPTS_VALUE ? r->frame->pts : r->frame->best_effort_timestamp;
        r->held_index = r->index.by_time ? video_index_find(&r->index, pts) : r->decoded++;
        if (r->held_index < 0) continue;
        r->held = true;
        return VIS_OK;
    }
}

static bool frame_is_damaged(const AVFrame *frame)
{
    return (frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags;
}

/* Decodes until r->frame is the one at r->position; false when the stream does not yield it. */
static vis_status reach(video_reader *r, bool *reached, vis_error *err)
{
    *reached = false;
    while (!r->held || r->held_index < r->position) {
        VIS_TRY(decode(r, err));
        if (!r->held) return VIS_OK;
    }
    *reached = r->held_index == r->position && !frame_is_damaged(r->frame) &&
               (r->index.by_time || !r->failed);
    return VIS_OK;
}

/* By exchanging rows and columns? */
static bool is_transposed(const video_info *info)
{
    return info->orientation >= 5;
}

static vis_status fill_info(video_reader *r, vis_error *err)
{
    const AVStream *stream = r->input.stream;
    video_info *info = &r->info;
    AVRational rate = video_index_rate(&r->index, r->input.stream, &info->variable_rate);
    av_reduce(&info->fps_num, &info->fps_den, rate.num, rate.den, INT32_MAX);
    info->frames = r->index.count;
    info->duration = (double)info->frames * info->fps_den / info->fps_num;
    info->has_audio = has_audio(r->input.file);
    int width = stream->codecpar->width, height = stream->codecpar->height;
    VIS_TRY(mp4_crop_read(r->path, width, height, &r->crop, err));
    if (r->crop.width > 0) {
        width = r->crop.width;
        height = r->crop.height;
    }
    info->width = is_transposed(info) ? height : width;
    info->height = is_transposed(info) ? width : height;
    const char *name = avcodec_get_name(stream->codecpar->codec_id);
    strncpy(info->codec, name, sizeof info->codec - 1);
    return VIS_OK;
}

/* Which way up, how wide the pixels, which colours: as the first frame says, or for want of one
 * that can be decoded the stream. */
static vis_status look_at_first(video_reader *r, vis_error *err)
{
    bool reached;
    video_info *info = &r->info;
    VIS_TRY(reach(r, &reached, err));
    video_shape shape;
    VIS_TRY(video_shape_read(r->input.file, r->input.stream, r->held ? r->frame : NULL, r->path,
                             &shape, err));
    info->orientation = shape.orientation;
    info->aspect_num = shape.pixel_aspect.num;
    info->aspect_den = shape.pixel_aspect.den;
    info->primaries = info->transfer = AVCOL_PRI_UNSPECIFIED;
    if (!r->held) return VIS_OK;
    const video_tags *container = &r->input.container;
    video_tags tags = video_tags_of_frame(r->frame);
    char what[96];
    if (video_tags_differ(&tags, container, what, sizeof what))
        snprintf(info->doubt, sizeof info->doubt,
                 "the stream and its container name different colours (%s); the stream's are taken",
                 what);
    VIS_TRY(video_tags_settle(r->frame, container, r->path, err));
    tags = video_tags_of_frame(r->frame);
    bool converted = video_tags_converted(&tags);
    info->primaries = converted ? AVCOL_PRI_BT709 : tags.primaries;
    info->transfer = converted ? AVCOL_TRC_BT709 : tags.transfer;
    return VIS_OK;
}

static vis_status open_all(video_reader *r, vis_error *err)
{
    r->packet = av_packet_alloc();
    r->frame = av_frame_alloc();
    if (!r->path || !r->packet || !r->frame) return vis_fail_memory(err, "a video reader");
    VIS_TRY(ffmpeg_input_open(&r->input, input_path(r->path), FFMPEG_PICTURES, err));
    VIS_TRY(video_tags_check_stream(r->input.stream, r->path, err));
    VIS_TRY(video_index_build(r->input.file, r->input.stream, r->path, &r->index, err));
    VIS_TRY(restart(r, err));
    VIS_TRY(look_at_first(r, err));
    VIS_TRY(fill_info(r, err));
    return picture_check_size(r->info.width, r->info.height, r->path, err);
}

vis_status video_reader_open(const char *path, int threads, video_reader **out, vis_error *err)
{
    *out = NULL;
    video_reader *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a video reader");
    r->path = text_copy(path, strlen(path));
    r->threads = threads > 0 ? threads : thread_default_count();
    vis_status status = open_all(r, err);
    if (status != VIS_OK) {
        video_reader_close(r);
        return status;
    }
    *out = r;
    return VIS_OK;
}

void video_reader_close(video_reader *r)
{
    if (!r) return;
    close_streams(r);
    av_packet_free(&r->packet);
    av_frame_free(&r->frame);
    video_index_free(&r->index);
    video_colors_free(&r->colors);
    picture_free(&r->whole);
    picture_free(&r->cropped);
    free(r->path);
    free(r);
}

const video_info *video_reader_info(const video_reader *r)
{
    return &r->info;
}

int64_t video_reader_position(const video_reader *r)
{
    return r->position;
}

static void copy_rectangle(const picture *source, const mp4_crop *from, picture *out)
{
    for (int y = 0; y < from->height; y++)
        memcpy(out->data + (ptrdiff_t)y * out->stride,
               source->data + (ptrdiff_t)(from->y + y) * source->stride + from->x * 3,
               (size_t)from->width * 3);
}

/* r->frame as the caller gets it: converted, cropped, turned. */
static vis_status convert(video_reader *r, picture *out, vis_error *err)
{
    AVFrame *frame = r->frame;
    int width = is_transposed(&r->info) ? r->info.height : r->info.width;
    int height = is_transposed(&r->info) ? r->info.width : r->info.height;
    /* Decoders that know the clean aperture deliver the cropped size already. */
    bool crop = r->crop.width > 0 && (frame->width != width || frame->height != height);
    if (crop ? frame->width < r->crop.x + width || frame->height < r->crop.y + height
             : frame->width != width || frame->height != height)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: frame %lld is %dx%d, the ones before are %dx%d; one size is needed",
                        r->path, (long long)r->position, frame->width, frame->height, width,
                        height);

    VIS_TRY(video_tags_settle(frame, &r->input.container, r->path, err));
    bool turn = r->info.orientation != 1;
    picture *first = crop ? &r->whole : turn ? &r->cropped : out;
    VIS_TRY(video_colors_to_bgr(&r->colors, frame, r->path, first, err));
    if (crop) {
        picture *second = turn ? &r->cropped : out;
        VIS_TRY(picture_reserve(second, width, height, err));
        copy_rectangle(first, &r->crop, second);
    }
    return turn ? exif_apply(&r->cropped, r->info.orientation, out, err) : VIS_OK;
}

vis_status video_reader_read(video_reader *r, picture *out, bool *got, vis_error *err)
{
    *got = false;
    if (r->position >= r->index.count) return VIS_OK;
    bool reached;
    if (!r->codec) VIS_TRY(restart(r, err)); /* the last one failed */
    VIS_TRY(reach(r, &reached, err));
    if (!reached &&
        r->jumped) { /* the jump may have landed too late; from the start it is certain */
        VIS_TRY(restart(r, err));
        VIS_TRY(reach(r, &reached, err));
    }
    if (!reached) return fail_frame(r, err);
    VIS_TRY(convert(r, out, err));
    r->held = false;
    r->position++;
    *got = true;
    return VIS_OK;
}

vis_status video_reader_seek(video_reader *r, int64_t index, vis_error *err)
{
    if (index < 0 || index >= r->index.count)
        return vis_fail(err, VIS_ERR_USAGE, "%s: frame %lld asked for; the video has %lld", r->path,
                        (long long)index, (long long)r->index.count);
    int64_t from = r->position;
    r->position = index;
    if (!r->codec) return restart(r, err); /* the last one failed */
    bool ahead = index >= from && (!r->held || index >= r->held_index);
    if (!r->index.by_time) return ahead ? VIS_OK : restart(r, err);

    int64_t key = video_index_key_before(&r->index, index);
    if (ahead && (key < 0 || r->index.keys[key] <= r->index.pts[from])) return VIS_OK;
    if (key <= 0) return restart(r, err);
    if (av_seek_frame(r->input.file, r->input.stream->index, r->index.key_dts[key],
                      AVSEEK_FLAG_BACKWARD) < 0)
        return restart(r, err);
    avcodec_flush_buffers(r->codec);
    av_frame_unref(r->frame);
    r->held = r->draining = r->failed = false;
    r->jumped = true;
    return VIS_OK;
}
