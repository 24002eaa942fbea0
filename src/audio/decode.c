/* audio/decode.c - libavformat and libavcodec behind audio_reader: opening, packets, time.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The reader holds one decoded frame at a time. The position of every frame is checked against its
 * timestamp; where sound is missing before it, `gap` zeros are delivered first.
 */
#include "audio/decode.h"

#include "audio/chunks.h"
#include "audio/samples.h"
#include "base/memory.h"
#include "media/ffmpeg_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hole in the timestamps counts as lost sound beyond these lengths: at once after damaged
 * packets, generously otherwise, since many containers round their times. */
#define HOLE_AFTER_DAMAGE 0.005 /* seconds */
#define HOLE_UNEXPLAINED 0.1
#define ODD_FRAMES_MAX 8 /* frames at another rate, one after the other, that pass for damage */
#define HOLE_MAX                                                                                   \
    60.0 /* a longer one is a jump of the clock, unless the file's duration covers it */

/* Places where time does not go on as the samples do. */
typedef struct time_breaks {
    int64_t count;
    double seconds;         /* of all together */
    double first, first_at; /* of the first one */
} time_breaks;

struct audio_reader {
    ffmpeg_input input;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    const vis_log *log;
    char *path;
    audio_info info;

    int frame_used;  /* samples of `frame` delivered so far */
    int frame_count; /* samples in it; 0: none waiting */
    int64_t gap;     /* silent samples to deliver before it */
    int64_t decoded; /* position behind `frame`: samples decoded or filled in so far */
    int64_t position;

    bool have_origin;
    int64_t origin;       /* timestamp of sample 0, in the stream's time base */
    int64_t first_packet; /* timestamp of the first packet, AV_NOPTS_VALUE until then */
    bool damage;          /* since the last good frame */
    int64_t damage_end;   /* timestamp behind the last damaged packet */
    int64_t damaged_packets;
    time_breaks holes, jumps; /* not yet reported */
    int odd_frames;           /* at another rate, since the last good frame */
    bool header_reported;
    bool streamed; /* the container's sizes are placeholders */
    bool draining;
    bool ended;
};

static const char *av_text(int code, char text[AV_ERROR_MAX_STRING_SIZE])
{
    if (av_strerror(code, text, AV_ERROR_MAX_STRING_SIZE) < 0)
        snprintf(text, AV_ERROR_MAX_STRING_SIZE, "unknown error");
    return text;
}

/* What the container's own sizes say of it. */
static void examine_sizes(audio_reader *r)
{
    chunk_facts facts = chunks_examine(r->input.file);
    r->streamed = facts.streamed;
    if (facts.another)
        vis_warn(r->log,
                 "%s: another file of its kind follows behind its end (%lld bytes) and is not "
                 "heard; join sound by its samples: ffmpeg -i 1.wav -i 2.wav -filter_complex "
                 "concat=n=2:v=0:a=1 FILE.wav",
                 r->path, (long long)facts.behind);
    else if (facts.behind > 0)
        vis_warn(r->log,
                 "%s: %lld bytes follow behind its declared end and are not heard; were files "
                 "joined, or is the size in its header too small?",
                 r->path, (long long)facts.behind);
}

static vis_status open_file(audio_reader *r, input_file from, vis_error *err)
{
    r->packet = av_packet_alloc();
    r->frame = av_frame_alloc();
    if (r->packet == NULL || r->frame == NULL) return vis_fail_memory(err, "a sound reader");
    VIS_TRY(ffmpeg_input_open(&r->input, from, FFMPEG_SOUND, err));
    VIS_TRY(ffmpeg_input_decoder(&r->input, r->path, 1, &r->codec, err));
    snprintf(r->info.codec, sizeof r->info.codec, "%s", r->codec->codec->name);
    examine_sizes(r);
    return VIS_OK;
}

