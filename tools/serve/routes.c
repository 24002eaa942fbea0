/* serve/routes.c - which path and method is which handler, and what holds for all of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/routes.h"

#include "serve/assets.h"
#include "serve/handlers.h"
#include "serve/livetalking.h"

#include <stdio.h>
#include <string.h>

#define SESSIONS "/v1/sessions/"
#define WHEP "/whep/"
#define VIEWER "/N" /* any number */
#define JSON_LIMIT (64 << 10)
#define FILE_LIMIT (32 << 20)
#define PATH_LIMIT 64

typedef struct route {
    const char *path; /* behind the session's own path where that comes first */
    bool of_session;
    handler *get, *post, *remove;   /* NULL: there is no such method */
    bool guarded_get, guarded_post; /* by the token */
    bool takes_file;
    handler *patch;
    bool whep;        /* behind /whep/ID instead */
    const char *type; /* of a body; NULL: application/json */
    bool livetalking; /* finds its session itself, takes bodies of any type (serve/livetalking.h) */
    bool begins;      /* of all paths that begin so */
} route;

static const route routes[] = {
    {"/v1/characters", false, handle_characters},
    {"/v1/sessions", false, handle_sessions, handle_open, NULL, true, true},
    {"", true, handle_session, NULL, handle_close},
    {"/speak", true, NULL, handle_speak, NULL, .takes_file = true},
    {"/interrupt", true, NULL, handle_interrupt},
    {"/ws", true, handle_socket},
    {"", true, NULL, handle_offer, .whep = true, .type = "application/sdp"},
    {VIEWER, true, handle_viewer, NULL, handle_viewer_end, .patch = handle_candidates, .whep = true,
     .type = "application/trickle-ice-sdpfrag"},
    {"/healthz", false, handle_health},
    {"/readyz", false, handle_ready},
    {"/metrics", false, handle_metrics, .guarded_get = true},
    {"/offer", false, NULL, handle_lt_offer, .livetalking = true},
    {"/human", false, NULL, handle_lt_human, .livetalking = true},
    {"/humanaudio", false, NULL, handle_lt_file, .livetalking = true, .takes_file = true},
    {"/interrupt_talk", false, NULL, handle_lt_interrupt, .livetalking = true},
    {"/is_speaking", false, NULL, handle_lt_speaking, .livetalking = true},
    {"/set_audiotype", false, NULL, handle_lt_action, .livetalking = true},
    {"/record", false, NULL, handle_lt_record, .livetalking = true},
    {"/record/", false, handle_lt_recorded, .livetalking = true, .begins = true},
    {"/sse", false, handle_lt_events, .livetalking = true},
};

/* What a path leads to. */
typedef struct target {
    const route *route; /* NULL: none, or a page */
    const asset *page;
    char id[PLACE_ID + 2]; /* of a session; "" */
} target;

static bool is_path_of(const route *r, const char *path)
{
    return r->begins ? strncmp(r->path, path, strlen(r->path)) == 0 : strcmp(r->path, path) == 0;
}

static const route *find_route(const char *path, bool of_session, bool whep)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (routes[i].of_session == of_session && routes[i].whep == whep &&
            is_path_of(&routes[i], path))
            return &routes[i];
    return NULL;
}

/* What follows a session's own path; all viewers' are one. */
static const route *find_behind(const char *path, bool whep)
{
    bool viewer =
        whep && path[0] == '/' && path[1] && strspn(path + 1, "0123456789") == strlen(path + 1);
    return find_route(viewer ? VIEWER : path, true, whep);
}

static target find_target(const char *path)
{
    target t = {.page = asset_find(path)};
    bool whep = strncmp(path, WHEP, strlen(WHEP)) == 0;
    size_t prefix = strlen(whep ? WHEP : SESSIONS);
    if (whep || strncmp(path, SESSIONS, prefix) == 0) {
        size_t length = strcspn(path + prefix, "/");
        snprintf(t.id, sizeof t.id, "%.*s", (int)(length > PLACE_ID ? PLACE_ID + 1 : length),
                 path + prefix);
        t.route = length ? find_behind(path + prefix + length, whep) : NULL;
    } else {
        t.route = find_route(path, false, false);
    }
    return t;
}

static handler *find_handler(const route *r, request_method method)
{
    return method == METHOD_GET      ? r->get
           : method == METHOD_POST   ? r->post
           : method == METHOD_DELETE ? r->remove
           : method == METHOD_PATCH  ? r->patch
                                     : NULL;
}

