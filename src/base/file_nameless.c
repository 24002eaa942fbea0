/* base/file_nameless.c - see file_nameless.h.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file_nameless.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int file_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder) folder = "/tmp";
#if defined(O_TMPFILE)
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
#endif
    char name[4096]; /* where the file system has no files without a name */
    if (snprintf(name, sizeof name, "%s/viseme.XXXXXX", folder) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int named = mkostemp(name, O_CLOEXEC);
    if (named >= 0) unlink(name);
    return named;
}

void file_nameless_path(int fd, char path[FILE_NAMELESS_PATH])
{
#if defined(__linux__)
#define DESCRIPTORS "/proc/self/fd/%d"
#else
#define DESCRIPTORS "/dev/fd/%d"
#endif
    snprintf(path, FILE_NAMELESS_PATH, DESCRIPTORS, fd);
}

int file_nameless_again(int fd)
{
    char path[FILE_NAMELESS_PATH];
    file_nameless_path(fd, path);
    return open(path, O_RDONLY | O_CLOEXEC);
}
