/* live/push.c - the thread that connects, sends, and comes back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "live/push.h"

#include "base/clock.h"
#include "base/memory.h"
#include "live/aac_line.h"
#include "live/packet_streams.h"
#include "live/sound_encoder.h"

#include <libavutil/opt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAUSE_MS 10   /* between looks for packets */
#define IO_SECONDS 10 /* that the network may take for one thing */
#define FIRST_BACK_OFF_MS 1000
#define MOST_BACK_OFF_MS 30000
#define STEADY_SECONDS 60 /* after that a loss begins with the shortest pause again */

typedef struct push_kind {
    const char *scheme, *muxer;
    bool opus; /* sound goes as it is; else as AAC */
} push_kind;

static const push_kind kinds[] = {
    {"rtmp:", "flv"},   {"rtmps:", "flv"},  {"rtsp:", "rtsp", true}, {"rtsps:", "rtsp", true},
    {"srt:", "mpegts"}, {"tcp:", "mpegts"}, {"udp:", "mpegts"},
};

struct live_push {
    live_push_options options;
    const push_kind *kind;
    char *url, name[LIVE_PUSH_NAME];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_bool closing;
    /* The thread's, of one connection: */
    double until; /* clock_seconds() by which the network must have done what it does */
    AVFormatContext *file;
    AVStream *video, *sound;
    aac_line *aac; /* NULL: Opus goes as it is */
    AVPacket *packet;
    bool begun; /* the header was written */
    int64_t origin_us;
};

/* ---- Where to ---- */

static const push_kind *find_kind(const char *url)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncasecmp(url, kinds[i].scheme, strlen(kinds[i].scheme)) == 0) return &kinds[i];
    return NULL;
}

void live_push_name(const char *url, char out[LIVE_PUSH_NAME])
{
    const char *slashes = strstr(url, "://"), *host = slashes ? slashes + 3 : url;
    size_t length = strcspn(host, "/?#");
    for (size_t i = 0; i < length; i++)
        if (host[i] == '@') { /* what stands before it is a secret */
            host += i + 1;
            length -= i + 1;
            i = (size_t)-1;
        }
    snprintf(out, LIVE_PUSH_NAME, "%.*s%.*s", (int)(slashes ? slashes + 3 - url : 0), url,
             (int)length, host);
}

vis_status live_push_check(const char *url, vis_error *err)
{
    char name[LIVE_PUSH_NAME];
    const push_kind *kind = find_kind(url);
    live_push_name(url, name);
    if (!kind || !strstr(url, "://"))
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: a URL that begins with rtmp, rtmps, rtsp, rtsps, srt, tcp or udp is "
                        "wanted",
                        name);
    const char *protocol = kind->opus ? url : avio_find_protocol_name(url);
    if (av_guess_format(kind->muxer, NULL, NULL) && protocol) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: this FFmpeg cannot send there", name);
}

/* ---- A connection ---- */

static int is_over(void *user)
{
    live_push *p = user;
    return atomic_load(&p->closing) || clock_seconds() > p->until;
}

static void give_time(live_push *p)
{
    p->until = clock_seconds() + IO_SECONDS;
}