/* What an Allow header says. */
static const char *allowed(const target *t)
{
    const route *r = t->route;
    if (!r) return "GET, HEAD, OPTIONS";
    if (r->patch) return "GET, HEAD, PATCH, DELETE, OPTIONS";
    if (r->get && r->post) return "GET, HEAD, POST, OPTIONS";
    if (r->get && r->remove) return "GET, HEAD, DELETE, OPTIONS";
    return r->post ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

/* ---- What holds for every request ---- */

/* Says who may read the answer; false where nobody may. */
static bool check_site(const server *s, const request *r, answer *a)
{
    origin_kind kind = origins_judge(&s->origins, r->origin, r->host);
    if (!origins_host_fits(&s->origins, r->host)) {
        answer_problem(a, 421, "this server is not called %.200s", r->host);
        return false;
    }
    if (kind == ORIGIN_ALLOWED) snprintf(a->origin, sizeof a->origin, "%s", r->origin);
    if (kind != ORIGIN_FOREIGN || r->method == METHOD_GET) return true;
    answer_problem(a, 403, "pages of %.200s may not use this server; --allow-origin names who may",
                   r->origin);
    return false;
}

static bool check_token(const server *s, const route *to, const request *r, answer *a)
{
    bool guarded = r->method == METHOD_POST ? to->guarded_post : to->guarded_get;
    if (!guarded || tokens_allow(&s->tokens, r->authorization)) return true;
    answer_problem(a, 401, "a token is wanted: Authorization: Bearer TOKEN");
    a->challenge = true;
    return false;
}

static bool check_method(const target *t, const request *r, answer *a)
{
    a->allow = NULL;
    if (t->page ? r->method == METHOD_GET : find_handler(t->route, r->method) != NULL) return true;
    answer_problem(a, 405, "this takes %s", allowed(t));
    a->allow = allowed(t);
    return false;
}

static bool check_length(const request *r, size_t limit, answer *a)
{
    if (r->length_bad)
        answer_problem(a, 400, "Content-Length is no number");
    else if (r->chunked)
        answer_problem(a, 411, "a body needs a Content-Length");
    else if (r->length > (int64_t)limit)
        answer_problem(a, 413, "at most %zu bytes are taken here", limit);
    else
        return true;
    a->close = true;
    return false;
}

static bool is_file(const request *r)
{
    return request_is_of(r, "audio/") || request_is_of(r, "video/mp4") ||
           request_is_of(r, "application/octet-stream");
}

/* Sets how much of a body is taken. */
static bool check_body(const route *to, request *r, answer *a)
{
    bool posts = r->method == METHOD_POST || r->method == METHOD_PATCH,
         file = posts && to->takes_file && (to->livetalking || is_file(r));
    size_t limit = file ? FILE_LIMIT : JSON_LIMIT;
    r->body.limit = limit;
    if (!check_length(r, limit, a)) return false;
    const char *type = to->type ? to->type : "application/json";
    if (!posts || file || to->livetalking || request_is_of(r, type)) return true;
    if (r->length <= 0 && !to->takes_file && !to->type) return true;
    if (to->takes_file)
        answer_problem(a, 415,
                       "a text as application/json, or a sound file as audio/*, video/mp4 or "
                       "application/octet-stream is wanted");
    else
        answer_problem(a, 415, "%s is wanted", type);
    return false;
}

static place *find_place(server *s, const target *t, answer *a)
{
    place *p = server_find(s, t->id);
    if (!p) answer_problem(a, 404, "there is no such session, or it has ended");
    return p;
}

static void preflight(const target *t, answer *a)
{
    a->status = 204;
    a->allow = allowed(t);
    a->preflight = a->origin[0] != '\0';
}

void routes_begin(server *s, request *r, answer *a)
{
    target t = find_target(r->path);
    if (!check_site(s, r, a)) return;
    if (!t.route && !t.page) {
        answer_problem(a, 404, "there is nothing at that path; see /openapi.json");
        return;
    }
    if (r->method == METHOD_OPTIONS) {
        preflight(&t, a);
        return;
    }
    a->envelope = t.route && t.route->livetalking;
    if (!check_method(&t, r, a)) return;
    if (t.page) {
        handle_asset(s, r, a);
        return;
    }
    if (!check_token(s, t.route, r, a)) return;
    if (t.route->livetalking && !livetalking_served(s, a)) return;
    if (t.route->of_session && !find_place(s, &t, a)) return;
    check_body(t.route, r, a);
}

/* The session may be gone since the headers came; the route is there, or routes_begin had answered. */
void routes_finish(server *s, request *r, answer *a)
{
    target t = find_target(r->path);
    if (!t.route) return;
    place *p = t.route->of_session ? find_place(s, &t, a) : NULL;
    if (t.route->of_session && !p) return;
    find_handler(t.route, r->method)(s, p, r, a);
}

place *routes_socket(server *s, const request *r, answer *a)
{
    target t = find_target(r->path);
    if (!t.route || t.route->get != handle_socket) {
        answer_problem(a, 404, "there is no WebSocket at that path");
        return NULL;
    }
    if (!origins_host_fits(&s->origins, r->host)) {
        answer_problem(a, 421, "this server is not called %.200s", r->host);
        return NULL;
    }
    if (origins_judge(&s->origins, r->origin, r->host) == ORIGIN_FOREIGN) {
        answer_problem(a, 403, "pages of %.200s may not use this server", r->origin);
        return NULL;
    }
    place *p = find_place(s, &t, a);
    if (!p || !p->push) return p;
    answer_problem(a, 409, "this session is sent on by the server: it has no WebSocket");
    return NULL;
}
