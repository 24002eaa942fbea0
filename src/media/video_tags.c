/* media/video_tags.c - which colours are kept, converted or refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_tags.h"

#include "media/ffmpeg_versions.h"

#include <libavutil/dovi_meta.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>

#define REMEDY                                                                                     \
    "convert it: ffmpeg -i FILE -vf zscale=p=709:t=709:m=709:r=tv,format=yuv420p -c:v libx264 "    \
    "-crf 12 FILE.mp4"

video_tags video_tags_of_stream(const AVStream *stream)
{
    const AVCodecParameters *p = stream->codecpar;
    return (video_tags){p->color_primaries, p->color_trc, p->color_space};
}

video_tags video_tags_of_frame(const AVFrame *frame)
{
    return (video_tags){frame->color_primaries, frame->color_trc, frame->colorspace};
}

/* 0 and 3 are reserved; some write 0 for "not said". As a matrix, 0 is R, G, B. */
static bool said(int number, bool matrix)
{
    return number != AVCOL_SPC_UNSPECIFIED && number != 3 && (number != 0 || matrix);
}

static bool is_hdr(int transfer)
{
    return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

static bool is_wide(int primaries)
{
    return primaries == AVCOL_PRI_BT2020 || primaries == AVCOL_PRI_SMPTE432;
}

bool video_tags_converted(const video_tags *settled)
{
    return is_hdr(settled->transfer) || is_wide(settled->primaries);
}

/* Primaries that differ from BT.709's so little that players show them alike, and those of the
 * first colour television, a number that is written for them. */
static bool primaries_known(int primaries)
{
    switch (primaries) {
    case AVCOL_PRI_BT709:
    case AVCOL_PRI_UNSPECIFIED:
    case AVCOL_PRI_BT470M:
    case AVCOL_PRI_BT470BG:
    case AVCOL_PRI_SMPTE170M:
    case AVCOL_PRI_SMPTE240M:
    case AVCOL_PRI_EBU3213:
        return true;
    default:
        return is_wide(primaries);
    }
}

static bool transfer_known(int transfer)
{
    switch (transfer) {
    case AVCOL_TRC_LINEAR:
    case AVCOL_TRC_LOG:
    case AVCOL_TRC_LOG_SQRT:
    case AVCOL_TRC_SMPTE428:
        return false;
    default:
        return transfer > 0 && transfer < AVCOL_TRC_NB;
    }
}

static bool matrix_known(int matrix)
{
    switch (matrix) {
    case AVCOL_SPC_RGB:
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_SMPTE240M:
    case AVCOL_SPC_BT2020_NCL:
        return true;
    default:
        return false;
    }
}

static const char *or_unknown(const char *name)
{
    return name ? name : "unknown";
}

static vis_status check(const video_tags *t, const char *path, vis_error *err)
{
    const char *what = NULL, *name = NULL;
    if (!matrix_known(t->matrix)) {
        what = "matrix";
        name = av_color_space_name(t->matrix);
    } else if (!transfer_known(t->transfer)) {
        what = "transfer";
        name = av_color_transfer_name(t->transfer);
    } else if (!primaries_known(t->primaries)) {
        what = "primaries";
        name = av_color_primaries_name(t->primaries);
    }
    if (!what) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: its colours (%s %s) are not converted; " REMEDY,
                    path, what, or_unknown(name));
}

/* What one tag tells of another that is missing. */
static void infer(video_tags *t)
{
    bool wide = is_hdr(t->transfer) || t->matrix == AVCOL_SPC_BT2020_NCL;
    if (!said(t->primaries, false)) t->primaries = wide ? AVCOL_PRI_BT2020 : AVCOL_PRI_UNSPECIFIED;
    if (!said(t->transfer, false)) t->transfer = AVCOL_TRC_UNSPECIFIED;
    if (!said(t->matrix, true))
        t->matrix = t->primaries == AVCOL_PRI_BT2020 ? AVCOL_SPC_BT2020_NCL : AVCOL_SPC_UNSPECIFIED;
}

vis_status video_tags_settle(AVFrame *frame, const video_tags *container, const char *path,
                             vis_error *err)
{
    video_tags t = video_tags_of_frame(frame);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    bool rgb = format && (format->flags & AV_PIX_FMT_FLAG_RGB);
    if (!said(t.primaries, false)) t.primaries = container->primaries;
    if (!said(t.transfer, false)) t.transfer = container->transfer;
    if (!said(t.matrix, true)) t.matrix = container->matrix;
    if (t.matrix == AVCOL_SPC_RGB && !rgb) t.matrix = AVCOL_SPC_UNSPECIFIED; /* it has one */
    if (rgb) t.matrix = AVCOL_SPC_RGB;
    infer(&t);
    VIS_TRY(check(&t, path, err));
    frame->color_primaries = t.primaries;
    frame->color_trc = t.transfer;
    frame->colorspace = t.matrix;
    return VIS_OK;
}

vis_status video_tags_check_stream(const AVStream *stream, const char *path, vis_error *err)
{
    size_t size = 0;
    const AVDOVIDecoderConfigurationRecord *dolby =
        ffmpeg_stream_side_data(stream, AV_PKT_DATA_DOVI_CONF, &size);
    if (!dolby || size < sizeof *dolby || dolby->dv_bl_signal_compatibility_id != 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: Dolby Vision of profile %d, whose colours only its own players know; "
                    "record in SDR, or export it as SDR H.264",
                    path, dolby->dv_profile);
}

/* Numbers that mean the same to us as one: SDR's transfers and primaries are all kept, and BT.601's
 * matrix has two. */
static video_tags alike(const video_tags *t)
{
    video_tags out = *t;
    if (said(t->transfer, false) && !is_hdr(t->transfer)) out.transfer = AVCOL_TRC_BT709;
    if (said(t->primaries, false) && !is_wide(t->primaries)) out.primaries = AVCOL_PRI_BT709;
    if (t->matrix == AVCOL_SPC_BT470BG) out.matrix = AVCOL_SPC_SMPTE170M;
    return out;
}

static bool differ(int a, int b, bool matrix)
{
    return said(a, matrix) && said(b, matrix) && a != b;
}

bool video_tags_differ(const video_tags *frame, const video_tags *container, char *text,
                       size_t size)
{
    video_tags f = alike(frame), c = alike(container);
    const char *what, *one, *other;
    if (differ(f.transfer, c.transfer, false)) {
        what = "transfer";
        one = av_color_transfer_name(f.transfer);
        other = av_color_transfer_name(c.transfer);
    } else if (differ(f.primaries, c.primaries, false)) {
        what = "primaries";
        one = av_color_primaries_name(f.primaries);
        other = av_color_primaries_name(c.primaries);
    } else if (differ(f.matrix, c.matrix, true)) {
        what = "matrix";
        one = av_color_space_name(f.matrix);
        other = av_color_space_name(c.matrix);
    } else {
        return false;
    }
    snprintf(text, size, "%s %s and %s", what, or_unknown(one), or_unknown(other));
    return true;
}
