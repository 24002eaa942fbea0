/* base/file_output.c - outputs while they are not finished: their names, how they end, and what
 * processes that were killed left of them.
 *
 * A process number means something only where it was given: in another container, or on another
 * machine that shares the folder, nobody may have it and the process be alive. So the names of
 * temporaries say where they come from, and those from elsewhere are left alone.
 *
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

/* FNV-1a. */
static uint32_t hash(uint32_t sum, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    return sum;
}

/* A number for the host name and the PID namespace of this process: the same for processes that see
 * one another, and after the machine has started anew; as good as surely another one elsewhere. */
static uint32_t process_origin(void)
{
    char host[256] = "";
    struct stat st = {0};
    (void)gethostname(host, sizeof host - 1);
    (void)stat("/proc/self/ns/pid", &st);
    uint64_t space = st.st_ino;
    return hash(hash(2166136261u, host, strlen(host)), &space, sizeof space);
}

/* Beside `target`, which no link leads away from. */
static char *name_beside(const char *target)
{
    char *folder = path_folder(target);
    if (!folder) return NULL;
    const char *name = path_name(target), *suffix = path_suffix(name);
    static _Atomic unsigned made; /* two threads may be writing the same file */
    char *temporary =
        text_format("%s/.%.*s.%ld-%08x.%u.tmp%s", folder, (int)(suffix - name), name,
                    (long)getpid(), process_origin(), atomic_fetch_add(&made, 1), suffix);
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

/* Skips one or more digits of a base; false where there are none. */
static bool skip_number(const char **text, const char *digits)
{
    size_t length = strspn(*text, digits);
    *text += length;
    return length > 0;
}

/* The process number in the name of a temporary of `final_name` from here; 0 for any other name. */
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
    if (errno != 0 || process != (pid_t)process || *end != '-') return 0;
    const char *rest = end + 1;
    unsigned long origin = strtoul(rest, NULL, 16);
    bool ours = skip_number(&rest, "0123456789abcdef") && origin == process_origin() &&
                *rest++ == '.' && skip_number(&rest, "0123456789") &&
                strncmp(rest, ".tmp", 4) == 0 && strcmp(rest + 4, suffix) == 0;
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

static void remove_beside(const char *target)
{
    char *folder = path_folder(target);
    DIR *list = folder ? opendir(folder) : NULL;
    free(folder);
    if (!list) return; /* whoever writes there will say why */
    for (const struct dirent *entry; (entry = readdir(list));) {
        long process = process_of(entry->d_name, path_name(target));
        if (process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH)
            remove_unheld(dirfd(list), entry->d_name);
    }
    closedir(list);
}

void file_remove_stale(const char *final_path)
{
    char *target = file_target(final_path);
    if (target) remove_beside(target);
    free(target);
}

static vis_status fail_write(vis_error *err, const char *path)
{
    return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "%s: cannot be written: %s", path,
                    strerror(errno));
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, bytes, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return false;
        bytes += wrote;
        size -= (size_t)wrote;
    }
    return true;
}

vis_status file_write(const char *path, const void *bytes, size_t size, vis_error *err)
{
    char *temporary = file_temporary_name(path);
    if (!temporary) return vis_fail_memory(err, "a file name");
    vis_status status = VIS_OK;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        status = fail_write(err, path);
    } else {
        bool wrote = write_all(fd, bytes, size);
        if (!wrote) status = fail_write(err, path);
        if (close(fd) != 0 && wrote) status = fail_write(err, path);
    }
    if (status == VIS_OK)
        status = file_commit(temporary, path, err);
    else
        file_discard(temporary);
    free(temporary);
    return status;
}
