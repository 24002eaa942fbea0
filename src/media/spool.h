/* media/spool.h - bytes that come only once, kept so that they can be read again and anywhere.
 *
 * They go into a file without a name in the folder for temporary files (TMPDIR, else /tmp), which
 * is gone with the process, however that ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_SPOOL_H
#define MEDIA_SPOOL_H

#include "base/file.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAX (4LL << 30) /* six hours of 16 bits, stereo, 48 kHz */

typedef struct spool {
    int fd;                        /* -1: nothing is kept */
    char path[FILE_NAMELESS_PATH]; /* opens them in this process until spool_free */
    int64_t size;
} spool;

#define SPOOL_NONE ((spool){.fd = -1})

/* Fresh ones. `name` says in messages whose they are. VIS_ERR_WRITE: there is no place. */
vis_status spool_create(spool *s, const char *name, vis_error *err);

/* Appends. VIS_ERR_LIMIT (more than SPOOL_MAX), VIS_ERR_WRITE. */
vis_status spool_add(spool *s, const void *bytes, size_t size, const char *name, vis_error *err);
void spool_free(spool *s); /* fine where nothing is kept */

#endif
