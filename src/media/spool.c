/* media/spool.c - a file without a name, filled within a limit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/spool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static vis_status fail_room(const char *name, vis_error *err)
{
    return vis_fail(err, VIS_ERR_WRITE,
                    "%s: no room to keep what comes from there: %s; set TMPDIR to another folder",
                    name, strerror(errno));
}

vis_status spool_create(spool *s, const char *name, vis_error *err)
{
    *s = (spool){.fd = file_nameless()};
    if (s->fd < 0) return fail_room(name, err);
    file_nameless_path(s->fd, s->path);
    return VIS_OK;
}

vis_status spool_add(spool *s, const void *bytes, size_t size, const char *name, vis_error *err)
{
    if ((int64_t)size > SPOOL_MAX - s->size)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: gives more than %lld bytes; save it to a file",
                        name, SPOOL_MAX);
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(s->fd, (const char *)bytes + done, size - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return fail_room(name, err);
        done += (size_t)wrote;
    }
    s->size += (int64_t)size;
    return VIS_OK;
}

void spool_free(spool *s)
{
    if (s->fd >= 0) close(s->fd);
    *s = SPOOL_NONE;
}
