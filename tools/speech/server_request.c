/* speech/server_request.c - libcurl's multi interface, so that who asked can turn away.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/server_request.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ASK_EVERY_MS 50 /* whether sound is still wanted */
#define MAX_REDIRECTS 3
#define MAX_WAIT 600.0 /* seconds in all, besides what the listener takes */

typedef struct exchange {
    CURL *easy;
    const server_request *request;
    const server_receiver *to;
    int code;      /* of HTTP */
    size_t size;   /* bytes so far */
    bool refused;  /* by the receiver */
    double heard;  /* when the last byte came, by clock_seconds */
    double waited; /* seconds in all */
    char why[CURL_ERROR_SIZE];
} exchange;

vis_status server_line_open(server_line *l, vis_error *err)
{
    l->multi = curl_multi_init();
    l->easy = curl_easy_init();
    if (l->multi && l->easy) return VIS_OK;
    server_line_close(l);
    return vis_fail_memory(err, "a connection to a server");
}

void server_line_close(server_line *l)
{
    curl_easy_cleanup(l->easy);
    curl_multi_cleanup(l->multi);
    *l = (server_line){0};
}

static void note_head(exchange *x)
{
    long code = 0;
    char *type = NULL;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(x->easy, CURLINFO_CONTENT_TYPE, &type);
    x->code = (int)code;
    x->to->head(x->to->user, x->code, type ? type : "");
}

static void note_sign_of_life(exchange *x)
{
    double now = clock_seconds();
    x->waited += now - x->heard;
    x->heard = now;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    note_sign_of_life(user);
    return size * count;
}

/* The time that the listener takes is not the server's. */
static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    exchange *x = user;
    note_sign_of_life(x);
    if (x->size == 0) note_head(x);
    x->size += size * count;
    x->refused = !x->to->take(x->to->user, bytes, size * count);
    x->heard = clock_seconds();
    return !x->refused ? size * count : CURL_WRITEFUNC_ERROR;
}

/* What a server at an https address says must not be sent on in the clear. */
static const char *redirect_protocols(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0 ? "https" : "http,https";
}

static void set_limits(CURL *easy, const server_request *r)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a name that is looked up */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, redirect_protocols(r->url));
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)r->timeout_ms);
}

static void set_up(exchange *x)
{
    CURL *easy = x->easy;
    curl_easy_reset(easy);
    set_limits(easy, x->request);
    curl_easy_setopt(easy, CURLOPT_URL, x->request->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->request->headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, x->request->body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->why);
}

static vis_status explain(const exchange *x, CURLcode code, vis_error *err)
{
    const char *why = x->why[0] ? x->why : curl_easy_strerror(code);
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return vis_fail_memory(err, "a request");
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return vis_fail(err, VIS_ERR_OPEN, "it cannot be reached: %s", why);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return vis_fail(err, VIS_ERR_FORMAT, "it breaks off after %zu bytes: %s", x->size, why);
    default:
        return vis_fail(err, VIS_ERR_FORMAT, "it does not answer as such a server does: %s", why);
    }
}

/* Whether to go on waiting. */
static vis_status check(const exchange *x, vis_error *err)
{
    double silent = clock_seconds() - x->heard;
    if (!x->to->wanted(x->to->user))
        return vis_fail(err, VIS_ERR_CANCELLED, "stopped while waiting for an answer");
    if (silent * 1000 > x->request->timeout_ms)
        return vis_fail(err, VIS_ERR_OPEN, "it does not answer%s: nothing for %g seconds",
                        x->size > 0 ? " any more" : "", x->request->timeout_ms / 1000.0);
    if (x->waited + silent > MAX_WAIT)
        return vis_fail(err, VIS_ERR_LIMIT, "its answer takes longer than %g seconds", MAX_WAIT);
    return VIS_OK;
}

/* Runs the transfer; *code is how it came out. */
static vis_status transfer(CURLM *multi, const exchange *x, CURLcode *code, vis_error *err)
{
    int running = 1;
    for (;;) {
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return vis_fail_memory(err, "a request");
        if (!running) break;
        VIS_TRY(check(x, err));
        curl_multi_poll(multi, NULL, 0, ASK_EVERY_MS, NULL);
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    *code = message ? message->data.result : CURLE_OUT_OF_MEMORY;
    return VIS_OK;
}

vis_status server_request_run(server_line *l, const server_request *r, const server_receiver *to,
                              vis_error *err)
{
    exchange x = {.easy = l->easy, .request = r, .to = to, .heard = clock_seconds()};
    CURLcode code = CURLE_OK;
    set_up(&x);
    if (curl_multi_add_handle(l->multi, l->easy) != CURLM_OK)
        return vis_fail_memory(err, "a request");
    vis_status status = transfer(l->multi, &x, &code, err);
    if (x.size == 0) note_head(&x);
    curl_multi_remove_handle(l->multi, l->easy);
    if (status != VIS_OK) return status;
    bool told = x.refused || (x.code >= 300 && x.size > 0);
    return code == CURLE_OK || told ? VIS_OK : explain(&x, code, err);
}
