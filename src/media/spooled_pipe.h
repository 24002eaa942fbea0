/* media/spooled_pipe.h - sound that comes through a pipe, spooled to be read more than once.
 *
 * A pipe gives its bytes to the first who reads. While they are spooled (media/spool.h),
 * ffmpeg_file_open opens those in the place of the pipe, under any name that leads to it
 * (/dev/stdin, /dev/fd/63).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_SPOOLED_PIPE_H
#define MEDIA_SPOOLED_PIPE_H

#include "base/status.h"

typedef struct spooled_pipe spooled_pipe;

/* Reads a pipe to its end, waiting for who writes. Where `path` is no pipe, or NULL, or a pipe that
 * is kept already, there is nothing to do: *out is NULL or shares what is there. The caller's,
 * released with spooled_pipe_release. VIS_ERR_OPEN, VIS_ERR_LIMIT (more than SPOOL_MAX),
 * VIS_ERR_WRITE (no room for it), VIS_ERR_MEMORY. Any thread. */
vis_status spooled_pipe_open(const char *path, spooled_pipe **out, vis_error *err);
void spooled_pipe_release(spooled_pipe *p); /* NULL is fine */

/* A descriptor of its own, at the beginning, of what is kept of the pipe at `path`; -1: nothing. */
int spooled_pipe_read(const char *path);

#endif