static double claimed_duration(const audio_reader *r)
{
    double seconds = -1;
    if (r->streamed) {
        const AVCodecParameters *p = r->input.stream->codecpar;
        int64_t bytes = avio_size(r->input.file->pb);
        seconds = p->bit_rate > 0 && bytes > 0 ? (double)bytes * 8 / (double)p->bit_rate : -1;
    } else if (r->input.stream->duration != AV_NOPTS_VALUE)
        seconds = (double)r->input.stream->duration * av_q2d(r->input.stream->time_base);
    else if (r->input.file->duration != AV_NOPTS_VALUE)
        seconds = (double)r->input.file->duration / AV_TIME_BASE;
    return seconds >= 0 && seconds < 1e9 ? seconds : -1;
}

/* a + b, at most and at least what the type holds: timestamps are the file's word. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

static int64_t subtract(int64_t a, int64_t b)
{
    return b == INT64_MIN ? add(add(a, INT64_MAX), 1) : add(a, -b);
}

/* Where a timestamp lies in samples from the start. */
static int64_t sample_of(const audio_reader *r, int64_t timestamp)
{
    AVRational samples = {1, r->info.rate};
    return av_rescale_q(subtract(timestamp, r->origin), r->input.stream->time_base, samples);
}

static void note_damage(audio_reader *r, const char *what)
{
    double seconds = (double)r->decoded / (r->info.rate > 0 ? r->info.rate : 1);
    if (r->damaged_packets++ == 0)
        vis_warn(r->log, "%s: damaged sound at %.2f s (%s); what is lost becomes silence", r->path,
                 seconds, what);
    r->damage = true;
    if (r->packet->pts != AV_NOPTS_VALUE)
        r->damage_end = add(r->packet->pts, r->packet->duration > 0 ? r->packet->duration : 0);
}

/* Takes the clock of the first frame as sample 0, or, when damaged packets came before it, that of
 * the first packet that would have sounded. */
static void set_origin(audio_reader *r, int64_t timestamp)
{
    r->origin = timestamp;
    if (r->damage && r->first_packet != AV_NOPTS_VALUE) {
        int64_t start = r->first_packet;
        if (r->input.stream->start_time != AV_NOPTS_VALUE && r->input.stream->start_time > start)
            start = r->input.stream->start_time;
        if (start < timestamp) r->origin = start;
    }
    r->have_origin = true;
}

/* Counts a break in time: a recording may have hundreds, so they are reported together. */
static void note_break(const audio_reader *r, time_breaks *breaks, double seconds)
{
    if (breaks->count++ == 0) {
        breaks->first = seconds;
        breaks->first_at = (double)r->decoded / r->info.rate;
    }
    breaks->seconds += seconds;
}

/* One line for each kind of break, at the end of what was read. */
static void report_breaks(audio_reader *r)
{
    const time_breaks *h = &r->holes, *j = &r->jumps;
    if (h->count == 1)
        vis_warn(r->log, "%s: %.2f s of sound are missing at %.2f s; silence is put there", r->path,
                 h->first, h->first_at);
    if (h->count > 1)
        vis_warn(
            r->log,
            "%s: sound is missing in %lld places, %.2f s in all (the first: %.2f s at %.2f s); "
            "silence is put there",
            r->path, (long long)h->count, h->seconds, h->first, h->first_at);
    if (j->count == 1)
        vis_warn(r->log, "%s: the clock jumps by %.2f s at %.2f s; the jump is ignored", r->path,
                 j->first, j->first_at);
    if (j->count > 1)
        vis_warn(r->log,
                 "%s: the clock jumps %lld times (the first: by %.2f s at %.2f s); the jumps are "
                 "ignored",
                 r->path, (long long)j->count, j->first, j->first_at);
    r->holes = r->jumps = (time_breaks){0};
}

/* How many silent samples belong before something stamped `timestamp`. */
static int64_t missing_before(audio_reader *r, int64_t timestamp)
{
    if (timestamp == AV_NOPTS_VALUE) return 0;
    if (!r->have_origin) set_origin(r, timestamp);
    int64_t hole = subtract(sample_of(r, timestamp), r->decoded);
    double seconds = (double)hole / r->info.rate;
    if (fabs(seconds) <= (r->damage ? HOLE_AFTER_DAMAGE : HOLE_UNEXPLAINED)) return 0;
    double end = (double)r->decoded / r->info.rate + seconds;
    bool believable = seconds <= HOLE_MAX || (r->info.duration >= 0 && end <= r->info.duration + 1);
    if (hole > 0 && believable) {
        if (!r->damage) note_break(r, &r->holes, seconds);
        return hole;
    }
    if (hole > 0 || seconds < -HOLE_UNEXPLAINED) {
        note_break(r, &r->jumps, seconds);
        AVRational samples = {1, r->info.rate};
        r->origin = add(r->origin, av_rescale_q(hole, samples, r->input.stream->time_base));
    }
    return 0;
}

