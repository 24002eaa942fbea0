/* rtc/seal.c - libsrtp's sessions, one each way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/seal.h"

#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

#define KEY 16
#define SALT 14
#define LEAST 8 /* bytes of RTCP: libsrtp reads that far before it looks at the size */

_Static_assert(SRTP_MAX_TRAILER_LEN + 4 <= SEAL_ROOM, "libsrtp writes behind what it seals");
_Static_assert(2 * (KEY + SALT) == SEAL_KEYS, "both sides' keys and salts");

struct seal {
    srtp_t out, in; /* NULL: none */
};

static srtp_err_status_t started;

static void start(void)
{
    started = srtp_init();
}

/* Ours are the second of each, since the other side called. */
static bool open_one(const uint8_t keys[SEAL_KEYS], bool ours, srtp_t *out)
{
    uint8_t key[KEY + SALT];
    srtp_policy_t policy = {.next = NULL};
    memcpy(key, keys + (ours ? KEY : 0), KEY);
    memcpy(key + KEY, keys + 2 * KEY + (ours ? SALT : 0), SALT);
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    policy.ssrc.type = ours ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = key;
    policy.window_size = 1024;
    bool fine = srtp_create(out, &policy) == srtp_err_status_ok;
    if (!fine) *out = NULL;
    explicit_bzero(key, sizeof key);
    return fine;
}

vis_status seal_open(const uint8_t keys[SEAL_KEYS], seal **out, vis_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *out = NULL;
    pthread_once(&once, start);
    if (started != srtp_err_status_ok)
        return vis_fail(err, VIS_ERR_INTERNAL, "WebRTC: libsrtp does not start");
    seal *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "keys");
    if (!open_one(keys, true, &s->out) || !open_one(keys, false, &s->in)) {
        seal_close(s);
        return vis_fail(err, VIS_ERR_INTERNAL, "WebRTC: libsrtp takes no keys");
    }
    *out = s;
    return VIS_OK;
}

void seal_close(seal *s)
{
    if (!s) return;
    if (s->out) srtp_dealloc(s->out);
    if (s->in) srtp_dealloc(s->in);
    free(s);
}

size_t seal_rtp(seal *s, uint8_t *bytes, size_t size)
{
    int length = (int)size;
    return srtp_protect(s->out, bytes, &length) == srtp_err_status_ok ? (size_t)length : 0;
}

size_t seal_rtcp(seal *s, uint8_t *bytes, size_t size)
{
    int length = (int)size;
    return srtp_protect_rtcp(s->out, bytes, &length) == srtp_err_status_ok ? (size_t)length : 0;
}

size_t seal_open_rtcp(seal *s, uint8_t *bytes, size_t size)
{
    int length = (int)size;
    if (size < LEAST) return 0;
    return srtp_unprotect_rtcp(s->in, bytes, &length) == srtp_err_status_ok ? (size_t)length : 0;
}
