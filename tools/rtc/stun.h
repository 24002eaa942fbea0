/* rtc/stun.h - Binding requests of ICE read and answered (RFC 8489, 8445), as the lite side does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_STUN_H
#define RTC_STUN_H

#include "rtc/rtc_address.h"

#include <stddef.h>

#define STUN_MAX 256      /* bytes of an answer */
#define STUN_NAME_MAX 256 /* bytes of the name that is called */
#define STUN_ID 12

typedef struct stun_request {
    const uint8_t *bytes; /* the message, which must live on */
    size_t signed_size;   /* of it, before its MESSAGE-INTEGRITY */
    uint8_t id[STUN_ID];
    char name[STUN_NAME_MAX + 1]; /* of who is called: USERNAME up to its colon */
    bool nominates;               /* USE-CANDIDATE */
    bool controlled;              /* the sender wants the other side to choose */
} stun_request;

/* False: no Binding request, not of the right form, without a name, a signature or a checksum, or
 * that is wrong. The signature is not looked at. */
bool stun_read(const uint8_t *bytes, size_t size, stun_request *out);

/* Was it signed with that password? */
bool stun_is_signed(const stun_request *r, const char *password);

/* The answer that tells where the request came from; its size. */
size_t stun_answer(const stun_request *r, const rtc_address *from, const char *password,
                   uint8_t out[STUN_MAX]);

/* Both sides take the same part: the other is to change its own (487). */
size_t stun_refuse_role(const stun_request *r, const char *password, uint8_t out[STUN_MAX]);

#endif