/* A word of FFmpeg's on what went wrong; URLs stay out of it. */
static vis_status fail_network(const live_push *p, const char *what, int rc, vis_error *err)
{
    char why[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(rc, why, sizeof why);
    return vis_fail(err, VIS_ERR_WRITE, "%s %s: %s", p->name, what,
                    rc == AVERROR_EXIT ? "nothing happens for ten seconds" : why);
}

static vis_status describe(live_push *p, const live_packet *key, vis_error *err)
{
    const live_presenter_facts *f = p->options.facts;
    if (avformat_alloc_output_context2(&p->file, NULL, p->kind->muxer, p->url) < 0)
        return vis_fail_memory(err, "a connection");
    p->file->interrupt_callback = (AVIOInterruptCB){is_over, p};
    VIS_TRY(packet_streams_video(p->file, f->width & ~1, f->height & ~1, f->fps, &p->video, err));
    VIS_TRY(packet_streams_headers(p->video, key, err));
    if (!p->kind->opus) return aac_line_open(p->file, &p->sound, &p->aac, err);
    return packet_streams_opus(p->file, 0, &p->sound, err);
}

static vis_status connect_to(live_push *p, const live_packet *key, vis_error *err)
{
    AVDictionary *options = NULL;
    VIS_TRY(describe(p, key, err));
    give_time(p);
    if (!(p->file->oformat->flags & AVFMT_NOFILE)) {
        int rc =
            avio_open2(&p->file->pb, p->url, AVIO_FLAG_WRITE, &p->file->interrupt_callback, NULL);
        if (rc < 0) return fail_network(p, "cannot be reached", rc, err);
    }
    p->file->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    if (p->kind->opus) (void)av_dict_set(&options, "rtsp_transport", "tcp", 0);
    (void)av_dict_set(&options, "flvflags", "no_duration_filesize", 0);
    int rc = avformat_write_header(p->file, &options);
    av_dict_free(&options);
    if (rc < 0) return fail_network(p, "takes no stream", rc, err);
    p->begun = true;
    return VIS_OK;
}

static void hang_up(live_push *p)
{
    give_time(p);
    if (p->begun) av_write_trailer(p->file);
    if (p->file && p->file->pb && !(p->file->oformat->flags & AVFMT_NOFILE))
        avio_closep(&p->file->pb);
    aac_line_close(p->aac);
    avformat_free_context(p->file);
    p->file = NULL;
    p->aac = NULL;
    p->video = p->sound = NULL;
    p->begun = false;
}

/* ---- Packets ---- */

static vis_status write_packet(void *user, AVPacket *packet, vis_error *err)
{
    live_push *p = user;
    give_time(p);
    int rc = av_interleaved_write_frame(p->file, packet);
    if (rc >= 0 && p->file->pb && p->file->pb->error < 0) rc = p->file->pb->error;
    return rc < 0 ? fail_network(p, "takes no more", rc, err) : VIS_OK;
}

static vis_status send_packet(live_push *p, const live_packet *k, vis_error *err)
{
    if (k->kind == LIVE_OPUS && k->time_us < p->origin_us) return VIS_OK;
    if (k->kind == LIVE_OPUS && p->aac)
        return aac_line_add(p->aac, k, p->origin_us, write_packet, p, err);
    packet_streams_fill(p->packet, k, k->kind == LIVE_OPUS ? p->sound : p->video, p->origin_us);
    return write_packet(p, p->packet, err);
}

/* The next of picture or sound, after a pause where none is there; what else there is, is told. NULL:
 * it is to end. */
static const live_packet *next_media(live_push *p)
{
    while (!atomic_load(&p->closing)) {
        const live_packet *k = live_session_next(p->options.session);
        if (k && k->kind != LIVE_EVENT) return k;
        if (k) {
            p->options.event(p->options.user, &k->event);
            live_packet_release(k);
            continue;
        }
        struct timespec until = clock_in_ms(PAUSE_MS);
        pthread_mutex_lock(&p->lock);
        if (!atomic_load(&p->closing)) pthread_cond_timedwait(&p->changed, &p->lock, &until);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

/* From now on, what is sent now: a key picture first. NULL: it is to end. */
static const live_packet *first_key(live_push *p)
{
    live_session_attach(p->options.session);
    for (const live_packet *k; (k = next_media(p)); live_packet_release(k))
        if (k->kind == LIVE_H264 && k->key) return k;
    return NULL;
}

/* Connecting took its time, so that it begins anew with what is sent then. */
static vis_status begin(live_push *p, vis_error *err)
{
    const live_packet *key = first_key(p);
    vis_status status = key ? connect_to(p, key, err) : VIS_ERR_CANCELLED;
    live_packet_release(key);
    if (status != VIS_OK) return status;
    key = first_key(p);
    if (!key) return VIS_ERR_CANCELLED;
    p->origin_us = key->time_us;
    status = send_packet(p, key, err);
    live_packet_release(key);
    return status;
}

static vis_status go_on(live_push *p, vis_error *err)
{
    vis_status status = VIS_OK;
    for (const live_packet *k; status == VIS_OK && (k = next_media(p)); live_packet_release(k))
        status = send_packet(p, k, err);
    return status;
}

/* ---- The thread ---- */

/* Events are heard of also while nobody is there. */
static void pause_for(live_push *p, int ms)
{
    double until = clock_seconds() + ms / 1000.0;
    while (clock_seconds() < until && !atomic_load(&p->closing)) {
        const live_packet *k = next_media(p);
        live_packet_release(k);
    }
}

static void *run(void *user)
{
    live_push *p = user;
    int back_off = FIRST_BACK_OFF_MS;
    while (!atomic_load(&p->closing)) {
        vis_error err = {0};
        vis_status status = begin(p, &err);
        double connected = clock_seconds();
        if (status == VIS_OK) {
            p->options.told(p->options.user, true, p->name);
            status = go_on(p, &err);
            if (clock_seconds() - connected > STEADY_SECONDS) back_off = FIRST_BACK_OFF_MS;
        }
        hang_up(p);
        if (atomic_load(&p->closing)) break;
        p->options.told(p->options.user, false, err.message);
        pause_for(p, back_off);
        back_off = back_off * 2 > MOST_BACK_OFF_MS ? MOST_BACK_OFF_MS : back_off * 2;
    }
    live_session_detach(p->options.session);
    return NULL;
}

static vis_status start(live_push *p, const char *url, vis_error *err)
{
    VIS_TRY(live_push_check(url, err));
    p->kind = find_kind(url);
    live_push_name(url, p->name);
    p->url = text_copy(url, strlen(url));
    p->packet = av_packet_alloc();
    if (!p->url || !p->packet || pthread_create(&p->thread, NULL, run, p) != 0)
        return vis_fail_memory(err, "a stream to push");
    return VIS_OK;
}

static void free_push(live_push *p)
{
    av_packet_free(&p->packet);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->url);
    free(p);
}

vis_status live_push_open(const live_push_options *options, live_push **out, vis_error *err)
{
    live_push *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p) return vis_fail_memory(err, "a stream to push");
    p->options = *options;
    pthread_mutex_init(&p->lock, NULL);
    clock_condition(&p->changed);
    vis_status status = start(p, options->url, err);
    if (status == VIS_OK)
        *out = p;
    else
        free_push(p);
    return status;
}

void live_push_close(live_push *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->closing, true);
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    free_push(p);
}
