/* speech/server_lines.h - connections to one server that wait for the next question.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_SERVER_LINES_H
#define SPEECH_SERVER_LINES_H

#include "speech/server_address.h"
#include "speech/server_request.h"

#include <pthread.h>

#define SERVER_LINES 4

/* Any number of threads. */
typedef struct server_lines {
    pthread_mutex_t lock; /* of what follows */
    server_line idle[SERVER_LINES];
    int n_idle;
} server_lines;

/* Also gets libcurl ready, once for the process. */
void server_lines_init(server_lines *l);
void server_lines_close(server_lines *l);

/* One that waits, or a new one. VIS_ERR_MEMORY. */
vis_status server_lines_take(server_lines *l, server_line *out, vis_error *err);
void server_lines_give_back(server_lines *l, server_line *line);

#endif
