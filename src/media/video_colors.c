/* media/video_colors.c - between BGR pictures and the colour formats of video.
 *
 * Anything that was filmed comes in through libswscale, whose own defaults are BT.601 for everything,
 * chroma samples in the middle and fast rounding, so all three are set here. What goes out is always
 * yuv420p, in one of two matrices: that is done here, rounded to nearest, several times faster, and
 * the same whatever libswscale is installed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_colors.h"

#include "media/pixel_rows.h"
#include "media/video_tags.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SWS_FLAGS (SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP)

void video_colors_free(video_colors *c)
{
    sws_freeContext(c->sws);
    video_light_free(c->light);
    free(c->deep);
    memset(c, 0, sizeof *c);
}

/* FFmpeg's deprecated full-range formats, by their modern names. */
static int plain_format(int format, bool *full_range)
{
    static const int pairs[][2] = {
        {AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P}, {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
        {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P}, {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
        {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i][0] == format) {
            *full_range = true;
            return pairs[i][1];
        }
    return format;
}

/* libswscale's number for a matrix, -1 when it has none. */
static int sws_matrix(int matrix, int height)
{
    switch (matrix) {
    case AVCOL_SPC_BT709:
        return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
        return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
        return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
        return SWS_CS_BT2020;
    case AVCOL_SPC_RGB: /* no matrix; the number is not used */
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_RESERVED:
        return height >= VIDEO_HD_HEIGHT ? SWS_CS_ITU709 : SWS_CS_ITU601;
    default:
        return -1;
    }
}

/* Where the chroma sample of a 2x2 block lies, in 1/256 of a luma pixel from the first one. */
static void chroma_position(int location, int *x, int *y)
{
    *x = location == AVCHROMA_LOC_CENTER || location == AVCHROMA_LOC_TOP ||
                 location == AVCHROMA_LOC_BOTTOM
             ? 128
             : 0;
    *y = location == AVCHROMA_LOC_TOPLEFT || location == AVCHROMA_LOC_TOP         ? 0
         : location == AVCHROMA_LOC_BOTTOMLEFT || location == AVCHROMA_LOC_BOTTOM ? 256
                                                                                  : 128;
}

/* From the frame's format to `rgb`. */
static bool set_options(struct SwsContext *sws, const AVFrame *frame, int format, int rgb)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    bool ok = desc && av_opt_set_int(sws, "srcw", frame->width, 0) >= 0 &&
              av_opt_set_int(sws, "srch", frame->height, 0) >= 0 &&
              av_opt_set_int(sws, "dstw", frame->width, 0) >= 0 &&
              av_opt_set_int(sws, "dsth", frame->height, 0) >= 0 &&
              av_opt_set_int(sws, "src_format", format, 0) >= 0 &&
              av_opt_set_int(sws, "dst_format", rgb, 0) >= 0 &&
              av_opt_set_int(sws, "sws_flags", SWS_FLAGS, 0) >= 0;
    if (!ok) return false;
    int x, y;
    chroma_position(frame->chroma_location, &x, &y);
    if (desc->log2_chroma_w == 1) ok = av_opt_set_int(sws, "src_h_chr_pos", x, 0) >= 0;
    if (ok && desc->log2_chroma_h == 1) ok = av_opt_set_int(sws, "src_v_chr_pos", y, 0) >= 0;
    return ok;
}

static bool is_ready(const video_colors *c, const AVFrame *frame)
{
    return c->sws && c->width == frame->width && c->height == frame->height &&
           c->format == frame->format && c->matrix == (int)frame->colorspace &&
           c->range == (int)frame->color_range && c->location == (int)frame->chroma_location &&
           c->primaries == (int)frame->color_primaries && c->transfer == (int)frame->color_trc;
}

/* What a conversion of light needs beside libswscale's. */
static vis_status prepare_light(video_colors *c, const AVFrame *frame, vis_error *err)
{
    size_t samples = (size_t)frame->width * (size_t)frame->height * 3;
    c->deep = malloc(samples * sizeof *c->deep);
    if (!c->deep) return vis_fail_memory(err, "a colour conversion");
    return video_light_create(frame->color_primaries, frame->color_trc, &c->light, err);
}

static vis_status prepare(video_colors *c, const AVFrame *frame, const char *name, vis_error *err)
{
    if (is_ready(c, frame)) return VIS_OK;
    video_colors_free(c);
    bool full_range = frame->color_range == AVCOL_RANGE_JPEG;
    int format = plain_format(frame->format, &full_range);
    int matrix = sws_matrix(frame->colorspace, frame->height);
    const char *format_name = av_get_pix_fmt_name(frame->format);
    const char *matrix_name = av_color_space_name(frame->colorspace);
    if (!sws_isSupportedInput(format) || matrix < 0)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: colour format %s with matrix %s cannot be converted", name,
                        format_name ? format_name : "?", matrix_name ? matrix_name : "?");
    video_tags tags = video_tags_of_frame(frame);
    bool light = video_tags_converted(&tags);
    if (light) VIS_TRY(prepare_light(c, frame, err));
    struct SwsContext *sws = sws_alloc_context();
    if (!sws) return vis_fail_memory(err, "a colour conversion");
    const int *coefficients = sws_getCoefficients(matrix);
    int rgb = light ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_BGR24;
    int rc = set_options(sws, frame, format, rgb) ? 0 : AVERROR(EINVAL);
    if (rc >= 0) {
        /* Before the context is made ready, so that it chooses its code by them. */
        sws_setColorspaceDetails(sws, coefficients, full_range, coefficients, 1, 0, 1 << 16,
                                 1 << 16);
        rc = sws_init_context(sws, NULL, NULL);
    }
    if (rc >= 0)
        sws_setColorspaceDetails(sws, coefficients, full_range, coefficients, 1, 0, 1 << 16,
                                 1 << 16);
    if (rc < 0) {
        sws_freeContext(sws);
        if (rc == AVERROR(ENOMEM)) return vis_fail_memory(err, "a colour conversion");
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: colour format %s cannot be converted", name,
                        format_name ? format_name : "?");
    }
    c->sws = sws;
    c->width = frame->width;
    c->height = frame->height;
    c->format = frame->format;
    c->matrix = frame->colorspace;
    c->range = frame->color_range;
    c->location = frame->chroma_location;
    c->primaries = frame->color_primaries;
    c->transfer = frame->color_trc;
    return VIS_OK;
}

