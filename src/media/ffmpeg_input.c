/* media/ffmpeg_input.c - a media file that nobody vouches for, opened: the one way in to FFmpeg.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/ffmpeg_input.h"

#include "media/ffmpeg.h"
#include "media/ffmpeg_file.h"
#include "media/foreign.h"
#include "media/picture.h"

#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define STREAMS_MAX 64
#define SAMPLES_MAX (1 << 20) /* a channel, in one frame */
#define DECODER_THREADS_MAX 16

/* What is said of either kind: the things wanted, and how to get them. */
static const char *const nouns[] = {[FFMPEG_PICTURES] = "video", [FFMPEG_SOUND] = "sound"};
static const char *const ways_out[] = {
    [FFMPEG_PICTURES] = "ffmpeg -i FILE -c:v libx264 -crf 12 FILE.mp4",
    [FFMPEG_SOUND] = "ffmpeg -i FILE FILE.wav",
};

/* Containers may name further files (external tracks, subtitles): none of them is opened. */
static int deny_open(AVFormatContext *file, AVIOContext **io, const char *url, int flags,
                     AVDictionary **options)
{
    *io = NULL;
    return AVERROR(EPERM);
}

static vis_status open_io(ffmpeg_input *in, input_file from, vis_error *err)
{
    const char *noun = nouns[in->kind];
    struct stat st;
    bool there = stat(from.path, &st) == 0;
    if (there && S_ISDIR(st.st_mode))
        return vis_fail(err, VIS_ERR_OPEN, "%s: a folder; a %s file is needed", from.name, noun);
    /* Sound may come through a pipe. Footage is read more than once, and a pipe among a character's
     * files would keep its reader waiting for ever. */
    if (there && !S_ISREG(st.st_mode) && in->kind == FFMPEG_PICTURES)
        return vis_fail(err, VIS_ERR_OPEN, "%s: a device or pipe; a %s file is needed", from.name,
                        noun);
    int rc = ffmpeg_file_open(&in->io, from.path, false);
    if (rc >= 0) return VIS_OK;
    char what[64];
    snprintf(what, sizeof what, "cannot open the %s file", noun);
    return ffmpeg_fail(err, VIS_ERR_OPEN, from.name, what, rc);
}

static vis_status refuse_container(ffmpeg_kind kind, const AVInputFormat *container,
                                   const char *path, vis_error *err)
{
    if (ffmpeg_is_playlist(container))
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: a playlist (%s) that names other files; give the %s file itself", path,
                        container->name, nouns[kind]);
    return vis_fail(
        err, VIS_ERR_UNSUPPORTED,
        "%s: a file of the kind '%s' (%s), which is not opened for its %s; convert it: %s", path,
        container->name, container->long_name, nouns[kind], ways_out[kind]);
}

/* What the file is, by its contents; the name only helps where they leave a doubt. */
static vis_status probe(ffmpeg_input *in, const char *path, const AVInputFormat **out,
                        vis_error *err)
{
    int score = av_probe_input_buffer2(in->io, out, path, NULL, 0, 0), rc = score;
    in->headless = score <= AVPROBE_SCORE_EXTENSION;
    if (rc < 0)
        return ffmpeg_fail(err, VIS_ERR_FORMAT, path,
                           in->kind == FFMPEG_SOUND ? "not a sound file" : "not a video file", rc);
    in->playlist = rc >= 0 && ffmpeg_is_playlist(*out);
    if (!ffmpeg_container_allowed(in->kind, *out))
        return refuse_container(in->kind, *out, path, err);
    return VIS_OK;
}

/* A context that opens nothing beside `io`. */
static vis_status make_context(ffmpeg_input *in, vis_error *err)
{
    in->file = avformat_alloc_context();
    if (!in->file) return vis_fail_memory(err, "a media file");
    in->file->pb = in->io;
    in->file->flags |= AVFMT_FLAG_CUSTOM_IO; /* `io` stays ours to close */
    in->file->io_open = deny_open;
    in->file->max_streams = STREAMS_MAX;
    in->file->protocol_whitelist = av_strdup("none");
    in->file->format_whitelist = av_strdup(ffmpeg_allowed_containers(in->kind));
    in->file->codec_whitelist = av_strdup(ffmpeg_allowed_decoders(in->kind));
    if (!in->file->protocol_whitelist || !in->file->format_whitelist || !in->file->codec_whitelist)
        return vis_fail_memory(err, "a media file");
    return VIS_OK;
}

