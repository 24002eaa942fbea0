/* serve/download.h - a file on its way to a client, piece by piece as the connection takes it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_DOWNLOAD_H
#define SERVE_DOWNLOAD_H

#include "viseme/status.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised there is none. */
typedef struct download {
    bool goes_on;
    int file;
    size_t left; /* bytes */
} download;

/* *size is that of the file. VIS_ERR_OPEN. */
vis_status download_open(download *d, const char *path, size_t *size, vis_error *err);
void download_close(download *d); /* fine where there is none */

/* The next piece; false: the file or the connection fails. With the last one it goes on no more. */
bool download_send(download *d, struct lws *wsi);

#endif
