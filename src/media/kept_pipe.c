/* media/kept_pipe.c - a list of pipes that were read, by device and inode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/kept_pipe.h"

#include "base/file_nameless.h"
#include "media/kept_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

struct kept_pipe {
    dev_t device;
    ino_t inode;
    kept_bytes bytes;
    int users;
    kept_pipe *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept_pipe *all;

static bool find_pipe(const char *path, struct stat *st)
{
    return path && stat(path, st) == 0 && (S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode));
}

/* Within `lock`. */
static kept_pipe *find(const struct stat *st)
{
    for (kept_pipe *p = all; p; p = p->next)
        if (p->device == st->st_dev && p->inode == st->st_ino) return p;
    return NULL;
}

static vis_status copy(int from, kept_bytes *to, const char *path, vis_error *err)
{
    char bytes[CHUNK];
    for (;;) {
        ssize_t got = read(from, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return vis_fail(err, VIS_ERR_OPEN, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0) return VIS_OK;
        VIS_TRY(kept_bytes_add(to, bytes, (size_t)got, path, err));
    }
}

/* Within `lock`, so that two who want one pipe do not share its bytes out between them. */
static vis_status keep(const char *path, const struct stat *st, kept_pipe **out, vis_error *err)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return vis_fail(err, VIS_ERR_OPEN, "%s: cannot be opened: %s", path, strerror(errno));
    kept_pipe *p = calloc(1, sizeof *p);
    vis_status status = p ? VIS_OK : vis_fail_memory(err, "a pipe");
    if (status == VIS_OK) {
        *p = (kept_pipe){st->st_dev, st->st_ino, KEPT_BYTES_NONE, 1, all};
        status = kept_bytes_create(&p->bytes, path, err);
    }
    if (status == VIS_OK) status = copy(from, &p->bytes, path, err);
    close(from);
    if (status == VIS_OK) {
        *out = all = p;
        return VIS_OK;
    }
    if (p) kept_bytes_free(&p->bytes);
    free(p);
    return status;
}

vis_status kept_pipe_open(const char *path, kept_pipe **out, vis_error *err)
{
    struct stat st;
    *out = NULL;
    if (!find_pipe(path, &st)) return VIS_OK;
    pthread_mutex_lock(&lock);
    vis_status status = VIS_OK;
    *out = find(&st);
    if (*out)
        (*out)->users++;
    else
        status = keep(path, &st, out, err);
    pthread_mutex_unlock(&lock);
    return status;
}

void kept_pipe_release(kept_pipe *p)
{
    if (!p) return;
    pthread_mutex_lock(&lock);
    if (--p->users == 0) {
        kept_pipe **at = &all;
        while (*at != p)
            at = &(*at)->next;
        *at = p->next;
        kept_bytes_free(&p->bytes);
        free(p);
    }
    pthread_mutex_unlock(&lock);
}

int kept_pipe_read(const char *path)
{
    struct stat st;
    if (!find_pipe(path, &st)) return -1;
    pthread_mutex_lock(&lock);
    const kept_pipe *p = find(&st);
    int fd = p ? file_nameless_again(p->bytes.fd) : -1;
    pthread_mutex_unlock(&lock);
    return fd;
}
