/* base/file_temporary.c - outputs that are not finished: their names, and how they end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
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

char *file_temporary_name(const char *final_path)
{
    char *folder = path_folder(final_path);
    if (!folder) return NULL;
    const char *name = path_name(final_path), *suffix = path_suffix(name);
    static _Atomic unsigned made; /* two threads may be writing the same file */
    char *temporary = text_format("%s/.%.*s.%ld.%u.tmp%s", folder, (int)(suffix - name), name,
                                  (long)getpid(), atomic_fetch_add(&made, 1), suffix);
    free(folder);
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

vis_status file_commit(const char *temporary, const char *final_path, vis_error *err)
{
    vis_status status = file_check_output(final_path, err);
    bool synced = status == VIS_OK && sync_file(temporary);
    int reason = errno;
    pthread_mutex_lock(&lock);
    bool moved = synced && rename(temporary, final_path) == 0;
    if (synced) reason = errno;
    if (!moved) unlink(temporary);
    forget(temporary);
    pthread_mutex_unlock(&lock);
    if (status != VIS_OK || moved) return status;
    return vis_fail(err, VIS_ERR_WRITE, "%s: cannot be written: %s", final_path, strerror(reason));
}

void file_discard(const char *temporary)
{
    if (!temporary) return;
    pthread_mutex_lock(&lock);
    unlink(temporary);
    forget(temporary);
    pthread_mutex_unlock(&lock);
}

void file_discard_all(void)
{
    pthread_mutex_lock(&lock); /* and never unlocked */
    for (const unfinished *one = remembered; one; one = one->next)
        unlink(one->name);
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

/* The process number in the name of a temporary of `final_name`; 0 for any other name. */
static long process_of(const char *name, const char *final_name)
{
    const char *suffix = path_suffix(final_name);
    const size_t stem = (size_t)(suffix - final_name);
    if (name[0] != '.' || strncmp(name + 1, final_name, stem) != 0) return 0;
    name += 1 + stem;
    if (name[0] != '.' || name[1] < '1' || name[1] > '9') return 0;
    char *end;
    errno = 0;
    long process = strtol(name + 1, &end, 10);
    size_t digits = end[0] == '.' ? strspn(end + 1, "0123456789") : 0;
    if (digits > 0) end += 1 + digits;
    bool ours = errno == 0 && process == (pid_t)process && strncmp(end, ".tmp", 4) == 0 &&
                strcmp(end + 4, suffix) == 0;
    return ours ? process : 0;
}

static void remove_unheld(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

void file_remove_stale(const char *final_path)
{
    char *folder = path_folder(final_path);
    DIR *list = folder ? opendir(folder) : NULL;
    free(folder);
    if (!list) return; /* whoever writes there will say why */
    for (const struct dirent *entry; (entry = readdir(list));) {
        long process = process_of(entry->d_name, path_name(final_path));
        if (process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH)
            remove_unheld(dirfd(list), entry->d_name);
    }
    closedir(list);
}
