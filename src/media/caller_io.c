/* media/caller_io.c - pieces in, pieces out, each looked at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/caller_io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 16)

const char *caller_io_name(const vis_io *io, const char *what)
{
    return io->name && *io->name ? io->name : what;
}

/* One piece, at most PIECE bytes; *got 0 at the end. `before` bytes came before it. */
static vis_status read_piece(const vis_io *io, const char *name, uint8_t *bytes, int64_t before,
                             size_t *got, vis_error *err)
{
    int64_t gave = io->read(io->user, bytes, PIECE);
    if (gave < 0)
        return vis_fail(err, VIS_ERR_OPEN,
                        "%s: reading failed after %lld bytes (its read gave %lld)", name,
                        (long long)before, (long long)gave);
    if (gave > (int64_t)PIECE)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: its read gave %lld bytes where at most %zu were asked for", name,
                        (long long)gave, PIECE);
    *got = (size_t)gave;
    return VIS_OK;
}

static vis_status check_read(const vis_io *io, const char *what, vis_error *err)
{
    if (io->read) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s: vis_io.read is missing (NULL)",
                    caller_io_name(io, what));
}

vis_status caller_io_read(const vis_io *io, const char *what, buffer *out, vis_error *err)
{
    const char *name = caller_io_name(io, what);
    uint8_t bytes[PIECE];
    VIS_TRY(check_read(io, what, err));
    for (size_t got;;) {
        VIS_TRY(read_piece(io, name, bytes, (int64_t)out->size, &got, err));
        if (got == 0) return VIS_OK;
        if (got > out->limit - out->size)
            return vis_fail(err, VIS_ERR_LIMIT, "%s: gives more than the %zu bytes it may have",
                            name, out->limit);
        VIS_TRY(buffer_append(out, bytes, got, err));
    }
}

static vis_status fill(const vis_io *io, const char *name, spool *out, vis_error *err)
{
    uint8_t bytes[PIECE];
    for (size_t got;;) {
        VIS_TRY(read_piece(io, name, bytes, out->size, &got, err));
        if (got == 0) return VIS_OK;
        VIS_TRY(spool_add(out, bytes, got, name, err));
    }
}

vis_status caller_io_spool(const vis_io *io, const char *what, spool *out, vis_error *err)
{
    const char *name = caller_io_name(io, what);
    *out = SPOOL_NONE;
    VIS_TRY(check_read(io, what, err));
    VIS_TRY(spool_create(out, name, err));
    vis_status status = fill(io, name, out, err);
    if (status != VIS_OK) spool_free(out);
    return status;
}

input_file caller_io_file(const vis_io *io, const char *what, const spool *bytes)
{
    return (input_file){caller_io_name(io, what), bytes->path};
}

vis_status caller_io_check_write(const vis_io *io, const char *what, vis_error *err)
{
    if (io->write) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s: vis_io.write is missing (NULL)",
                    caller_io_name(io, what));
}

/* All of a piece, before which `before` bytes went. */
static vis_status write_piece(const vis_io *io, const char *name, const uint8_t *bytes, size_t size,
                              int64_t before, vis_error *err)
{
    for (size_t done = 0; done < size;) {
        int64_t took = io->write(io->user, bytes + done, size - done);
        if (took <= 0)
            return vis_fail(err, VIS_ERR_WRITE,
                            "%s: writing failed after %lld bytes (its write gave %lld)", name,
                            (long long)before + (long long)done, (long long)took);
        if ((uint64_t)took > size - done)
            return vis_fail(err, VIS_ERR_USAGE,
                            "%s: its write took %lld bytes where %zu were given", name,
                            (long long)took, size - done);
        done += (size_t)took;
    }
    return VIS_OK;
}

vis_status caller_io_write(const vis_io *io, const char *what, const void *bytes, size_t size,
                           vis_error *err)
{
    VIS_TRY(caller_io_check_write(io, what, err));
    return write_piece(io, caller_io_name(io, what), bytes, size, 0, err);
}

vis_status caller_io_write_spool(const vis_io *io, const char *what, const spool *from,
                                 vis_error *err)
{
    const char *name = caller_io_name(io, what);
    uint8_t bytes[PIECE];
    VIS_TRY(caller_io_check_write(io, what, err));
    for (int64_t at = 0;;) {
        ssize_t got = pread(from->fd, bytes, sizeof bytes, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return vis_fail(err, VIS_ERR_WRITE, "%s: what was made cannot be read back: %s", name,
                            strerror(errno));
        if (got == 0) return VIS_OK;
        VIS_TRY(write_piece(io, name, bytes, (size_t)got, at, err));
        at += got;
    }
}
