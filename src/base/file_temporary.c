/* base/file_temporary.c - outputs that are not finished: their names, and how they end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/file_place.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The temporaries of this process. A file gets its final name, or is removed, with the lock held,
 * so that file_discard_all finds every output either finished or remembered here. */
typedef struct unfinished {
    struct unfinished *next;
    char name[];
} unfinished;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unfinished *remembered;
static int finishing; /* outputs whose last steps are under way */

static bool remember(const char *name)
{
    size_t size = strlen(name) + 1;
    unfinished *one = malloc(sizeof *one + size);
    if (!one) return false;
    memcpy(one->name, name, size);
    pthread_mutex_lock(&lock);
    one->next = remembered;
    remembered = one;
    pthread_mutex_unlock(&lock);
    return true;
}

/* With the lock held. */
static void forget(const char *name)
{
    for (unfinished **at = &remembered; *at; at = &(*at)->next) {
        if (strcmp((*at)->name, name) != 0) continue;
        unfinished *one = *at;
        *at = one->next;
        free(one);
        return;
    }
}

/* Beside `target`, which no link leads away from. */
static char *name_beside(const char *target)
{
    char *folder = path_folder(target);
    if (!folder) return NULL;
    const char *name = path_name(target), *suffix = path_suffix(name);
    static _Atomic unsigned made; /* two threads may be writing the same file */
    char *temporary = text_format("%s/.%.*s.%ld-%08x.%u.tmp%s", folder, (int)(suffix - name), name,
                                  (long)getpid(), file_place(), atomic_fetch_add(&made, 1), suffix);
    free(folder);
    return temporary;
}

char *file_temporary_name(const char *final_path)
{
    char *target = file_target(final_path);
    char *temporary = target ? name_beside(target) : NULL;
    free(target);
    if (!temporary || remember(temporary)) return temporary;
    free(temporary);
    return NULL;
}

static bool sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool synced = fsync(fd) == 0;
    int reason = errno;
    close(fd);
    errno = reason;
    return synced;
}

/* rename, but it fails with EEXIST where something has the name; as one step where the file system
 * can. */
static bool rename_new(const char *temporary, const char *target)
{
#if defined(RENAME_NOREPLACE)
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, target, RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
#endif
    struct stat st;
    if (lstat(target, &st) != 0) return rename(temporary, target) == 0;
    errno = EEXIST;
    return false;
}

/* Gives the temporary its name, or removes it, unless another name may be tried; errno says why. */
static bool move(const char *temporary, const char *target, bool replace)
{
    bool synced = sync_file(temporary);
    pthread_mutex_lock(&lock);
    bool moved =
        synced && (replace ? rename(temporary, target) == 0 : rename_new(temporary, target));
    int reason = errno;
    bool ended = moved || !synced || replace || reason != EEXIST;
    if (ended && !moved) unlink(temporary);
    if (ended) forget(temporary);
    pthread_mutex_unlock(&lock);
    errno = reason;
    return moved;
}

static vis_status fail_move(const char *path, vis_error *err)
{
    return vis_fail(err, VIS_ERR_WRITE, "%s: cannot be written: %s", path, strerror(errno));
}

vis_status file_commit(const char *temporary, const char *final_path, vis_error *err)
{
    vis_status status = file_check_output(final_path, err);
    char *target = status == VIS_OK ? file_target(final_path) : NULL;
    if (status == VIS_OK && !target) status = vis_fail_memory(err, "a file name");
    if (status != VIS_OK)
        file_discard(temporary);
    else if (!move(temporary, target, true))
        status = fail_move(final_path, err);
    free(target);
    return status;
}

/* "folder/name-2.mp4" for 2, the name itself for 1. */
static char *numbered(const char *path, int number)
{
    const char *suffix = path_suffix(path);
    if (number == 1) return text_copy(path, strlen(path));
    return text_format("%.*s-%d%s", (int)(suffix - path), path, number, suffix);
}

vis_status file_commit_new(const char *temporary, const char *wanted, char **name, vis_error *err)
{
    *name = NULL;
    for (int i = 1; i <= FILE_MAX_NUMBER; i++) {
        char *path = numbered(wanted, i);
        if (path && move(temporary, path, false)) {
            *name = path;
            return VIS_OK;
        }
        vis_status status = !path             ? vis_fail_memory(err, "a file name")
                            : errno == EEXIST ? VIS_OK
                                              : fail_move(path, err);
        free(path);
        if (status == VIS_OK) continue;
        file_discard(temporary);
        return status;
    }
    file_discard(temporary);
    return vis_fail(err, VIS_ERR_WRITE, "%s: this name and %d numbered ones are taken", wanted,
                    FILE_MAX_NUMBER - 1);
}

void file_discard(const char *temporary)
{
    if (!temporary) return;
    pthread_mutex_lock(&lock);
    unlink(temporary);
    forget(temporary);
    pthread_mutex_unlock(&lock);
}

bool file_discard_all(void)
{
    pthread_mutex_lock(&lock);
    if (finishing > 0) {
        pthread_mutex_unlock(&lock);
        return false;
    }
    for (const unfinished *one = remembered; one; one = one->next)
        unlink(one->name);
    return true; /* and never unlocked */
}

static void count_finishing(int more)
{
    pthread_mutex_lock(&lock);
    finishing += more;
    pthread_mutex_unlock(&lock);
}

void file_finish_begin(void)
{
    count_finishing(1);
}

void file_finish_end(void)
{
    count_finishing(-1);
}

/* Tells processes apart better than their numbers, which come again and differ between containers;
 * the kernel lets go of it however a process ends. */
int file_hold(const char *temporary)
{
    int fd = open(temporary, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    close(fd);
    return -1;
}
