/* live/video_encoder.c - libx264 and libvpx through libavcodec.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/video_encoder.h"

#include "live/yuv.h"
#include "media/ffmpeg.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Quality by crf; the rate bounds what a picture full of change may take, and the buffer, half a
 * second of it, how long one picture holds up the next. */
#define CRF "23"
#define VP8_CRF 10 /* of 63; looks alike */
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define BITS_PER_PIXEL 0.40
#define MIN_RATE 600000
#define BUFFER_SECONDS 0.5

/* libavcodec tells libvpx no other rate than that it began with: it begins anew, where the bound went
 * this far away from that. */
#define STEP_DOWN 0.85
#define STEP_UP 1.5

struct video_encoder {
    video_kind kind;
    AVCodecContext *codec;
    AVPacket *packet;
    yuv picture;
    int fps;
    int64_t frames;
    int64_t best_rate, bound; /* bits a second */
    int64_t opened;           /* the bound that VP8 began with */
};

static void set_rate(AVCodecContext *codec, int64_t rate)
{
    codec->rc_max_rate = rate;
    codec->rc_buffer_size = (int)((double)rate * BUFFER_SECONDS);
}

static void set_codec(AVCodecContext *codec, const AVFrame *tags, int fps)
{
    codec->log_level_offset = FFMPEG_QUIET;
    codec->width = tags->width;
    codec->height = tags->height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = (AVRational){1, fps};
    codec->framerate = (AVRational){fps, 1};
    codec->colorspace = tags->colorspace;
    codec->color_primaries = tags->color_primaries;
    codec->color_trc = tags->color_trc;
    codec->color_range = tags->color_range;
    codec->chroma_sample_location = tags->chroma_location;
    codec->thread_count = 1;
    codec->max_b_frames = 0;
    codec->gop_size = VIDEO_KEY_SECONDS * fps;
}

/* A kind of video, and what its encoder is told. */
typedef struct encoder_kind {
    const char *encoder;
    const char *options[8][2];
} encoder_kind;

static const encoder_kind kinds[VIDEO_KINDS] = {
    [VIDEO_H264] = {"libx264",
                    {{"preset", "superfast"},
                     {"tune", "zerolatency"},
                     {"profile", "baseline"},
                     {"crf", CRF},
                     {"forced-idr", "1"},
                     {"aud", "1"},
                     {"x264-params", "scenecut=0"}}},
    [VIDEO_VP8] = {"libvpx",
                   {{"deadline", "realtime"},
                    {"cpu-used", "8"},
                    {"lag-in-frames", "0"},
                    {"auto-alt-ref", "0"},
                    {"error-resilient", "default"}}},
};

static int set_options(void *codec, const encoder_kind *k)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof k->options / sizeof k->options[0] && rc >= 0; i++)
        if (k->options[i][0]) rc = av_opt_set(codec, k->options[i][0], k->options[i][1], 0);
    return rc;
}

/* By quality where there is no bound, at half the best rate on average; else the rate is constant, but
 * no picture better than that. */
static int set_vp8_rate(video_encoder *e)
{
    AVCodecContext *codec = e->codec;
    int64_t average = e->best_rate / 2;
    e->opened = e->bound;
    codec->bit_rate = e->bound < average ? e->bound : average;
    if (e->bound == e->best_rate) return av_opt_set(codec->priv_data, "crf", TEXT(VP8_CRF), 0);
    set_rate(codec, codec->bit_rate);
    codec->rc_min_rate = codec->bit_rate;
    codec->qmin = VP8_CRF;
    return 0;
}

static vis_status open_codec(video_encoder *e, vis_error *err)
{
    const encoder_kind *k = &kinds[e->kind];
    const AVCodec *codec = avcodec_find_encoder_by_name(k->encoder);
    if (!codec)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "FFmpeg's libraries were built without %s",
                        k->encoder);
    e->codec = avcodec_alloc_context3(codec);
    if (!e->codec) return vis_fail_memory(err, "the video encoder");
    set_codec(e->codec, e->picture.frame, e->fps);
    set_rate(e->codec, e->bound);
    int rc = set_options(e->codec->priv_data, k);
    if (rc >= 0 && e->kind == VIDEO_VP8) rc = set_vp8_rate(e);
    if (rc >= 0) rc = avcodec_open2(e->codec, codec, NULL);
    return rc < 0 ? ffmpeg_fail(err, VIS_ERR_UNSUPPORTED, "live video",
                                "the video encoder does not start", rc)
                  : VIS_OK;
}

