/* serve/http.c - HTTP/1.1 through libwebsockets.
 *
 * An answer goes out in one piece and libwebsockets keeps what the network does not take at once; the
 * longest is a file of the page.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/http.h"

#include "base/status.h"
#include "serve/connection.h"
#include "serve/events.h"
#include "serve/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 4096
#define BODY_SECONDS 60          /* for all of it to come */
#define DISCARDED_MAX (64 << 20) /* bytes of a body that is refused; beyond, the connection ends */

/* ---- Reading ---- */

static void read_header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size)
{
    out[0] = '\0';
    if (lws_hdr_total_length(wsi, token) == 0) return;
    if (lws_hdr_copy(wsi, out, (int)size, token) < 0) snprintf(out, size, "?");
}

static void read_argument(struct lws *wsi, const char *name, char *out, size_t size)
{
    char whole[8192]; /* as long as all headers may be (network.c) */
    const char *value = lws_get_urlarg_by_name(wsi, name, whole, sizeof whole);
    snprintf(out, size, "%s", value ? value : "");
}

static const struct {
    enum lws_token_indexes token;
    request_method method;
} methods[] = {
    {WSI_TOKEN_GET_URI, METHOD_GET},         {WSI_TOKEN_HEAD_URI, METHOD_GET},
    {WSI_TOKEN_POST_URI, METHOD_POST},       {WSI_TOKEN_DELETE_URI, METHOD_DELETE},
    {WSI_TOKEN_OPTIONS_URI, METHOD_OPTIONS}, {WSI_TOKEN_PATCH_URI, METHOD_PATCH},
};

static void read_method(struct lws *wsi, request *r)
{
    r->method = METHOD_OTHER;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (lws_hdr_total_length(wsi, methods[i].token)) r->method = methods[i].method;
    r->head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) != 0;
}

static void read_length(struct lws *wsi, request *r)
{
    char text[24];
    read_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof text);
    size_t digits = strspn(text, "0123456789");
    r->length = -1;
    r->length_bad = text[digits] != '\0' || digits > 18;
    if (digits && !r->length_bad) r->length = strtoll(text, NULL, 10);
    r->chunked = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) != 0;
    r->expects = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_EXPECT) != 0;
}

void http_read(struct lws *wsi, const char *path, request *r)
{
    memset(r, 0, sizeof *r);
    read_method(wsi, r);
    read_length(wsi, r);
    snprintf(r->path, sizeof r->path, "%s", strlen(path) < sizeof r->path ? path : "?");
    read_header(wsi, WSI_TOKEN_HOST, r->host, sizeof r->host);
    read_header(wsi, WSI_TOKEN_ORIGIN, r->origin, sizeof r->origin);
    read_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, r->authorization, sizeof r->authorization);
    read_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, r->type, sizeof r->type);
    read_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, r->none_match, sizeof r->none_match);
    read_header(wsi, WSI_TOKEN_HTTP_IF_MATCH, r->match, sizeof r->match);
    read_argument(wsi, "interrupt=", r->interrupt, sizeof r->interrupt);
    read_argument(wsi, "event_id=", r->event_id, sizeof r->event_id);
    read_argument(wsi, "sessionid=", r->session_id, sizeof r->session_id);
}

/* ---- Answering ---- */

/* Headers as they are built; nothing is added once one did not fit. */
typedef struct headers {
    struct lws *wsi;
    unsigned char bytes[LWS_PRE + HEADERS_MAX], *at, *end;
    bool full;
} headers;

static void put(headers *h, const char *name, const char *value)
{
    if (!value || !*value || h->full) return;
    h->full = lws_add_http_header_by_name(h->wsi, (const unsigned char *)name,
                                          (const unsigned char *)value, (int)strlen(value), &h->at,
                                          h->end) != 0;
}

static void put_site(headers *h, const answer *a)
{
    if (!a->origin[0]) return;
    put(h, "access-control-allow-origin:", a->origin);
    put(h, "access-control-expose-headers:", "location, retry-after, etag");
    put(h, "cross-origin-resource-policy:", "cross-origin");
    if (!a->preflight) return;
    put(h, "access-control-allow-methods:", a->allow);
    put(h, "access-control-allow-headers:", "authorization, content-type, if-match");
    put(h, "access-control-max-age:", "600");
}