vis_status video_colors_to_bgr(video_colors *c, const AVFrame *frame, const char *name,
                               picture *out, vis_error *err)
{
    VIS_TRY(prepare(c, frame, name, err));
    VIS_TRY(picture_reserve(out, frame->width, frame->height, err));
    uint8_t *planes[4] = {c->light ? (uint8_t *)c->deep : out->data};
    int strides[4] = {c->light ? frame->width * 3 * (int)sizeof *c->deep : out->stride};
    int rows = sws_scale(c->sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                         frame->height, planes, strides);
    if (rows != frame->height)
        return vis_fail(err, VIS_ERR_INTERNAL, "%s: colour conversion failed", name);
    for (int y = 0; c->light && y < out->height; y++)
        video_light_row(c->light, c->deep + (size_t)y * (size_t)frame->width * 3, frame->width,
                        out->data + (ptrdiff_t)y * out->stride);
    return VIS_OK;
}

void video_colors_tag(AVFrame *frame, int primaries, int transfer)
{
    bool hd = frame->height >= VIDEO_HD_HEIGHT;
    frame->colorspace = hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    frame->color_primaries = primaries != AVCOL_PRI_UNSPECIFIED ? primaries
                             : hd                               ? AVCOL_PRI_BT709
                                                                : AVCOL_PRI_SMPTE170M;
    frame->color_trc = transfer != AVCOL_TRC_UNSPECIFIED ? transfer
                       : hd                              ? AVCOL_TRC_BT709
                                                         : AVCOL_TRC_SMPTE170M;
    frame->color_range = AVCOL_RANGE_MPEG;
    frame->chroma_location = AVCHROMA_LOC_LEFT;
}

/* In 1 / 2^15. */
static int16_t yuv_weight(double part, double range)
{
    return (int16_t)lround(part * range / 255 * 32768);
}

/* The difference of one channel from luma, whose parts of red and blue are given. */
static void chroma_weights(double red, double blue, int channel, int16_t out[3])
{
    double most = 2 * (1 - (channel == 0 ? blue : red));
    out[0] = yuv_weight(((channel == 0) - blue) / most, 224);
    out[2] = yuv_weight(((channel == 2) - red) / most, 224);
    out[1] = (int16_t) - (out[0] + out[2]); /* grey has no colour */
}

static pixel_yuv yuv_weights(const AVFrame *frame)
{
    bool hd = frame->colorspace == AVCOL_SPC_BT709;
    double red = hd ? 0.2126 : 0.299, blue = hd ? 0.0722 : 0.114;
    pixel_yuv m = {.y = {yuv_weight(blue, 219), 0, yuv_weight(red, 219)}};
    m.y[1] = (int16_t)(yuv_weight(1, 219) - m.y[0] - m.y[2]);
    chroma_weights(red, blue, 0, m.u);
    chroma_weights(red, blue, 2, m.v);
    return m;
}

void video_colors_from_bgr(const picture *p, AVFrame *frame)
{
    const pixel_rows *rows = pixel_rows_best();
    const pixel_yuv m = yuv_weights(frame);
    for (int y = 0; y < frame->height; y += 2) {
        const uint8_t *upper = p->data + (ptrdiff_t)y * p->stride, *lower = upper + p->stride;
        uint8_t *luma = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        ptrdiff_t chroma = y / 2;
        rows->to_luma(upper, frame->width, &m, luma);
        rows->to_luma(lower, frame->width, &m, luma + frame->linesize[0]);
        rows->to_chroma(upper, lower, frame->width, &m,
                        frame->data[1] + chroma * frame->linesize[1],
                        frame->data[2] + chroma * frame->linesize[2]);
    }
}
