/* serve/serve.h - characters that talk live, over HTTP and WebSockets (docs/live-protocol.md).
 *
 *   who asks ─HTTP, WebSocket─► routes, socket ─► place ─► speaker ─sound─► session ─► packets ─┐
 *      ▲                          (one thread)              (a thread each)                     │
 *      └────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "serve/settings.h"

/* What the caller wants; once something else than to go on, it does not become less. */
typedef enum serve_wish {
    SERVE_GO_ON,
    SERVE_DRAIN, /* let nobody in, let what is being said be said (settings: drain_seconds), end */
    SERVE_END,
} serve_wish;

typedef struct serve_caller {
    void (*ready)(void *user, const char *url, int port); /* clients may come */
    /* A standing session (--push): who knows its id may use it. May be NULL. */
    void (*standing)(void *user, const char *character, const char *id);
    serve_wish (*wish)(void *user); /* asked several times a second */
    void *user;
    vis_log log;     /* a line for each session that begins, ends or fails (serve/journal.h) */
    vis_log warning; /* of opening, and of sessions; with JSON lines they go to `log` too */
} serve_caller;

/* Opens everything, serves until it is to stop, ends every session. Once at a time in a process.
 * VIS_ERR_WRITE: the address cannot be listened at; VIS_ERR_UNSUPPORTED: built without a server. */
vis_status serve_run(const serve_settings *settings, const serve_caller *caller, vis_error *err);

#endif
