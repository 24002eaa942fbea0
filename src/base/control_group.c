/* base/control_group.c - from the own group up to the root.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/control_group.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Takes no memory: it is read to learn how much is left. */
bool small_file_read(const char *path, char text[SMALL_FILE])
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t got = 0, n = 1;
    while (got < SMALL_FILE - 1 && n > 0) {
        n = read(file, text + got, SMALL_FILE - 1 - (size_t)got);
        if (n > 0) got += n;
    }
    text[got] = 0;
    (void)close(file);
    return got > 0;
}

void control_group_visit(const char *root, const char *file,
                         void (*visit)(const char *path, void *user), void *user)
{
    char text[SMALL_FILE], path[PATH_MAX], folder[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!small_file_read(path, text)) return;
    const char *own = strstr(text, "0::/");
    if (!own || (own != text && own[-1] != '\n')) return;
    int base = snprintf(folder, sizeof folder, "%s/sys/fs/cgroup", root), length = base;
    length += snprintf(folder + length, sizeof folder - (size_t)length, "%.*s",
                       (int)strcspn(own + 3, "\n"), own + 3);
    if (length >= (int)sizeof folder) return;
    for (char *slash = folder + length; slash; slash = strrchr(folder + base, '/')) {
        *slash = 0;
        if (snprintf(path, sizeof path, "%s/%s", folder, file) < (int)sizeof path)
            visit(path, user);
    }
}
