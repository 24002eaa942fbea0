/* rtc/dtls.h - the handshake by which a viewer and this side agree on keys (RFC 5764), by OpenSSL.
 *
 * OpenSSL, because libwebsockets brings it into the process already; nothing else here knows of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_DTLS_H
#define RTC_DTLS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTLS_FINGERPRINT 97 /* "AB:CD:...", sha-256 */
#define DTLS_KEYS 60        /* bytes: both sides' keys, then their salts */
#define DTLS_DATAGRAM 1200  /* bytes that one takes at most */

/* A certificate of our own making with its key; any number of handshakes use it. */
typedef struct dtls_identity dtls_identity;

vis_status dtls_identity_make(dtls_identity **out, vis_error *err);
void dtls_identity_free(dtls_identity *i); /* NULL is fine */
const char *dtls_fingerprint(const dtls_identity *i);

typedef enum dtls_state {
    DTLS_GOES_ON,
    DTLS_DONE,   /* keys are there */
    DTLS_FAILED, /* or the other side said good-bye */
} dtls_state;

/* One handshake, of the side that is called. One thread at a time. */
typedef struct dtls dtls;

/* `digest`: of the certificate that the other side must have, by its name in SDP. Datagrams to it go
 * to `send`. */
vis_status dtls_open(const dtls_identity *i, const char *digest_name, const uint8_t *digest,
                     int digest_size, void (*send)(void *user, const uint8_t *bytes, size_t size),
                     void *user, dtls **out, vis_error *err);
void dtls_close(dtls *d); /* says good-bye; NULL is fine */

/* A datagram that came. */
dtls_state dtls_take(dtls *d, const uint8_t *bytes, size_t size);

/* Now and then: sends again what was lost. */
dtls_state dtls_tick(dtls *d);

/* Once it is done. False: there is no SRTP in it. */
bool dtls_keys(dtls *d, uint8_t out[DTLS_KEYS]);

#endif
