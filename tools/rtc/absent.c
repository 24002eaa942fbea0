/* rtc/absent.c - in the place of WebRTC that was not built.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/rtc.h"

#include "base/status.h"

#include <string.h>

bool rtc_is_built(void)
{
    return false;
}

vis_status rtc_open(const rtc_options *options, rtc **out, vis_error *err)
{
    *out = NULL;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "this viseme was built without WebRTC: install libsrtp2 and OpenSSL and build "
                    "again");
}

void rtc_close(rtc *r) {}

int rtc_port(const rtc *r)
{
    return 0;
}

vis_status rtc_answer(rtc *r, const rtc_viewer_options *options, const char *offer, size_t size,
                      rtc_viewer **out, char **answer, vis_error *err)
{
    *out = NULL;
    *answer = NULL;
    return rtc_open(NULL, &r, err);
}

void rtc_forget(rtc *r, rtc_viewer *v) {}

void rtc_wake(rtc *r) {}

void rtc_get(rtc *r, const rtc_viewer *v, rtc_figures *out)
{
    memset(out, 0, sizeof *out);
}
