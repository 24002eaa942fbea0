/* tests/unit/live/decoder.h - H.264 and VP8 back into pictures, complaints counted.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef LIVE_DECODER_H
#define LIVE_DECODER_H

#include "../cmocka_all.h"

#include <libavcodec/avcodec.h>
#include <math.h>

static inline AVCodecContext *decoder_open_of(enum AVCodecID id)
{
    const AVCodec *codec = avcodec_find_decoder(id);
    AVCodecContext *d = avcodec_alloc_context3(codec);
    d->flags |= AV_CODEC_FLAG_LOW_DELAY;
    d->err_recognition = AV_EF_EXPLODE | AV_EF_CAREFUL | AV_EF_BITSTREAM;
    d->thread_count = 1;
    assert_int_equal(avcodec_open2(d, codec, NULL), 0);
    return d;
}

static inline AVCodecContext *decoder_open(void)
{
    return decoder_open_of(AV_CODEC_ID_H264);
}

/* One unit in, its own picture out, whole. */
static inline void decoder_give(AVCodecContext *d, const uint8_t *bytes, size_t size, AVFrame *out)
{
    AVPacket *p = av_packet_alloc();
    p->data = (uint8_t *)bytes;
    p->size = (int)size;
    assert_int_equal(avcodec_send_packet(d, p), 0);
    assert_int_equal(avcodec_receive_frame(d, out), 0);
    assert_int_equal(out->decode_error_flags, 0);
    assert_false(out->flags & AV_FRAME_FLAG_CORRUPT);
    av_packet_free(&p);
}

/* PSNR of the decoded luma to the luma that stands at the beginning of I420 planes, in dB. */
static inline double decoder_luma_psnr(const AVFrame *f, const uint8_t *i420)
{
    double error = 0;
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            double d = f->data[0][y * f->linesize[0] + x] - i420[y * f->width + x];
            error += d * d;
        }
    error /= f->width * f->height;
    return error == 0 ? 99 : 10 * log10(255.0 * 255.0 / error);
}

#endif
