/* fuzz/rtcp.c - a report as a viewer sends it, within its bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "rtc/rtcp.h"

#include <stdlib.h>

static void on_report(void *user, uint32_t ssrc, double lost)
{
    if (!(lost >= 0 && lost < 1)) abort();
    ++*(size_t *)user;
}

static void on_missing(void *user, uint32_t ssrc, uint16_t sequence)
{
    ++*(size_t *)user;
}

static void on_key(void *user, uint32_t ssrc)
{
    ++*(size_t *)user;
}

static void on_rate(void *user, double bits_per_second)
{
    if (!(bits_per_second >= 0)) abort();
    ++*(size_t *)user;
}

static void on_bye(void *user)
{
    ++*(size_t *)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t calls = 0;
    const rtcp_sink sink = {&calls, on_report, on_missing, on_key, on_rate, on_bye};
    rtcp_read(data, size, &sink);
    if (calls > 17 * (size / 4)) abort(); /* as many as a list of what is missing can have */
    return 0;
}