static vis_status open_container(ffmpeg_input *in, const char *path, vis_error *err)
{
    const AVInputFormat *container = NULL;
    VIS_TRY(probe(in, path, &container, err));
    VIS_TRY(make_context(in, err));
    int rc = avformat_open_input(&in->file, path, container, NULL);
    if (rc < 0)
        return ffmpeg_fail(err, VIS_ERR_FORMAT, path,
                           in->kind == FFMPEG_SOUND
                               ? "not a sound file, or damaged at its beginning"
                               : "not a video file, or damaged at its beginning",
                           rc);
    /* MPEG-TS could add streams that the limits below do not reach. */
    av_opt_set_int(in->file, "skip_changes", 1, AV_OPT_SEARCH_CHILDREN);
    return VIS_OK;
}

static vis_status check_sizes(const ffmpeg_input *in, const char *path, vis_error *err)
{
    for (unsigned i = 0; in->kind == FFMPEG_PICTURES && i < in->file->nb_streams; i++) {
        const AVCodecParameters *p = in->file->streams[i]->codecpar;
        if (p->codec_type == AVMEDIA_TYPE_VIDEO && (p->width || p->height))
            VIS_TRY(picture_check_size(p->width, p->height, path, err));
    }
    return VIS_OK;
}

/* Reads the first packets and decodes some, within the limits. */
static vis_status examine_streams(ffmpeg_input *in, const char *path, vis_error *err)
{
    unsigned count = in->file->nb_streams;
    AVDictionary **limits = calloc(count + 1, sizeof *limits);
    if (!limits) return vis_fail_memory(err, "a media file");
    for (unsigned i = 0; i < count; i++) {
        av_dict_set_int(&limits[i], "max_pixels", PICTURE_MAX_PIXELS, 0);
        av_dict_set_int(&limits[i], "max_samples", SAMPLES_MAX, 0);
    }
    int rc = avformat_find_stream_info(in->file, limits);
    for (unsigned i = 0; i < count; i++)
        av_dict_free(&limits[i]);
    free(limits);
    return rc >= 0 ? VIS_OK : ffmpeg_fail(err, VIS_ERR_FORMAT, path, "streams cannot be read", rc);
}

static bool can_decode(const ffmpeg_input *in, int stream)
{
    enum AVCodecID codec = in->file->streams[stream]->codecpar->codec_id;
    return ffmpeg_allowed_decoder(in->kind, codec) != NULL;
}

/* FFmpeg's choice; where that cannot be decoded, the first stream that can. */
static int choose(const ffmpeg_input *in)
{
    static const enum AVMediaType types[] = {
        [FFMPEG_PICTURES] = AVMEDIA_TYPE_VIDEO, [FFMPEG_SOUND] = AVMEDIA_TYPE_AUDIO};
    int best = av_find_best_stream(in->file, types[in->kind], -1, -1, NULL, 0);
    if (best < 0 || can_decode(in, best)) return best;
    for (int i = 0; i < (int)in->file->nb_streams; i++)
        if (in->file->streams[i]->codecpar->codec_type == types[in->kind] && can_decode(in, i))
            return i;
    return best;
}

static vis_status choose_stream(ffmpeg_input *in, const char *path, vis_error *err)
{
    int chosen = choose(in);
    if (chosen < 0) return vis_fail(err, VIS_ERR_FORMAT, "%s: holds no %s", path, nouns[in->kind]);
    in->stream = in->file->streams[chosen];
    for (int i = 0; i < (int)in->file->nb_streams; i++)
        if (i != chosen) in->file->streams[i]->discard = AVDISCARD_ALL;
    if (can_decode(in, chosen)) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: its %s is coded as %s, which is not decoded; convert it: %s", path,
                    nouns[in->kind], avcodec_get_name(in->stream->codecpar->codec_id),
                    ways_out[in->kind]);
}

/* The first bytes of the open file; 0 where they cannot be had again. */
static size_t first_bytes(ffmpeg_input *in, uint8_t bytes[FOREIGN_BYTES])
{
    if (!in->io || !(in->io->seekable & AVIO_SEEKABLE_NORMAL)) return 0;
    in->io->error = 0;
    if (avio_seek(in->io, 0, SEEK_SET) < 0) return 0;
    int got = avio_read(in->io, bytes, FOREIGN_BYTES);
    return got > 0 ? (size_t)got : 0;
}

/* Says what a file is that could not be opened as what it was given for. What is no text and begins
 * like nothing known may be samples without a header; FFmpeg takes such for the oddest things. */
