/* rtc/engine.c - a socket, a thread, and which viewer a datagram is from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/rtc.h"

#include "base/status.h"
#include "rtc/viewer.h"
#include "rtc/viewer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SOCKET_BUFFER (4 << 20) /* asked for; the system gives what it allows */
#define DATAGRAM 2048           /* bytes; viewers send far shorter ones */
#define AT_ONCE 64              /* datagrams that are read before others' matters are looked at */
#define STEP_US 2000            /* between one sweep over all viewers and the next */
#define LATEST_US 50000         /* sweeps come at least as often */

struct rtc {
    int socket, wakes; /* descriptors */
    int port;
    rtc_address candidate[SDP_MAX_CANDIDATES];
    int candidates;
    dtls_identity *identity;
    pthread_t thread;
    bool running;
    atomic_bool awake; /* somebody woke it, and it did not look yet */
    pthread_mutex_t lock;
    /* Under the lock: */
    bool closing;
    rtc_viewer *viewers;
    int count;
    /* The thread's: */
    int64_t swept_us;
    bool more;   /* something waits to be sent */
    bool wanted; /* a session has packets */
};

bool rtc_is_built(void)
{
    return true;
}

int rtc_port(const rtc *r)
{
    return r->port;
}

void rtc_wake(rtc *r)
{
    static const uint64_t one = 1;
    if (atomic_exchange(&r->awake, true)) return;
    if (write(r->wakes, &one, sizeof one) < 0) return; /* it is awake then */
}

/* ---- What comes ---- */

static void take_stun(rtc *r, const uint8_t *bytes, size_t size, const rtc_address *from,
                      int64_t now_us)
{
    stun_request request;
    if (!stun_read(bytes, size, &request)) return;
    for (rtc_viewer *v = r->viewers; v; v = v->next) {
        if (strcmp(v->name, request.name) != 0) continue;
        viewer_stun(v, &request, from, now_us);
        for (rtc_viewer *other = r->viewers; other && viewer_is_at(v, from); other = other->next)
            if (other != v) viewer_leave_way(other, from);
        return;
    }
}

/* By its first byte (RFC 7983). */
static void take_datagram(rtc *r, uint8_t *bytes, size_t size, const rtc_address *from,
                          int64_t now_us)
{
    if (size == 0) return;
    if (bytes[0] < 4) {
        take_stun(r, bytes, size, from, now_us);
        return;
    }
    rtc_viewer *v = r->viewers;
    while (v && !viewer_is_at(v, from))
        v = v->next;
    if (!v) return;
    if (bytes[0] >= 20 && bytes[0] < 64)
        viewer_dtls(v, bytes, size, from, now_us);
    else if (bytes[0] >= 128 && bytes[0] < 192)
        viewer_rtcp(v, bytes, size, now_us);
}

static void take_all(rtc *r)
{
    uint8_t bytes[DATAGRAM];
    for (int i = 0; i < AT_ONCE; i++) {
        rtc_address from = {0};
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(r->socket, bytes, sizeof bytes, MSG_DONTWAIT, &from.any, &length);
        if (size < 0) return;
        take_datagram(r, bytes, (size_t)size, &from, viewer_now_us());
    }
}

/* ---- The thread ---- */

static void sweep(rtc *r, int64_t now_us)
{
    r->more = r->wanted = false;
    r->swept_us = now_us;
    for (rtc_viewer *v = r->viewers; v; v = v->next)
        if (viewer_sweep(v, now_us)) r->more = true;
}

static int64_t sweep_at(const rtc *r)
{
    return r->swept_us + (r->more || r->wanted ? STEP_US : LATEST_US);
}

static void wait(rtc *r, bool alone)
{
    struct pollfd on[2] = {{.fd = r->socket, .events = POLLIN}, {.fd = r->wakes, .events = POLLIN}};
    int64_t left = sweep_at(r) - viewer_now_us();
    if (left < 0) left = 0;
    const struct timespec until = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
    uint64_t count;
    ppoll(on, 2, alone ? NULL : &until, NULL);
    if (on[1].revents & POLLIN && read(r->wakes, &count, sizeof count) > 0) {
        atomic_store(&r->awake, false);
        r->wanted = true;
    }
}

