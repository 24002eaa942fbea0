/* fuzz/stun.c - a datagram as a stranger sends it: a request, or none, and answers that fit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "rtc/stun.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stun_request r;
    rtc_address from;
    uint8_t out[STUN_MAX];
    if (!stun_read(data, size, &r)) return 0;
    if (strlen(r.name) < 1 || strlen(r.name) > STUN_NAME_MAX || r.signed_size >= size) abort();
    stun_is_signed(&r, "password");
    if (!rtc_address_parse(size % 8 ? "::1" : "192.0.2.1", 9, &from)) abort();
    if (stun_answer(&r, &from, "password", out) > STUN_MAX) abort();
    if (stun_refuse_role(&r, "password", out) > STUN_MAX) abort();
    return 0;
}