static void put_all(headers *h, const answer *a)
{
    char seconds[16] = "";
    if (a->retry_seconds) snprintf(seconds, sizeof seconds, "%d", a->retry_seconds);
    put_site(h, a);
    put(h, "allow:", a->allow);
    put(h, "location:", a->location);
    put(h, "retry-after:", seconds);
    put(h, "www-authenticate:", a->challenge ? "Bearer" : NULL);
    put(h, "etag:", a->etag);
    put(h, "cache-control:", a->etag[0] ? "no-cache" : "no-store");
    put(h, "content-security-policy:", a->policy);
    put(h, "x-content-type-options:", "nosniff");
    put(h, "referrer-policy:", "no-referrer");
    put(h, "vary:", "origin");
    put(h, "connection:", a->close ? "close" : NULL);
}

/* An answer that has no body by its nature has no length either. */
static bool is_bodiless(const answer *a)
{
    return a->status == 204 || a->status == 304;
}

static bool write_headers(struct lws *wsi, const answer *a)
{
    headers h = {.wsi = wsi};
    h.at = h.bytes + LWS_PRE;
    h.end = h.bytes + sizeof h.bytes - 1;
    unsigned char *start = h.at;
    if (lws_add_http_header_status(wsi, (unsigned)a->status, &h.at, h.end)) return false;
    put(&h, "content-type:", a->type);
    bool known = !is_bodiless(a) && !a->follows;
    if (known && lws_add_http_header_content_length(wsi, a->size, &h.at, h.end)) return false;
    put_all(&h, a);
    if (h.full || lws_finalize_http_header(wsi, &h.at, h.end)) return false;
    size_t size = (size_t)(h.at - start);
    return lws_write(wsi, start, size, LWS_WRITE_HTTP_HEADERS) >= (int)size;
}

static bool write_body(struct lws *wsi, const answer *a)
{
    if (a->size == 0) return true;
    unsigned char *copy = malloc(LWS_PRE + a->size);
    if (!copy) return false;
    memcpy(copy + LWS_PRE, a->body, a->size);
    int written = lws_write(wsi, copy + LWS_PRE, a->size, LWS_WRITE_HTTP_FINAL);
    free(copy);
    return written >= (int)a->size;
}

static bool write_answer(struct lws *wsi, const request *r, const answer *a)
{
    return write_headers(wsi, a) && (r->head || is_bodiless(a) || write_body(wsi, a));
}

/* The timer is never cancelled, since libwebsockets 4.1 has it expire at once then: one that expires
 * while no body is awaited means nothing (http_is_late). */
static void await_body(struct lws *wsi)
{
    lws_set_timer_usecs(wsi, BODY_SECONDS * LWS_USEC_PER_SEC);
}

bool http_is_late(const request *r)
{
    return r != NULL;
}

