/* live/recording.c - packets into fragments, and those into a plain MP4 at the end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/recording.h"

#include "base/file.h"
#include "base/memory.h"
#include "live/packet_streams.h"
#include "media/ffmpeg.h"
#include "media/ffmpeg_file.h"
#include "media/mp4_finish.h"
#include "media/video_xmp.h"

#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAGMENT_US 2000000
#define XMP_LIMIT (1u << 20)

struct recording {
    char *path, *temporary;
    int hold; /* of file_hold, or -1 */
    int width, height;
    marking *marking; /* NULL: none */
    buffer xmp;
    AVFormatContext *file;
    AVStream *video, *sound; /* belong to `file` */
    AVPacket *packet;
    bool begun;        /* the first key picture was there */
    int64_t origin_us; /* its time */
};

/* ---- Opened ---- */

/* As media/video_out.h writes: fragments, which the muxer forgets, made a plain file of at the end. */
static vis_status set_fragments(recording *r, vis_error *err)
{
    void *muxer = r->file->priv_data;
    if (av_opt_set(muxer, "movflags", "+delay_moov+default_base_moof+skip_trailer", 0) < 0 ||
        av_opt_set_int(muxer, "frag_duration", FRAGMENT_US, 0) < 0 ||
        av_opt_set_int(muxer, "movie_timescale", 1000, 0) < 0)
        return vis_fail(err, VIS_ERR_WRITE, "%s: FFmpeg's muxer writes no fragments", r->path);
    return VIS_OK;
}

static vis_status mark(recording *r, const recording_options *o, vis_error *err)
{
    if (!o->marker) return VIS_OK;
    VIS_TRY(marking_open(o->marker, o->model_sha256, o->parent, &r->marking, err));
    VIS_TRY(video_marks_tag(r->file, marking_tags(r->marking), err));
    return video_xmp(marking_tags(r->marking), &r->xmp, err);
}

static vis_status open_all(recording *r, const recording_options *o, vis_error *err)
{
    const char *path = o->path;
    VIS_TRY(file_check_output(path, err));
    r->path = text_copy(path, strlen(path));
    r->temporary = file_temporary_name(path);
    r->packet = av_packet_alloc();
    if (!r->path || !r->temporary || !r->packet ||
        avformat_alloc_output_context2(&r->file, NULL, "mp4", NULL) < 0)
        return vis_fail_memory(err, "a recording");
    VIS_TRY(packet_streams_video(r->file, o->width, o->height, o->fps, &r->video, err));
    VIS_TRY(packet_streams_opus(r->file, o->delay, &r->sound, err));
    VIS_TRY(mark(r, o, err));
    file_remove_stale(path);
    int rc = ffmpeg_file_open(&r->file->pb, r->temporary, true);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, path, "cannot be written", rc);
    r->hold = file_hold(r->temporary);
    return set_fragments(r, err);
}

vis_status recording_open(const recording_options *options, recording **out, vis_error *err)
{
    *out = NULL;
    recording *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a recording");
    *r = (recording){.hold = -1, .width = options->width, .height = options->height};
    buffer_init(&r->xmp, XMP_LIMIT);
    vis_status status = open_all(r, options, err);
    if (status == VIS_OK)
        *out = r;
    else
        recording_abort(r);
    return status;
}

/* ---- Written ---- */

static vis_status begin(recording *r, const live_packet *p, vis_error *err)
{
    VIS_TRY(packet_streams_headers(r->video, p, err));
    int rc = avformat_write_header(r->file, NULL);
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, r->path, "cannot be written", rc);
    r->begun = true;
    r->origin_us = p->time_us;
    return VIS_OK;
}

static vis_status write_packet(recording *r, const live_packet *p, AVStream *stream, vis_error *err)
{
    AVPacket *packet = r->packet;
    packet_streams_fill(packet, p, stream, r->origin_us);
    int rc = av_interleaved_write_frame(r->file, packet);
    if (rc >= 0 && r->file->pb->error < 0) rc = r->file->pb->error;
    return rc < 0 ? ffmpeg_fail(err, VIS_ERR_WRITE, r->path, "cannot be written", rc) : VIS_OK;
}

bool recording_begun(const recording *r)
{
    return r->begun;
}

vis_status recording_add(recording *r, const live_packet *p, vis_error *err)
{
    if (!r->begun && p->kind == LIVE_H264 && p->key) VIS_TRY(begin(r, p, err));
    if (!r->begun) return VIS_OK;
    if (p->kind == LIVE_H264) return write_packet(r, p, r->video, err);
    return p->kind == LIVE_OPUS ? write_packet(r, p, r->sound, err) : VIS_OK;
}

/* ---- Finished ---- */

static vis_status complete(recording *r, vis_error *err)
{
    const mp4_seal *seal = r->marking ? marking_seal(r->marking) : NULL;
    int rc = av_write_trailer(r->file);
    if (rc >= 0 && r->file->pb->error < 0) rc = r->file->pb->error;
    int closed = ffmpeg_file_close(&r->file->pb);
    if (rc >= 0) rc = closed;
    if (rc < 0) return ffmpeg_fail(err, VIS_ERR_WRITE, r->path, "cannot be written", rc);
    VIS_TRY(mp4_finish(r->temporary, r->path, r->width, r->height, &r->xmp, seal, err));
    return file_commit(r->temporary, r->path, err);
}

vis_status recording_finish(recording *r, vis_error *err)
{
    file_finish_begin();
    vis_status status = r->begun ? complete(r, err) : VIS_OK;
    if (r->begun && status == VIS_OK) {
        free(r->temporary); /* nothing left to remove */
        r->temporary = NULL;
    }
    recording_abort(r);
    file_finish_end();
    return status;
}

void recording_abort(recording *r)
{
    if (!r) return;
    if (r->file) ffmpeg_file_close(&r->file->pb);
    file_discard(r->temporary);
    if (r->hold >= 0) close(r->hold);
    avformat_free_context(r->file);
    av_packet_free(&r->packet);
    marking_close(r->marking);
    buffer_free(&r->xmp);
    free(r->path);
    free(r->temporary);
    free(r);
}
