/* serve/serve.c - from beginning to end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve.h"

#include "base/status.h"
#include "serve/network.h"

#include <stdlib.h>

static void tell_ready(const server *s)
{
    char url[128];
    int port;
    network_url(s, url, sizeof url, &port);
    s->caller->ready(s->caller->user, url, port);
}

static vis_status run(server *s, vis_error *err)
{
    VIS_TRY(network_open(s, err));
    tell_ready(s);
    VIS_TRY(server_open_pushes(s, err));
    network_serve(s);
    server_part_all(s);
    network_flush(s);
    return VIS_OK;
}

/* Sessions wake the network until they are closed, so it goes after them. */
vis_status serve_run(const serve_settings *settings, const serve_caller *caller, vis_error *err)
{
    server *s = malloc(sizeof *s);
    if (!s) return vis_fail_memory(err, "a server");
    vis_status status = server_open(settings, caller, s, err);
    if (status == VIS_OK) status = run(s, err);
    server_settle(s);
    network_close(s);
    server_close(s);
    free(s);
    return status;
}
