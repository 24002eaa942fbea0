/* media/spooled_pipe.c - a list of pipes that were read, by device and inode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/spooled_pipe.h"

#include "base/file.h"
#include "media/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

struct spooled_pipe {
    dev_t device;
    ino_t inode;
    spool bytes;
    int users;
    spooled_pipe *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static spooled_pipe *all;

static bool find_pipe(const char *path, struct stat *st)
{
    return path && stat(path, st) == 0 && (S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode));
}

/* Within `lock`. */
static spooled_pipe *find(const struct stat *st)
{
    for (spooled_pipe *p = all; p; p = p->next)
        if (p->device == st->st_dev && p->inode == st->st_ino) return p;
    return NULL;
}

static vis_status copy(int from, spool *to, const char *path, vis_error *err)
{
    char bytes[CHUNK];
    for (;;) {
        ssize_t got = read(from, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return vis_fail(err, VIS_ERR_OPEN, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0) return VIS_OK;
        VIS_TRY(spool_add(to, bytes, (size_t)got, path, err));
    }
}

/* Within `lock`, so that two who want one pipe do not share its bytes out between them. */
static vis_status keep(const char *path, const struct stat *st, spooled_pipe **out, vis_error *err)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return vis_fail(err, VIS_ERR_OPEN, "%s: cannot be opened: %s", path, strerror(errno));
    spooled_pipe *p = calloc(1, sizeof *p);
    vis_status status = p ? VIS_OK : vis_fail_memory(err, "a pipe");
    if (status == VIS_OK) {
        *p = (spooled_pipe){st->st_dev, st->st_ino, SPOOL_NONE, 1, all};
        status = spool_create(&p->bytes, path, err);
    }
    if (status == VIS_OK) status = copy(from, &p->bytes, path, err);
    close(from);
    if (status == VIS_OK) {
        *out = all = p;
        return VIS_OK;
    }
    if (p) spool_free(&p->bytes);
    free(p);
    return status;
}

vis_status spooled_pipe_open(const char *path, spooled_pipe **out, vis_error *err)
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

void spooled_pipe_release(spooled_pipe *p)
{
    if (!p) return;
    pthread_mutex_lock(&lock);
    if (--p->users == 0) {
        spooled_pipe **at = &all;
        while (*at != p)
            at = &(*at)->next;
        *at = p->next;
        spool_free(&p->bytes);
        free(p);
    }
    pthread_mutex_unlock(&lock);
}

int spooled_pipe_read(const char *path)
{
    struct stat st;
    if (!find_pipe(path, &st)) return -1;
    pthread_mutex_lock(&lock);
    const spooled_pipe *p = find(&st);
    int fd = p ? file_nameless_again(p->bytes.fd) : -1;
    pthread_mutex_unlock(&lock);
    return fd;
}
