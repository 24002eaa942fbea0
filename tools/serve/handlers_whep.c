/* serve/handlers_whep.c - /whep/{session}: an offer answered, its viewer looked after by its own path.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/handlers.h"

#include "base/status.h"
#include "serve/whep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tag(const place *p, answer *a)
{
    snprintf(a->etag, sizeof a->etag, "\"%d\"", p->viewers);
}

static void refuse(vis_status status, const vis_error *err, const place *p, answer *a)
{
    if (status == VIS_ERR_UNSUPPORTED)
        answer_problem(a, p->options.rtc ? 406 : 409, "%s", err->message);
    else
        answer_failure(a, status, err);
}

void handle_offer(server *s, place *p, request *r, answer *a)
{
    vis_error err = {0};
    char *text;
    vis_status status = whep_answer(s, p, (const char *)r->body.data, r->body.size, &text, &err);
    if (status != VIS_OK) {
        refuse(status, &err, p, a);
        return;
    }
    answer_text(a, 201, "application/sdp", text);
    snprintf(a->location, sizeof a->location, "/whep/%s/%d", p->id, p->viewers);
    tag(p, a);
}

/* Is the path that of the viewer that is there? */
static bool is_there(const place *p, const request *r, answer *a)
{
    const char *number = strrchr(r->path, '/') + 1;
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", p->viewers);
    if (p->viewer && strcmp(number, wanted) == 0) return true;
    answer_problem(a, 404, "there is no such viewer, or it is gone");
    return false;
}

void handle_viewer(server *s, place *p, request *r, answer *a)
{
    rtc_figures f;
    static const char *const states[] = {
        [RTC_COMING] = "connecting", [RTC_CONNECTED] = "connected", [RTC_GONE] = "gone"};
    if (!is_there(p, r, a)) return;
    rtc_get(s->rtc, p->viewer, &f);
    answer_json(a, 200,
                json_pack("{s:s, s:I, s:I, s:I, s:I, s:f}", "state", states[f.state], "packets",
                          (json_int_t)f.packets, "bytes", (json_int_t)f.bytes, "resent",
                          (json_int_t)f.resent, "keys_asked", (json_int_t)f.keys_asked, "lost",
                          f.lost));
    tag(p, a);
}

/* Who has no socket beside it is done with the session. */
void handle_viewer_end(server *s, place *p, request *r, answer *a)
{
    if (!is_there(p, r, a)) return;
    if (p->socket)
        whep_end(s, p);
    else
        server_part(s, p, "its viewer is done");
    a->status = 200;
}

/* The other side's addresses are learnt when it comes, so that none of them is needed. */
void handle_candidates(server *s, place *p, request *r, answer *a)
{
    if (!is_there(p, r, a)) return;
    tag(p, a);
    if (strcmp(r->match, "*") == 0)
        answer_problem(a, 422, "ICE is not begun anew here: send another offer");
    else if (r->match[0] && strcmp(r->match, a->etag) != 0)
        answer_problem(a, 412, "the ETag is another by now");
    else
        a->status = 204;
}
