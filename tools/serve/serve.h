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

typedef struct serve_caller {
    void (*ready)(void *user, const char *url, int port); /* clients may come */
    bool (*stop)(void *user); /* asked several times a second: is it to end? */
    void *user;
    vis_log log;     /* a line for each session that begins, ends or fails */
    vis_log warning; /* of opening, and of sessions */
} serve_caller;

/* Opens everything, serves until it is to stop, ends every session. Once at a time in a process.
 * VIS_ERR_WRITE: the address cannot be listened at; VIS_ERR_UNSUPPORTED: built without a server. */
vis_status serve_run(const serve_settings *settings, const serve_caller *caller, vis_error *err);

#endif
