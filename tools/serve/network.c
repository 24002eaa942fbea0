/* serve/network.c - libwebsockets' context, and which of its callbacks is whose.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/network.h"

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "serve/connection.h"
#include "serve/events.h"
#include "serve/http.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_USECS 200000
#define HANDSHAKE_SECONDS 10  /* for headers to come, for pieces of a body */
#define KEEP_ALIVE_SECONDS 15 /* between requests */
#define HEADER_BYTES 8192
#define CONNECTIONS_BASE 64
#define CONNECTIONS_A_SESSION 4
#define SESSIONS_UNKNOWN 256
#define SERVICE_BUFFER (64 << 10)
#define FILES_BESIDE 64 /* descriptors that are no clients' */
#define FEWEST 16       /* connections, however few descriptors there are */
#define MOST 60000
#define FLUSH_STEPS 20
#define FLUSH_STEP_USECS 20000

static const lws_retry_bo_t pings = {.secs_since_valid_ping = 3, .secs_since_valid_hangup = 8};

/* The process may have as many descriptors as the system lets it ask for: those of connections
 * must not be lacking elsewhere. */
static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0) return;
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
}

/* How many connections the descriptors are enough for, beside what else is open. */
static int most_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur > INT_MAX) return INT_MAX;
    int beside = 2 * FILES_BESIDE;
    return (int)r.rlim_cur > beside + FEWEST ? (int)r.rlim_cur - beside : FEWEST;
}

static int settle_most(const server *s)
{
    int sessions = s->settings->max_sessions ? s->settings->max_sessions : SESSIONS_UNKNOWN;
    int wanted = s->settings->max_connections ? s->settings->max_connections
                                              : CONNECTIONS_BASE + CONNECTIONS_A_SESSION * sessions;
    int most = most_descriptors();
    if (most > MOST) most = MOST;
    return wanted < most ? wanted : most;
}

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_storage room;
} any_address;

static void address_of(lws_sockfd_type fd, any_address *out)
{
    socklen_t size = sizeof *out;
    memset(out, 0, sizeof *out); /* of no family, should it be gone already */
    getpeername(fd, &out->any, &size);
}

static bool is_admitted(const server *s, lws_sockfd_type fd)
{
    any_address from;
    if (s->connections >= s->most_connections) return false;
    address_of(fd, &from);
    return peers_admit(&s->peers, &from.any);
}

/* The opaque data mark what was counted: its address, or the table where that is not known. */
static void count_in(struct lws *wsi, server *s)
{
    any_address from;
    address_of(lws_get_socket_fd(wsi), &from);
    peer *p = peers_enter(&s->peers, &from.any);
    lws_set_opaque_user_data(wsi, p ? (void *)p : &s->peers);
    s->connections++;
}

static void count_out(struct lws *wsi, server *s)
{
    void *counted = lws_get_opaque_user_data(wsi);
    if (counted) s->connections--;
    if (counted != &s->peers) peers_leave(counted);
    lws_set_opaque_user_data(wsi, NULL);
}

static int on_http(struct lws *wsi, enum lws_callback_reasons why, connection *c, server *s,
                   void *in, size_t size)
{
    switch (why) {
    case LWS_CALLBACK_HTTP:
        return http_request(wsi, s, &c->request, in);
    case LWS_CALLBACK_HTTP_BODY:
        return http_body(wsi, &c->request, in, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return http_body_end(wsi, s, &c->request);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return http_upgrade(wsi, s, in);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return c->download.goes_on ? http_file_send(wsi, &c->download) : events_send(wsi, s);
    case LWS_CALLBACK_TIMER:
        return c && !c->viewer.wsi && http_is_late(c->request) ? -1 : 0;
    default:
        events_closed(wsi, s);
        if (c) http_drop(&c->request);
        if (c) download_close(&c->download);
        return 0;
    }
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons why, connection *c, server *s,
                     void *in, size_t size)
{
    switch (why) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return socket_filter(wsi, s, &c->viewer);
    case LWS_CALLBACK_ESTABLISHED:
        return socket_open(wsi, &c->viewer);
    case LWS_CALLBACK_RECEIVE:
        return socket_receive(wsi, &c->viewer, in, size);
    case LWS_CALLBACK_RECEIVE_PONG:
        socket_alive(&c->viewer);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return socket_send(wsi, &c->viewer);
    default:
        socket_closed(&c->viewer);
        http_drop(&c->request);
        return 0;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons why, void *data, void *in,
                    size_t size)
{
    server *s = lws_context_user(lws_get_context(wsi));
    switch (why) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return is_admitted(s, (lws_sockfd_type)(intptr_t)in) ? 0 : 1;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        count_in(wsi, s);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        count_out(wsi, s);
        return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        socket_wake_all(s);
        return 0;
    case LWS_CALLBACK_RAW_ADOPT: /* of CONNECT, which libwebsockets makes a bare socket of */
    case LWS_CALLBACK_RAW_RX:
        return -1;
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_TIMER:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        return on_http(wsi, why, data, s, in, size);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_CLOSED:
        return on_socket(wsi, why, data, s, in, size);
    default:
        return 0;
    }
}