static void *run(void *user)
{
    rtc *r = user;
    bool closing = false, alone = true;
    while (!closing) {
        wait(r, alone);
        pthread_mutex_lock(&r->lock);
        take_all(r);
        int64_t now_us = viewer_now_us();
        if (now_us >= sweep_at(r)) sweep(r, now_us);
        closing = r->closing;
        alone = r->viewers == NULL;
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

/* ---- Opened and closed ---- */

static vis_status bind_socket(rtc *r, rtc_address *at, vis_error *err)
{
    int size = SOCKET_BUFFER, off = 0;
    r->socket = socket(at->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->socket < 0)
        return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "--udp-port: %s", strerror(errno));
    setsockopt(r->socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(r->socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (at->any.sa_family == AF_INET6)
        setsockopt(r->socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    socklen_t length = sizeof *at;
    if (bind(r->socket, &at->any, rtc_address_size(at)) != 0 ||
        getsockname(r->socket, &at->any, &length) != 0)
        return vis_fail(err, VIS_ERR_WRITE, "cannot listen at UDP port %d: %s%s",
                        rtc_address_port(at), strerror(errno),
                        errno == EADDRINUSE ? "; choose another with --udp-port" : "");
    r->port = rtc_address_port(at);
    return VIS_OK;
}

/* By which addresses viewers are told to come. */
static void list_candidates(rtc *r, const rtc_address *at, const rtc_address *told)
{
    bool ipv6 = at->any.sa_family == AF_INET6;
    r->candidates = 1;
    if (told)
        r->candidate[0] = *told;
    else if (rtc_address_is_every(at))
        r->candidates = rtc_address_own(ipv6, r->port, r->candidate, SDP_MAX_CANDIDATES);
    else
        r->candidate[0] = *at;
}

static vis_status open_socket(rtc *r, const rtc_options *o, vis_error *err)
{
    rtc_address at, told;
    if (!rtc_address_parse(o->host, o->port, &at))
        return vis_fail(err, VIS_ERR_USAGE, "%s is no address to listen at", o->host);
    if (o->public_address && !rtc_address_parse(o->public_address, 0, &told))
        return vis_fail(err, VIS_ERR_USAGE,
                        "--public-address %s: a number is wanted, such as 203.0.113.5",
                        o->public_address);
    if (o->public_address)
        rtc_address_parse(
            at.any.sa_family == AF_INET6 || told.any.sa_family == AF_INET6 ? "::" : "0.0.0.0",
            o->port, &at);
    VIS_TRY(bind_socket(r, &at, err));
    if (o->public_address) rtc_address_parse(o->public_address, r->port, &told);
    list_candidates(r, &at, o->public_address ? &told : NULL);
    return VIS_OK;
}

static vis_status start(rtc *r, vis_error *err)
{
    r->wakes = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->wakes < 0)
        return vis_fail(err, vis_errno_status(VIS_ERR_INTERNAL), "WebRTC: %s", strerror(errno));
    int rc = pthread_create(&r->thread, NULL, run, r);
    r->running = rc == 0;
    return rc ? vis_fail(err, VIS_ERR_MEMORY, "WebRTC's thread does not start: %s", strerror(rc))
              : VIS_OK;
}

vis_status rtc_open(const rtc_options *options, rtc **out, vis_error *err)
{
    *out = NULL;
    rtc *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "WebRTC");
    r->socket = r->wakes = -1;
    pthread_mutex_init(&r->lock, NULL);
    vis_status status = open_socket(r, options, err);
    if (status == VIS_OK) status = dtls_identity_make(&r->identity, err);
    if (status == VIS_OK) status = start(r, err);
    if (status == VIS_OK)
        *out = r;
    else
        rtc_close(r);
    return status;
}

void rtc_close(rtc *r)
{
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_mutex_unlock(&r->lock);
    if (r->running) {
        rtc_wake(r);
        pthread_join(r->thread, NULL);
    }
    if (r->socket >= 0) close(r->socket);
    if (r->wakes >= 0) close(r->wakes);
    dtls_identity_free(r->identity);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* ---- Viewers ---- */

static vis_status add(rtc *r, rtc_viewer *v, vis_error *err)
{
    pthread_mutex_lock(&r->lock);
    bool room = r->count < RTC_MAX_VIEWERS;
    if (room) {
        v->next = r->viewers;
        r->viewers = v;
        r->count++;
    }
    pthread_mutex_unlock(&r->lock);
    if (!room) return vis_fail(err, VIS_ERR_LIMIT, "%d viewers are there already", RTC_MAX_VIEWERS);
    rtc_wake(r); /* it counts time while there are some */
    return VIS_OK;
}

static vis_status admit(rtc *r, const rtc_viewer_options *options, const sdp_offer *offer,
                        rtc_viewer **out, char **answer, vis_error *err)
{
    rtc_viewer *v;
    if (offer->media[offer->video].chosen.codec == SDP_VP8 && !live_session_has_vp8())
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "the offer has no H.264 (profile 42, packetization-mode=1), and FFmpeg's "
                        "libraries here no libvpx for VP8");
    VIS_TRY(viewer_open(options, offer, r->identity, r->socket, &v, err));
    vis_status status = viewer_answer(v, offer, dtls_fingerprint(r->identity), r->candidate,
                                      r->candidates, answer, err);
    if (status == VIS_OK) status = add(r, v, err);
    if (status == VIS_OK) {
        *out = v;
        return VIS_OK;
    }
    free(*answer);
    *answer = NULL;
    viewer_close(v);
    return status;
}

vis_status rtc_answer(rtc *r, const rtc_viewer_options *options, const char *offer, size_t size,
                      rtc_viewer **out, char **answer, vis_error *err)
{
    *out = NULL;
    *answer = NULL;
    if (size > RTC_OFFER_MAX)
        return vis_fail(err, VIS_ERR_FORMAT, "an offer has at most %u bytes", RTC_OFFER_MAX);
    sdp_offer *read = malloc(sizeof *read);
    if (!read) return vis_fail_memory(err, "an offer");
    vis_status status = sdp_read(offer, size, read, err);
    if (status == VIS_OK) status = admit(r, options, read, out, answer, err);
    free(read);
    return status;
}

void rtc_forget(rtc *r, rtc_viewer *v)
{
    if (!v) return;
    pthread_mutex_lock(&r->lock);
    for (rtc_viewer **at = &r->viewers; *at; at = &(*at)->next)
        if (*at == v) {
            *at = v->next;
            r->count--;
            break;
        }
    viewer_close(v);
    pthread_mutex_unlock(&r->lock);
}

void rtc_get(rtc *r, const rtc_viewer *v, rtc_figures *out)
{
    pthread_mutex_lock(&r->lock);
    *out = v->figures;
    pthread_mutex_unlock(&r->lock);
}
