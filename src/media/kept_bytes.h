/* media/kept_bytes.h - bytes that come only once, kept so that they can be read again and anywhere.
 *
 * They go into a file without a name in the folder for temporary files (TMPDIR, else /tmp), which
 * is gone with the process, however that ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_KEPT_BYTES_H
#define MEDIA_KEPT_BYTES_H

#include "base/file_nameless.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define KEPT_BYTES_MAX (4LL << 30) /* six hours of 16 bits, stereo, 48 kHz */

typedef struct kept_bytes {
    int fd;                        /* -1: nothing is kept */
    char path[FILE_NAMELESS_PATH]; /* opens them in this process until kept_bytes_free */
    int64_t size;
} kept_bytes;

#define KEPT_BYTES_NONE ((kept_bytes){.fd = -1})

/* Fresh ones. `name` says in messages whose they are. VIS_ERR_WRITE: there is no place. */
vis_status kept_bytes_create(kept_bytes *k, const char *name, vis_error *err);

/* Appends. VIS_ERR_LIMIT (more than KEPT_BYTES_MAX), VIS_ERR_WRITE. */
vis_status kept_bytes_add(kept_bytes *k, const void *bytes, size_t size, const char *name,
                          vis_error *err);
void kept_bytes_free(kept_bytes *k); /* fine where nothing is kept */

#endif