/* A decoded frame has arrived: checks it and places it in time. */
static vis_status take_frame(audio_reader *r, vis_error *err)
{
    const AVFrame *f = r->frame;
    int channels = f->ch_layout.nb_channels;
    if (f->nb_samples <= 0) return VIS_OK;
    if (r->info.rate != 0 && f->sample_rate != r->info.rate) {
        if (r->odd_frames++ < ODD_FRAMES_MAX) {
            note_damage(r, "another sample rate");
            return VIS_OK;
        }
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: the rate changes from %d to %d Hz at %.2f s; convert the file to WAV",
                        r->path, r->info.rate, f->sample_rate, (double)r->decoded / r->info.rate);
    }
    if (f->sample_rate < AUDIO_MIN_RATE || f->sample_rate > AUDIO_MAX_RATE || channels <= 0 ||
        channels > AUDIO_MAX_CHANNELS)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: %d channels at %d Hz; up to %d channels at %d to %d Hz can be read",
                        r->path, channels, f->sample_rate, AUDIO_MAX_CHANNELS, AUDIO_MIN_RATE,
                        AUDIO_MAX_RATE);
    if (!samples_readable(f->format))
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: samples in the format '%s'; convert the file to 16-bit WAV", r->path,
                        av_get_sample_fmt_name(f->format));
    r->info.rate = f->sample_rate;
    if (r->info.channels == 0) r->info.channels = channels > 2 ? 1 : channels;
    r->odd_frames = 0;
    int64_t timestamp = f->pts != AV_NOPTS_VALUE ? f->pts : f->best_effort_timestamp;
    r->gap = missing_before(r, timestamp);
    r->damage = false;
    r->frame_used = 0;
    r->frame_count = f->nb_samples;
    r->decoded += r->gap + f->nb_samples;
    return VIS_OK;
}

/* Streamed recordings joined byte by byte: the header of the next stands among the samples. */
static void note_header(audio_reader *r)
{
    const AVPacket *p = r->packet;
    if (!r->streamed || r->header_reported || !memmem(p->data, (size_t)p->size, "WAVEfmt ", 8))
        return;
    r->header_reported = true;
    vis_warn(r->log,
             "%s: about %.2f s in, another WAV file begins; its header will be heard as a click, "
             "and its sound only if it is of the same kind; join sound by its samples, not files",
             r->path, (double)r->decoded / (r->info.rate > 0 ? r->info.rate : 1));
}

/* Gives the decoder one more packet of the stream, or tells it that there are none. */
static vis_status feed(audio_reader *r, vis_error *err)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    int code;
    do {
        av_packet_unref(r->packet);
        code = av_read_frame(r->input.file, r->packet);
    } while (code == AVERROR(EAGAIN) ||
             (code >= 0 && r->packet->stream_index != r->input.stream->index));
    if (code == AVERROR(ENOMEM)) return vis_fail_memory(err, "a packet of sound");
    if (code < 0) {
        if (code == AVERROR(EIO))
            return vis_fail(err, VIS_ERR_OPEN, "%s: reading failed at %.2f s: %s", r->path,
                            (double)r->decoded / (r->info.rate > 0 ? r->info.rate : 1),
                            av_text(code, text));
        if (code != AVERROR_EOF) note_damage(r, av_text(code, text));
        r->draining = true;
        avcodec_send_packet(r->codec, NULL);
        return VIS_OK;
    }
    note_header(r);
    if (r->first_packet == AV_NOPTS_VALUE) r->first_packet = r->packet->pts;
    /* Where nobody knew how much would come, the last packet is as long as it is. */
    bool cut = r->packet->flags & AV_PKT_FLAG_CORRUPT && !r->streamed;
    if (cut) note_damage(r, "a packet is cut short");
    code = avcodec_send_packet(r->codec, r->packet);
    if (code == AVERROR(ENOMEM)) return vis_fail_memory(err, "a packet of sound");
    if (code < 0) note_damage(r, av_text(code, text));
    return VIS_OK;
}