static vis_status name_foreign(ffmpeg_input *in, const char *path, vis_status status,
                               vis_error *err)
{
    if (status != VIS_ERR_FORMAT && status != VIS_ERR_UNSUPPORTED) return status;
    if (!in->io || !(in->io->seekable & AVIO_SEEKABLE_NORMAL) || in->playlist) return status;
    uint8_t bytes[FOREIGN_BYTES];
    size_t size = first_bytes(in, bytes);
    char what[FOREIGN_TEXT];
    if (foreign_describe(bytes, size, what))
        return vis_fail(err, status, "%s: not a %s file but %s", path, nouns[in->kind], what);
    if (in->kind == FFMPEG_SOUND && in->headless)
        return vis_fail(err, status,
                        "%s: not a sound file that is known: no header says what it holds; if it "
                        "is samples alone, say which, for instance 16 bits, mono, 24 kHz: ffmpeg "
                        "-f s16le -ar 24000 -ac 1 -i FILE FILE.wav",
                        path);
    return status;
}

vis_status ffmpeg_input_open(ffmpeg_input *in, input_file from, ffmpeg_kind kind, vis_error *err)
{
    const char *path = from.name;
    *in = (ffmpeg_input){.kind = kind, .container = VIDEO_TAGS_NONE};
    vis_status status = open_io(in, from, err);
    if (status == VIS_OK) status = open_container(in, path, err);
    if (status == VIS_OK) status = check_sizes(in, path, err);
    unsigned known = status == VIS_OK ? in->file->nb_streams : 0;
    video_tags said[STREAMS_MAX];
    for (unsigned i = 0; i < known && i < STREAMS_MAX; i++)
        said[i] = video_tags_of_stream(in->file->streams[i]);
    if (status == VIS_OK) status = examine_streams(in, path, err);
    if (status == VIS_OK) status = choose_stream(in, path, err);
    if (status == VIS_OK && (unsigned)in->stream->index < known)
        in->container = said[in->stream->index];
    if (status != VIS_OK) status = name_foreign(in, path, status, err);
    if (status != VIS_OK) ffmpeg_input_close(in);
    return status;
}

void ffmpeg_input_close(ffmpeg_input *in)
{
    avformat_close_input(&in->file);
    ffmpeg_file_close(&in->io);
    in->stream = NULL;
}

static void limit_decoder(AVCodecContext *c, ffmpeg_kind kind, int threads)
{
    c->log_level_offset = FFMPEG_QUIET;
    c->max_pixels = PICTURE_MAX_PIXELS;
    c->max_samples = SAMPLES_MAX;
    c->thread_count = 1;
    if (kind == FFMPEG_SOUND) return;
    c->thread_count = threads < DECODER_THREADS_MAX ? threads : DECODER_THREADS_MAX;
    c->err_recognition |= AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
    /* The HEVC decoder tells of damage in no other way. Not for all: in FFmpeg 5.1 the MPEG-4
     * decoder fails an assertion, which ends the process, when it explodes, and H.264's, in
     * threads, gives no frame at all of a file that was cut where a reference is missing. */
    if (c->codec_id == AV_CODEC_ID_HEVC) c->err_recognition |= AV_EF_EXPLODE;
}

vis_status ffmpeg_input_decoder(const ffmpeg_input *in, const char *path, int threads,
                                AVCodecContext **out, vis_error *err)
{
    const AVCodecParameters *p = in->stream->codecpar;
    *out = NULL;
    if (in->kind == FFMPEG_PICTURES) VIS_TRY(picture_check_size(p->width, p->height, path, err));
    const AVCodec *decoder = ffmpeg_allowed_decoder(in->kind, p->codec_id);
    AVCodecContext *c = avcodec_alloc_context3(decoder);
    if (!c) return vis_fail_memory(err, "a decoder");
    int rc = avcodec_parameters_to_context(c, p);
    if (rc >= 0) {
        c->pkt_timebase = in->stream->time_base; /* lets it cut the priming of sound */
        limit_decoder(c, in->kind, threads);
        rc = avcodec_open2(c, decoder, NULL);
    }
    if (rc >= 0) {
        *out = c;
        return VIS_OK;
    }
    avcodec_free_context(&c);
    char what[64];
    snprintf(what, sizeof what, "the %s decoder does not start", decoder->name);
    return ffmpeg_fail(err, VIS_ERR_FORMAT, path, what, rc);
}
