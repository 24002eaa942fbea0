/* media/kept_bytes.c - a file without a name, filled within a limit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/kept_bytes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static vis_status fail_room(const char *name, vis_error *err)
{
    return vis_fail(err, VIS_ERR_WRITE,
                    "%s: no room to keep what comes from there: %s; set TMPDIR to another folder",
                    name, strerror(errno));
}

vis_status kept_bytes_create(kept_bytes *k, const char *name, vis_error *err)
{
    *k = (kept_bytes){.fd = file_nameless()};
    if (k->fd < 0) return fail_room(name, err);
    file_nameless_path(k->fd, k->path);
    return VIS_OK;
}

vis_status kept_bytes_add(kept_bytes *k, const void *bytes, size_t size, const char *name,
                          vis_error *err)
{
    if ((int64_t)size > KEPT_BYTES_MAX - k->size)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: gives more than %lld bytes; save it to a file",
                        name, KEPT_BYTES_MAX);
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(k->fd, (const char *)bytes + done, size - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return fail_room(name, err);
        done += (size_t)wrote;
    }
    k->size += (int64_t)size;
    return VIS_OK;
}

void kept_bytes_free(kept_bytes *k)
{
    if (k->fd >= 0) close(k->fd);
    *k = KEPT_BYTES_NONE;
}
