/* speech/server_lines.c - taken and given back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/server_lines.h"

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void server_lines_init(server_lines *l)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    *l = (server_lines){.n_idle = 0};
    pthread_mutex_init(&l->lock, NULL);
}

void server_lines_close(server_lines *l)
{
    while (l->n_idle > 0)
        server_line_close(&l->idle[--l->n_idle]);
    pthread_mutex_destroy(&l->lock);
}

vis_status server_lines_take(server_lines *l, server_line *out, vis_error *err)
{
    *out = (server_line){0};
    pthread_mutex_lock(&l->lock);
    if (l->n_idle > 0) *out = l->idle[--l->n_idle];
    pthread_mutex_unlock(&l->lock);
    return out->multi ? VIS_OK : server_line_open(out, err);
}

void server_lines_give_back(server_lines *l, server_line *line)
{
    pthread_mutex_lock(&l->lock);
    if (l->n_idle < SERVER_LINES) {
        l->idle[l->n_idle++] = *line;
        *line = (server_line){0};
    }
    pthread_mutex_unlock(&l->lock);
    server_line_close(line);
}