static vis_status open_all(video_encoder *e, int width, int height, vis_error *err)
{
    VIS_TRY(yuv_open(&e->picture, width, height, err));
    const AVFrame *f = e->picture.frame;
    double rate = BITS_PER_PIXEL * f->width * f->height * e->fps;
    e->best_rate = e->bound = (int64_t)(rate < MIN_RATE ? MIN_RATE : rate);
    e->packet = av_packet_alloc();
    if (!e->packet) return vis_fail_memory(err, "the video encoder");
    return open_codec(e, err);
}

vis_status video_encoder_open(video_kind kind, int width, int height, int fps, video_encoder **out,
                              vis_error *err)
{
    *out = NULL;
    video_encoder *e = calloc(1, sizeof *e);
    if (!e) return vis_fail_memory(err, "the video encoder");
    e->kind = kind;
    e->fps = fps;
    vis_status status = open_all(e, width, height, err);
    if (status == VIS_OK)
        *out = e;
    else
        video_encoder_close(e);
    return status;
}

bool video_encoder_has_vp8(void)
{
    return avcodec_find_encoder_by_name(kinds[VIDEO_VP8].encoder) != NULL;
}

video_kind video_encoder_kind(const video_encoder *e)
{
    return e->kind;
}

void video_encoder_close(video_encoder *e)
{
    if (!e) return;
    avcodec_free_context(&e->codec);
    av_packet_free(&e->packet);
    yuv_close(&e->picture);
    free(e);
}

void video_encoder_bound(video_encoder *e, int64_t rate)
{
    e->bound = rate > 0 && rate < e->best_rate ? rate : e->best_rate;
}

static bool is_far(const video_encoder *e)
{
    double change = (double)e->bound / (double)e->opened;
    return change < STEP_DOWN || change > STEP_UP || (change > 1 && e->bound == e->best_rate);
}

/* libx264 takes what has changed with the next picture. */
static vis_status follow_bound(video_encoder *e, bool *key, vis_error *err)
{
    if (e->kind == VIDEO_H264) {
        set_rate(e->codec, e->bound);
    } else if (is_far(e)) {
        avcodec_free_context(&e->codec);
        *key = true;
        VIS_TRY(open_codec(e, err));
    }
    return VIS_OK;
}

vis_status video_encoder_frame(video_encoder *e, const uint8_t *pixels, int stride, bool key,
                               live_bytes **unit, bool *is_key, vis_error *err)
{
    *unit = NULL;
    if (!e->codec) return vis_fail(err, VIS_ERR_INTERNAL, "the video encoder failed before");
    VIS_TRY(follow_bound(e, &key, err));
    VIS_TRY(yuv_convert(&e->picture, pixels, stride, err));
    AVFrame *frame = e->picture.frame;
    frame->pts = e->frames++;
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    int rc = avcodec_send_frame(e->codec, frame);
    if (rc >= 0) rc = avcodec_receive_packet(e->codec, e->packet);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_INTERNAL, "live video", "cannot encode", rc);
    *is_key = e->packet->flags & AV_PKT_FLAG_KEY;
    *unit = live_bytes_new((size_t)e->packet->size);
    if (*unit) memcpy((*unit)->data, e->packet->data, (*unit)->size);
    av_packet_unref(e->packet);
    return *unit ? VIS_OK : vis_fail_memory(err, "a picture of video");
}

void video_encoder_codec(const live_bytes *unit, char name[VIDEO_CODEC_NAME])
{
    const uint8_t *b = unit->data;
    name[0] = 0;
    for (size_t i = 0; i + 6 < unit->size && !name[0]; i++)
        if (b[i] == 0 && b[i + 1] == 0 && b[i + 2] == 1 && (b[i + 3] & 31) == 7)
            snprintf(name, VIDEO_CODEC_NAME, "avc1.%02x%02x%02x", b[i + 4], b[i + 5], b[i + 6]);
}
