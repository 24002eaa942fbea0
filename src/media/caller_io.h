/* media/caller_io.h - the caller's own functions (viseme/io.h), held to what they promise.
 *
 * `what` is the option that they were given as, and names them in messages where they have no name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_CALLER_IO_H
#define MEDIA_CALLER_IO_H

#include "base/buffer.h"
#include "media/input_file.h"
#include "media/spool.h"
#include "viseme/io.h"

/* How messages call it; belongs to `io`, or is `what`. */
const char *caller_io_name(const vis_io *io, const char *what);

/* Reads to the end, into `out` (which buffer_init has prepared) or into a fresh spool, which
 * is none where it fails. VIS_ERR_OPEN: `read` failed; VIS_ERR_USAGE: there is none, or it gave
 * what cannot be; VIS_ERR_LIMIT; else as buffer_append and spool_add. */
vis_status caller_io_read(const vis_io *io, const char *what, buffer *out, vis_error *err);
vis_status caller_io_spool(const vis_io *io, const char *what, spool *out, vis_error *err);

/* Where such bytes are opened, and how they are called. */
input_file caller_io_file(const vis_io *io, const char *what, const spool *bytes);

/* VIS_ERR_USAGE where there is no `write`: for asking before long work. */
vis_status caller_io_check_write(const vis_io *io, const char *what, vis_error *err);

/* Writes all, from the first byte to the last. VIS_ERR_WRITE: `write` failed; VIS_ERR_USAGE. */
vis_status caller_io_write(const vis_io *io, const char *what, const void *bytes, size_t size,
                           vis_error *err);
vis_status caller_io_write_spool(const vis_io *io, const char *what, const spool *from,
                                 vis_error *err);

#endif
