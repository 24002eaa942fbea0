/* rtc/rtc.h - a session's pictures and sound by WebRTC: any number of viewers through one UDP port.
 *
 *   session ──packets──► RTP ──► SRTP ──┐                          ┌── STUN: who is it, and where
 *                         ▲             ├──► one UDP socket, one thread ──► DTLS: the keys
 *             RTCP: resend, key, rate ──┘                          └── SRTCP: how it arrives
 *
 * ICE-lite: viewers find the way here, and are told apart by the name that they call, then by their
 * address. All that comes is bounded, and nothing that is not authenticated changes anything.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_RTC_H
#define RTC_RTC_H

#include "live/session.h"

#define RTC_MAX_VIEWERS 4096
#define RTC_OFFER_MAX (64u << 10) /* bytes of an SDP offer */

typedef struct rtc rtc;               /* the engine. Any thread */
typedef struct rtc_viewer rtc_viewer; /* who receives one session */

typedef struct rtc_options {
    const char *host;           /* a number, without brackets: where UDP is listened for */
    int port;                   /* 0: any that is free */
    const char *public_address; /* a number by which viewers reach it; it is listened for at every
                                   address then. NULL: `host`, or where that is every address, those
                                   that the machine has */
} rtc_options;

/* Can this build do it at all? Else rtc_open says what is missing. */
bool rtc_is_built(void);

/* Listens, makes a certificate, starts the thread. VIS_ERR_WRITE: the port is taken;
 * VIS_ERR_UNSUPPORTED: built without WebRTC; VIS_ERR_USAGE: no address. */
vis_status rtc_open(const rtc_options *options, rtc **out, vis_error *err);
void rtc_close(rtc *r); /* no viewer may be left; NULL is fine */

int rtc_port(const rtc *r);

typedef struct rtc_viewer_options {
    live_session *session; /* must not be raw, and must outlive the viewer */
    /* An event of the session, when its time has come. On the engine's thread, which must not be
     * held up; NULL: they are dropped. */
    void (*event)(void *user, const live_packet *p);
    void *user;
} rtc_viewer_options;

/* Reads an offer (SDP, any bytes) and writes the answer, complete with all candidates; the caller's
 * to free. From then on until rtc_forget the session's packets are taken by the engine: nobody else
 * may attach to it or fetch packets. VIS_ERR_FORMAT: it is no offer; VIS_ERR_UNSUPPORTED: it is one,
 * and asks for what is not to be had (no H.264, VP8 or Opus, no BUNDLE, ...); VIS_ERR_LIMIT. */
vis_status rtc_answer(rtc *r, const rtc_viewer_options *options, const char *offer, size_t size,
                      rtc_viewer **out, char **answer, vis_error *err);

/* Tells the viewer that it ends, and detaches from the session. No callback runs any more when it
 * returns. NULL is fine. */
void rtc_forget(rtc *r, rtc_viewer *v);

/* The session has packets (its `wake`). Any thread; does not block. */
void rtc_wake(rtc *r);

typedef enum rtc_state {
    RTC_COMING, /* answered; not connected yet */
    RTC_CONNECTED,
    RTC_GONE, /* said good-bye, failed, or was silent for 10 seconds: to be forgotten */
} rtc_state;

typedef struct rtc_figures {
    rtc_state state;
    double heard; /* clock_seconds() when it was heard of last */
    int64_t packets, bytes, resent, keys_asked;
    double lost; /* share of packets, as it said last */
} rtc_figures;
void rtc_get(rtc *r, const rtc_viewer *v, rtc_figures *out);

#endif