int http_file_send(struct lws *wsi, download *d)
{
    if (!download_send(d, wsi)) return -1;
    return !d->goes_on && lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* Its headers; the file follows as the connection takes it. Uses the answer up. */
static int give_file(struct lws *wsi, const request *r, answer *a)
{
    connection *c = lws_wsi_user(wsi);
    vis_error err = {0};
    if (download_open(&c->download, a->file, &a->size, &err) != VIS_OK)
        answer_problem(a, 500, "%s", err.message);
    if (!c->download.goes_on) {
        bool written = write_answer(wsi, r, a);
        answer_free(a);
        return !written || lws_http_transaction_completed(wsi) ? -1 : 0;
    }
    bool written = write_headers(wsi, a);
    answer_free(a);
    if (r->head) download_close(&c->download);
    if (written && r->head) return lws_http_transaction_completed(wsi) ? -1 : 0;
    if (written) lws_callback_on_writable(wsi);
    return written ? 0 : -1;
}

/* Its headers, and then whatever comes: it ends with the connection. */
static int give_events(struct lws *wsi, const request *r, answer *a)
{
    place *p = a->follows;
    a->close = true;
    bool begun = write_headers(wsi, a) && !r->head && events_begin(wsi, p);
    answer_free(a);
    return begun ? 0 : -1;
}

/* Uses the answer up. */
static int give(struct lws *wsi, const request *r, answer *a)
{
    if (a->file) return give_file(wsi, r, a);
    if (a->follows) return give_events(wsi, r, a);
    bool unknown = r->method == METHOD_POST && r->length < 0; /* how much of a body may come */
    a->close = a->close || unknown || r->chunked || r->length_bad || r->length > DISCARDED_MAX;
    bool ends = !write_answer(wsi, r, a) || a->close;
    answer_free(a);
    /* What is refused may still have its body to come: that too has an end. */
    if (r->answered) await_body(wsi);
    return ends || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static bool write_continue(struct lws *wsi)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    unsigned char bytes[LWS_PRE + sizeof go_on];
    memcpy(bytes + LWS_PRE, go_on, sizeof go_on);
    return lws_write(wsi, bytes + LWS_PRE, sizeof go_on - 1, LWS_WRITE_HTTP_HEADERS) > 0;
}

/* ---- A request's course ---- */

void http_drop(request **r)
{
    if (!*r) return;
    buffer_free(&(*r)->body);
    free(*r);
    *r = NULL;
}

/* libwebsockets may free what belongs to the connection while it takes an answer, so that the request
 * is taken from there first. */
static int finish(struct lws *wsi, server *s, request **from)
{
    answer a = {0};
    request *r = *from;
    *from = NULL;
    routes_begin(s, r, &a); /* once more: things may have changed since the headers came */
    if (a.status == 0) routes_finish(s, r, &a);
    int ends = give(wsi, r, &a);
    http_drop(&r);
    return ends;
}

/* Of a POST with an empty body, libwebsockets tells the body's end all the same. */
static bool waits_for_end(const request *r)
{
    return r->length == 0 && r->method == METHOD_POST;
}

int http_request(struct lws *wsi, server *s, request **out, const char *path)
{
    answer a = {0};
    http_drop(out);
    request *r = *out = malloc(sizeof *r);
    if (!r) return -1;
    http_read(wsi, path, r);
    if (waits_for_end(r)) return 0;
    if (r->length <= 0) return finish(wsi, s, out);
    routes_begin(s, r, &a);
    if (a.status != 0) {
        r->answered = true;
        return give(wsi, r, &a);
    }
    await_body(wsi);
    return r->expects && !write_continue(wsi) ? -1 : 0;
}

/* What was answered before its body came still gets it, and lets it go. */
int http_body(struct lws *wsi, request **r, const void *bytes, size_t size)
{
    if (!*r) return -1;
    if ((*r)->answered || size == 0) return 0;
    return buffer_append(&(*r)->body, bytes, size, NULL) == VIS_OK ? 0 : -1;
}

/* Also told of a GET whose answer takes longer, which is its request's end already. */
int http_body_end(struct lws *wsi, server *s, request **r)
{
    if (!*r) return 0;
    if (!(*r)->answered) return finish(wsi, s, r);
    http_drop(r);
    return 0;
}

static int give_upgrade(struct lws *wsi, const request *r, answer *a)
{
    a->close = true;
    write_answer(wsi, r, a);
    answer_free(a);
    return -1; /* libwebsockets sends what is left of it, and closes */
}

/* HTTP/2 is not spoken here; a client that offers it is content with an answer in HTTP/1.1. */
static int answer_h2c(struct lws *wsi, server *s, request *r)
{
    answer a = {0};
    routes_begin(s, r, &a);
    if (a.status == 0 && r->method == METHOD_POST)
        answer_problem(&a, 400, "send this without Upgrade: h2c");
    else if (a.status == 0)
        routes_finish(s, r, &a);
    return give_upgrade(wsi, r, &a);
}

int http_upgrade(struct lws *wsi, server *s, const char *to)
{
    char *path = NULL;
    int length = 0;
    answer a = {0};
    request r;
    if (lws_http_get_uri_and_method(wsi, &path, &length) < 0) return -1;
    http_read(wsi, path, &r);
    if (strcasecmp(to, "h2c") == 0) return answer_h2c(wsi, s, &r);
    if (strcasecmp(to, "websocket") != 0) return -1;
    return routes_socket(s, &r, &a) ? 0 : give_upgrade(wsi, &r, &a);
}
