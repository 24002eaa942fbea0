/* base/control_group.c - from the own group up to the root.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/control_group.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

bool small_file_read(const char *path, char text[SMALL_FILE])
{
    FILE *f = fopen(path, "re");
    if (!f) return false;
    size_t got = fread(text, 1, SMALL_FILE - 1, f);
    text[got] = 0;
    (void)fclose(f);
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
