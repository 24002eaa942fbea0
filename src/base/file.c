/* base/file.c - whole files in, and what an output's name leads to.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as many as Linux follows */

/* Why a path could not be read, in the user's words. */
static vis_status fail_read(vis_error *err, const char *path)
{
    if (errno == ENOENT)
        return vis_fail(err, VIS_ERR_OPEN, "%s: no such file; check the path", path);
    return vis_fail(err, vis_errno_status(VIS_ERR_OPEN), "%s: cannot be read: %s", path,
                    strerror(errno));
}

/* What stands under a name that is no ordinary file. */
static const char *what_is(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISSOCK(mode) ? "a socket" : "a device or pipe";
}

static vis_status check_regular(int fd, const char *path, size_t *size, vis_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return fail_read(err, path);
    if (!S_ISREG(st.st_mode))
        return vis_fail(err, VIS_ERR_OPEN, "%s: is %s, not a file", path, what_is(st.st_mode));
    *size = (size_t)st.st_size;
    /* Only opening must not wait; reading may, as some file systems take O_NONBLOCK at its word. */
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0) return fail_read(err, path);
    return VIS_OK;
}

/* O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. */
vis_status file_open(const char *path, int *fd, size_t *size, vis_error *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0) {
        int reason = errno;
        struct stat st;
        if (reason == ENXIO && stat(path, &st) == 0)
            return vis_fail(err, VIS_ERR_OPEN, "%s: is %s, not a file", path, what_is(st.st_mode));
        errno = reason;
        return fail_read(err, path);
    }
    vis_status status = check_regular(*fd, path, size, err);
    if (status == VIS_OK) return VIS_OK;
    close(*fd);
    *fd = -1;
    return status;
}

vis_status file_read(const char *path, buffer *out, vis_error *err)
{
    int fd;
    size_t size = 0;
    VIS_TRY(file_open(path, &fd, &size, err));
    if (size > out->limit) {
        close(fd);
        return vis_fail(err, VIS_ERR_LIMIT,
                        "%s: %zu bytes, more than the %zu that such a file may have", path, size,
                        out->limit);
    }
    char chunk[65536];
    vis_status status = VIS_OK;
    ssize_t got;
    while (status == VIS_OK && (got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        status = got < 0 ? fail_read(err, path) : buffer_append(out, chunk, (size_t)got, err);
    }
    close(fd);
    return status;
}

/* Ends the message and writes its digest as hexadecimal digits. */
static void finish_sha256(struct sha256_ctx *sum, char hex[65])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(sum, sizeof digest, digest);
    base16_encode_update(hex, sizeof digest, digest);
    hex[64] = '\0';
}

vis_status file_sha256(const char *path, char hex[65], vis_error *err)
{
    int fd;
    size_t size = 0;
    VIS_TRY(file_open(path, &fd, &size, err));
    struct sha256_ctx sum;
    sha256_init(&sum);
    vis_status status = VIS_OK;
    uint8_t chunk[65536];
    ssize_t got;
    while (status == VIS_OK && (got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            status = fail_read(err, path);
        else
            sha256_update(&sum, (size_t)got, chunk);
    }
    close(fd);
    finish_sha256(&sum, hex);
    return status;
}

vis_status file_map_open(const char *path, file_map *out, vis_error *err)
{
    *out = (file_map){0};
    int fd;
    size_t size = 0;
    VIS_TRY(file_open(path, &fd, &size, err));
    if (size == 0) {
        close(fd);
        return vis_fail(err, VIS_ERR_FORMAT, "%s: the file is empty; copy or download it again",
                        path);
    }
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    vis_status status = data == MAP_FAILED ? fail_read(err, path) : VIS_OK;
    close(fd);
    if (status == VIS_OK) *out = (file_map){.data = data, .size = size};
    return status;
}

void file_unmap(file_map *map)
{
    if (map->data) munmap((void *)map->data, map->size);
    *map = (file_map){0};
}

void file_map_sha256(const file_map *map, char hex[65])
{
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, map->size, map->data);
    finish_sha256(&sum, hex);
}

/* What the link `path` says, seen from where `path` is seen from; NULL where it is no link, or when
 * out of memory (*memory). */
static char *follow_link(const char *path, bool *memory)
{
    char text[PATH_MAX];
    ssize_t length = readlink(path, text, sizeof text - 1);
    if (length <= 0) return NULL;
    text[length] = '\0';
    char *folder = path_folder(path);
    char *next = !folder          ? NULL
                 : text[0] == '/' ? text_copy(text, (size_t)length)
                                  : path_join(folder, text);
    free(folder);
    *memory = !next;
    return next;
}

char *file_target(const char *path)
{
    char *at = text_copy(path, strlen(path));
    for (int links = 0; at && links < MAX_LINKS; links++) {
        bool memory = false;
        char *next = follow_link(at, &memory);
        if (!next && !memory) break;
        free(at);
        at = next;
    }
    return at;
}

/* Renaming over a name must not take away what is no file. */
static vis_status check_replaceable(const char *path, vis_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno != ELOOP) return VIS_OK;
        return vis_fail(err, VIS_ERR_WRITE, "%s: is a link that leads in a circle; remove it",
                        path);
    }
    if (S_ISREG(st.st_mode)) return VIS_OK;
    return vis_fail(err, VIS_ERR_WRITE, "%s: is %s; name a file for the result", path,
                    what_is(st.st_mode));
}

vis_status file_check_output(const char *path, vis_error *err)
{
    VIS_TRY(check_replaceable(path, err));
    char *target = file_target(path), *folder = target ? path_folder(target) : NULL;
    free(target);
    if (!folder) return vis_fail_memory(err, "a folder name");
    vis_status status = VIS_OK;
    if (!path_is_folder(folder))
        status =
            vis_fail(err, VIS_ERR_WRITE,
                     "%s: cannot be written: there is no folder %s; make it first", path, folder);
    free(folder);
    return status;
}

bool file_same(const char *a, const char *b)
{
    struct stat of_a, of_b;
    return a && b && stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

/* Does the output, which need not be there yet, lie in that folder itself? */
static bool lies_in(const char *output, const char *folder)
{
    if (!folder || !path_is_folder(folder)) return false;
    char *target = file_target(output), *around = target ? path_folder(target) : NULL;
    bool inside = around && file_same(around, folder);
    free(around);
    free(target);
    return inside;
}

vis_status file_check_apart(const char *output, const char *input, vis_error *err)
{
    if (lies_in(output, input))
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: this command reads the files of that folder; put the result elsewhere",
                        output);
    if (!file_same(output, input)) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE,
                    "%s: is read by this command itself; give the result another name", output);
}

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