/* Sound is over: what damaged packets at the end would have held becomes silence. */
static void finish(audio_reader *r)
{
    r->ended = true;
    r->frame_count = r->frame_used = 0;
    if (r->damage && r->info.rate > 0 && r->have_origin && r->damage_end != AV_NOPTS_VALUE) {
        r->gap = missing_before(r, r->damage_end);
        r->decoded += r->gap;
    }
    report_breaks(r);
    if (r->damaged_packets > 1)
        vis_warn(r->log, "%s: %lld damaged packets in all", r->path, (long long)r->damaged_packets);
}

/* Decodes until a frame waits or the sound is over. */
static vis_status next_frame(audio_reader *r, vis_error *err)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    r->frame_count = r->frame_used = 0;
    while (r->frame_count == 0 && !r->ended) {
        int code = avcodec_receive_frame(r->codec, r->frame);
        if (code >= 0) {
            VIS_TRY(take_frame(r, err));
        } else if (code == AVERROR(ENOMEM)) {
            return vis_fail_memory(err, "decoded sound");
        } else if (code == AVERROR_EOF || r->draining) {
            finish(r);
        } else {
            if (code != AVERROR(EAGAIN)) note_damage(r, av_text(code, text));
            VIS_TRY(feed(r, err));
        }
    }
    return VIS_OK;
}

vis_status audio_reader_open(input_file from, const vis_log *log, audio_reader **out,
                             vis_error *err)
{
    *out = NULL;
    audio_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return vis_fail_memory(err, "a sound reader");
    r->log = log;
    r->first_packet = r->damage_end = AV_NOPTS_VALUE;
    r->path = text_copy(from.name, strlen(from.name));
    vis_status status = r->path != NULL ? VIS_OK : vis_fail_memory(err, "a file name");
    if (status == VIS_OK) status = open_file(r, from, err);
    if (status == VIS_OK) {
        r->info.duration = claimed_duration(r);
        status = next_frame(r, err); /* rate and channels are only sure once something is decoded */
    }
    if (status == VIS_OK && r->frame_count == 0)
        status = vis_fail(err, VIS_ERR_FORMAT, "%s: there is a sound track but no sound in it",
                          from.name);
    if (status != VIS_OK) {
        audio_reader_close(r);
        return status;
    }
    *out = r;
    return VIS_OK;
}

void audio_reader_close(audio_reader *r)
{
    if (r == NULL) return;
    report_breaks(r); /* of sound that was not read to its end */
    avcodec_free_context(&r->codec);
    av_packet_free(&r->packet);
    av_frame_free(&r->frame);
    ffmpeg_input_close(&r->input);
    free(r->path);
    free(r);
}

const audio_info *audio_reader_info(const audio_reader *r)
{
    return &r->info;
}

int64_t audio_reader_position(const audio_reader *r)
{
    return r->position;
}

vis_status audio_reader_read(audio_reader *r, float *interleaved, int max_frames, int *got,
                             vis_error *err)
{
    size_t channels = (size_t)r->info.channels;
    int done = 0;
    *got = 0;
    while (done < max_frames) {
        float *to = interleaved + (size_t)done * channels;
        int count = max_frames - done;
        if (r->gap > 0) {
            if (count > r->gap) count = (int)r->gap;
            memset(to, 0, (size_t)count * channels * sizeof(float));
            r->gap -= count;
        } else if (r->frame_used < r->frame_count) {
            if (count > r->frame_count - r->frame_used) count = r->frame_count - r->frame_used;
            samples_to_float(r->frame, r->frame_used, count, r->info.channels, to);
            r->frame_used += count;
        } else if (r->ended) {
            break;
        } else {
            VIS_TRY(next_frame(r, err));
            continue;
        }
        done += count;
    }
    r->position += done;
    *got = done;
    return VIS_OK;
}
