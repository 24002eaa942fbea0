/* serve/whep.c - between places and the engine of WebRTC.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/whep.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "serve/packet_text.h"

#include <stdlib.h>
#include <string.h>

#define SILENT_SECONDS 5 /* a viewer that was heard of since is lost now, not before */

/* As socket.c does it: the port of HTTP, unless another is wanted; where that is taken by chance, any.
 */
vis_status whep_open(server *s, vis_error *err)
{
    const serve_settings *o = s->settings;
    if (!rtc_is_built()) return VIS_OK;
    bool named = o->udp_port >= 0;
    rtc_options options = {.host = o->listen.host,
                           .port = named ? o->udp_port : o->listen.port,
                           .public_address = o->public_address};
    vis_error first;
    vis_status status = rtc_open(&options, &s->rtc, &first);
    if (status == VIS_ERR_WRITE && !named) {
        options.port = 0;
        status = rtc_open(&options, &s->rtc, err);
        if (status == VIS_OK)
            vis_warn(&s->journal.warnings, "%s; WebRTC goes through UDP port %d", first.message,
                     rtc_port(s->rtc));
        return status;
    }
    if (status != VIS_OK && err) *err = first;
    return status;
}

/* On the engine's thread. */
static void take_event(void *user, const live_packet *packet)
{
    place *p = user;
    place_tell_packet(p, packet);
}

static void note_alone(place *p, double since)
{
    if (!p->socket && p->alone_since < 0) p->alone_since = since;
}

void whep_end(server *s, place *p)
{
    rtc_viewer *v = p->viewer;
    if (!v) return;
    atomic_store(&p->watched, false);
    p->viewer = NULL;
    rtc_forget(s->rtc, v);
    note_alone(p, clock_seconds());
}

vis_status whep_answer(server *s, place *p, const char *offer, size_t size, char **answer,
                       vis_error *err)
{
    *answer = NULL;
    if (!p->options.rtc)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "this session sends by WebSocket: make one with \"transport\": \"whep\"");
    const rtc_viewer_options options = {.session = p->session, .event = take_event, .user = p};
    rtc_viewer *made;
    whep_end(s, p);
    VIS_TRY(rtc_answer(s->rtc, &options, offer, size, &made, answer, err));
    p->viewer = made;
    p->viewers++;
    p->alone_since = -1;
    atomic_store(&p->watched, true);
    return VIS_OK;
}

void whep_tick(server *s, place *p)
{
    rtc_figures f;
    if (!p->viewer) return;
    rtc_get(s->rtc, p->viewer, &f);
    if (f.state != RTC_GONE) return;
    double now = clock_seconds();
    whep_end(s, p);
    if (!p->socket) p->alone_since = now - f.heard > SILENT_SECONDS ? f.heard : now;
}