/* ---- Opening ---- */

static vis_status check_readable(const char *path, vis_error *err)
{
    int fd;
    size_t size;
    if (!path) return VIS_OK;
    VIS_TRY(file_open(path, &fd, &size, err));
    close(fd);
    return VIS_OK;
}

static void fill(struct lws_context_creation_info *info, server *s)
{
    static const struct lws_protocols protocols[] = {
        {.name = "viseme",
         .callback = on_event,
         .per_session_data_size = sizeof(connection),
         .rx_buffer_size = SERVICE_BUFFER},
        {0},
    };
    const listen_address *at = &s->settings->listen;
    memset(info, 0, sizeof *info);
    info->iface = at->host;
    info->port = at->port;
    info->protocols = protocols;
    info->user = s;
    info->options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8;
    info->options |=
        at->ipv6 ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY : LWS_SERVER_OPTION_DISABLE_IPV6;
    if (!at->dual) info->options |= LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE;
    info->gid = -1; /* stay who we are */
    info->uid = -1;
    info->server_string = "viseme";
    info->timeout_secs = HANDSHAKE_SECONDS;
    info->timeout_secs_ah_idle = HANDSHAKE_SECONDS;
    info->keepalive_timeout = KEEP_ALIVE_SECONDS;
    info->max_http_header_data = HEADER_BYTES;
    info->max_http_header_pool = (unsigned short)s->most_connections; /* none waits for others */
    info->pt_serv_buf_size = SERVICE_BUFFER;
    info->fd_limit_per_thread = (unsigned)(s->most_connections + FILES_BESIDE);
    info->retry_and_idle_policy = &pings;
}

static void fill_tls(struct lws_context_creation_info *info, const serve_settings *o)
{
    if (!o->certificate) return;
    info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info->ssl_cert_filepath = o->certificate;
    info->ssl_private_key_filepath = o->key;
    info->alpn = "http/1.1";
}

static vis_status settle_connections(server *s, vis_error *err)
{
    const serve_settings *o = s->settings;
    raise_descriptors();
    s->most_connections = settle_most(s);
    int most = o->max_of_address    ? o->max_of_address
               : o->listen.loopback ? 0
                                    : (s->most_connections + 1) / 2;
    return peers_open(&s->peers, s->most_connections, most, err);
}

vis_status network_open(server *s, vis_error *err)
{
    struct lws_context_creation_info info;
    const serve_settings *o = s->settings;
    VIS_TRY(check_readable(o->certificate, err));
    VIS_TRY(check_readable(o->key, err));
    lws_set_log_level(0, NULL);
    VIS_TRY(settle_connections(s, err));
    fill(&info, s);
    fill_tls(&info, o);
    s->context = lws_create_context(&info);
    if (s->context) return VIS_OK;
    VIS_TRY(listen_address_probe(&o->listen, err));
    if (o->certificate)
        return vis_fail(err, VIS_ERR_FORMAT, "%s and %s: no certificate with its key, in PEM",
                        o->certificate, o->key);
    return vis_fail(err, VIS_ERR_WRITE, "cannot listen at %s port %d", o->listen.host,
                    o->listen.port);
}

void network_close(server *s)
{
    if (s->context) lws_context_destroy(s->context);
    s->context = NULL;
    peers_close(&s->peers);
}

void network_url(const server *s, char *out, size_t size, int *port)
{
    const listen_address *at = &s->settings->listen;
    struct lws_vhost *host = lws_get_vhost_by_name(s->context, "default");
    *port = host ? lws_get_vhost_listen_port(host) : at->port;
    snprintf(out, size, "%s://%s%s%s:%d/", s->settings->certificate ? "https" : "http",
             at->ipv6 ? "[" : "", at->host, at->ipv6 ? "]" : "", *port);
}

/* ---- Serving ---- */

typedef struct ticker {
    lws_sorted_usec_list_t timer; /* first, so that one is the other */
    server *server;
} ticker;

static void tick(lws_sorted_usec_list_t *timer)
{
    ticker *t = (ticker *)timer;
    server_tick(t->server);
    lws_sul_schedule(t->server->context, 0, timer, tick, TICK_USECS);
}

void server_wake(void *user)
{
    server *s = user;
    if (s->context) lws_cancel_service(s->context);
}

static bool goes_on(server *s)
{
    serve_wish wish = s->caller->wish(s->caller->user);
    if (wish == SERVE_END) return false;
    if (wish == SERVE_DRAIN && s->drained_by == 0) server_drain(s, s->settings->drain_seconds);
    return s->drained_by == 0 || !server_is_drained(s);
}

void network_serve(server *s)
{
    ticker t = {.server = s};
    tick(&t.timer);
    while (goes_on(s))
        if (lws_service(s->context, 0) < 0) break;
    lws_sul_cancel(&t.timer);
}

void network_flush(server *s)
{
    for (int i = 0; i < FLUSH_STEPS && s->connections > 0; i++) {
        lws_service(s->context, -1);
        usleep(FLUSH_STEP_USECS);
    }
}
