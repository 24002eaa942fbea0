/* rtc/viewer.h - one viewer: where it is, its keys, and what is on its way to it. The engine's lock
 * is held in all of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_VIEWER_H
#define RTC_VIEWER_H

#include "rtc/dtls.h"
#include "rtc/rate.h"
#include "rtc/rtc.h"
#include "rtc/rtc_address.h"
#include "rtc/sdp.h"
#include "rtc/stun.h"
#include "rtc/track.h"

#define VIEWER_NAME 8
#define VIEWER_PASSWORD 24
#define VIEWER_WAYS 4 /* addresses that it came from and proved to be its own */

struct rtc_viewer {
    rtc_viewer_options options;
    char name[VIEWER_NAME + 1], password[VIEWER_PASSWORD + 1], label[VIEWER_NAME + 1];
    int socket;
    rtc_address way[VIEWER_WAYS];
    int ways;
    int way_chosen;    /* where media go */
    rtc_address reply; /* where the answer to what is being read goes */
    bool vp8;
    dtls *dtls;
    seal *seal; /* NULL until it is connected */
    track video, audio;
    bool has_audio;
    rate rate;
    double rate_told;
    rtc_figures figures;
    int64_t begun_us;
    int64_t media_us, media_at_us; /* a moment of the session, and when it was sent */
    int64_t report_us;             /* when the next reports are due */
    int reports;
    int64_t key_us;                    /* when a key picture was asked for last */
    int64_t counted_us, counted_bytes; /* of the last rate */
    double sent_rate;                  /* bits a second, of late */
    int resends;                       /* of the datagram that is being read */
    struct rtc_viewer *next;
};

/* Of an offer that was read; *out is in no list yet. */
vis_status viewer_open(const rtc_viewer_options *options, const sdp_offer *offer,
                       const dtls_identity *identity, int socket, rtc_viewer **out, vis_error *err);
/* Says good-bye. */
void viewer_close(rtc_viewer *v);

/* The offer's answer; the caller's to free. */
vis_status viewer_answer(const rtc_viewer *v, const sdp_offer *offer, const char *fingerprint,
                         const rtc_address *candidates, int count, char **out, vis_error *err);

bool viewer_is_at(const rtc_viewer *v, const rtc_address *a);

/* A request that calls it; unless its signature is wrong it is answered, and its sender's address is
 * one of the viewer's. */
void viewer_stun(rtc_viewer *v, const stun_request *r, const rtc_address *from, int64_t now_us);
void viewer_dtls(rtc_viewer *v, const uint8_t *bytes, size_t size, const rtc_address *from,
                 int64_t now_us);
/* Bytes are opened in place. */
void viewer_rtcp(rtc_viewer *v, uint8_t *bytes, size_t size, int64_t now_us);

/* Its address is another's now. */
void viewer_leave_way(rtc_viewer *v, const rtc_address *a);

/* Takes what the session has, sends what is due. True: more waits to be sent. */
bool viewer_sweep(rtc_viewer *v, int64_t now_us);

#endif
