/* base/file_stale.c - what killed processes left behind of an output.
 *
 * A process number means something only where it was given: in another container, or on another
 * machine that shares the folder, nobody may have it and the process be alive. So the names of
 * temporaries say where they come from, and those from elsewhere are left alone.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/file_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a. */
static uint32_t hash(uint32_t sum, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    return sum;
}

uint32_t file_place(void)
{
    char host[256] = "";
    struct stat st = {0};
    (void)gethostname(host, sizeof host - 1);
    (void)stat("/proc/self/ns/pid", &st);
    uint64_t space = st.st_ino;
    return hash(hash(2166136261u, host, strlen(host)), &space, sizeof space);
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
    unsigned long place = strtoul(rest, NULL, 16);
    bool ours = skip_number(&rest, "0123456789abcdef") && place == file_place() && *rest++ == '.' &&
                skip_number(&rest, "0123456789") && strncmp(rest, ".tmp", 4) == 0 &&
                strcmp(rest + 4, suffix) == 0;
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
