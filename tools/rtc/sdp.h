/* rtc/sdp.h - offers read (RFC 8866, 8829), whoever wrote them, and answers to them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_SDP_H
#define RTC_SDP_H

#include "base/status.h"
#include "rtc/rtc_address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SDP_MAX_MEDIA 16
#define SDP_MAX_FORMATS 64 /* codecs of one medium; those behind are not looked at */
#define SDP_WORD 64        /* bytes of a name */
#define SDP_DIGEST_MAX 64
#define SDP_MAX_CANDIDATES 16

typedef enum sdp_codec {
    SDP_NONE,
    SDP_OPUS,
    SDP_H264,
    SDP_VP8,
} sdp_codec;

/* One way in which a medium may be coded. */
typedef struct sdp_format {
    int payload; /* RTP's number of it */
    sdp_codec codec;
    char profile[7]; /* of H.264, "42e01f" */
    bool whole;      /* H.264 in single units only: packetization mode 0 */
    bool nack, pli, fir, remb;
} sdp_format;

typedef struct sdp_media {
    char kind[16], protocol[32], name[SDP_WORD + 1], format[SDP_WORD + 1];
    bool audio, video;
    bool refused;            /* by its port, or here */
    bool bundled, mux;       /* it shares a transport; RTCP comes with it */
    bool receives;           /* the viewer takes it */
    int send_time_extension; /* its number; 0: none */
    sdp_format chosen;       /* SDP_NONE: nothing that is to be had */
} sdp_media;

typedef struct sdp_offer {
    char digest_name[16]; /* of the viewer's certificate: "sha-256" */
    uint8_t digest[SDP_DIGEST_MAX];
    int digest_size;
    int count;
    sdp_media media[SDP_MAX_MEDIA];
    int video, audio; /* which of them are sent; -1: none */
} sdp_offer;

/* VIS_ERR_FORMAT: it is none; VIS_ERR_UNSUPPORTED: what is wanted is not to be had, and why. */
vis_status sdp_read(const char *text, size_t size, sdp_offer *out, vis_error *err);

/* What the answer says of this side. */
typedef struct sdp_side {
    const char *name, *password; /* of ICE */
    const char *fingerprint;     /* "AB:CD:...", sha-256 */
    const char *label;           /* of what belongs together: CNAME and stream */
    uint32_t video, audio;       /* SSRCs */
    uint64_t session;            /* a number that no other session has */
    const rtc_address *candidate;
    int candidates; /* 1 to SDP_MAX_CANDIDATES */
} sdp_side;

/* The caller's to free. */
vis_status sdp_answer(const sdp_offer *o, const sdp_side *side, char **out, vis_error *err);

#endif
