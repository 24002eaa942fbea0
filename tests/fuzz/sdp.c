/* fuzz/sdp.c - an offer as a client sends it: refused in words, or answered.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "rtc/sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sdp_offer o;
    rtc_address at;
    char *text;
    vis_error err = {0};
    vis_status status = sdp_read((const char *)data, size, &o, &err);
    target_check(status, &err);
    if (status != VIS_OK) return 0;
    if (o.video < 0 || o.video >= o.count || o.audio >= o.count || o.digest_size < 32) abort();
    if (!rtc_address_parse("192.0.2.1", 9, &at)) abort();
    const sdp_side side = {.name = "name",
                           .password = "password",
                           .fingerprint = "AA",
                           .label = "label",
                           .candidate = &at,
                           .candidates = 1};
    status = sdp_answer(&o, &side, &text, &err);
    target_check(status, &err);
    if (status == VIS_OK && !strstr(text, "a=sendonly\r\n")) abort();
    free(text);
    return 0;
}
