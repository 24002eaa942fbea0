/* base/path.c - names of files and the contents of folders.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

char *path_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    bool slash = length > 0 && folder[length - 1] == '/';
    return text_format("%s%s%s", folder, slash || length == 0 ? "" : "/", name);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *path_suffix(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    return dot ? dot : name + strlen(name);
}

char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return text_copy(".", 1);
    if (slash == path) return text_copy("/", 1);
    return text_copy(path, (size_t)(slash - path));
}

bool path_has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), wanted = strlen(suffix);
    return length >= wanted && strcasecmp(path + length - wanted, suffix) == 0;
}

bool path_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool path_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static vis_status make_one(const char *path, vis_error *err)
{
    if (path_is_folder(path) || mkdir(path, 0777) == 0) return VIS_OK;
    if (errno == EEXIST) {
        if (path_is_folder(path)) return VIS_OK; /* made by another in between */
        errno = ENOTDIR;
    }
    return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "%s: the folder cannot be made: %s", path,
                    strerror(errno));
}

vis_status folder_make(const char *path, vis_error *err)
{
    if (path_is_folder(path)) return VIS_OK;
    char *part = text_copy(path, strlen(path));
    if (!part) return vis_fail_memory(err, "a folder name");
    vis_status status = VIS_OK;
    for (char *at = part; status == VIS_OK && (at = strchr(at + 1, '/'));) {
        *at = '\0';
        status = make_one(part, err);
        *at = '/';
    }
    free(part);
    return status == VIS_OK ? make_one(path, err) : status;
}

/* The number in "<digits><suffix>", or -1. */
static int number_of(const char *name, const char *suffix)
{
    if (name[0] < '0' || name[0] > '9') return -1;
    char *end;
    errno = 0;
    long number = strtol(name, &end, 10);
    if (errno || number > INT_MAX || strcasecmp(end, suffix) != 0) return -1;
    return (int)number;
}

static int compare_int(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void sort_and_drop_duplicates(int *numbers, int *count)
{
    if (*count < 2) return;
    qsort(numbers, (size_t)*count, sizeof *numbers, compare_int);
    int kept = 1;
    for (int i = 1; i < *count; i++)
        if (numbers[i] != numbers[kept - 1]) numbers[kept++] = numbers[i];
    *count = kept;
}

vis_status folder_numbers(const char *path, const char *suffix, int **numbers, int *count,
                          vis_error *err)
{
    *numbers = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return vis_fail(err, vis_errno_status(VIS_ERR_OPEN), "%s: the folder cannot be read: %s",
                        path, strerror(errno));
    int capacity = 0, used = 0;
    int *list = NULL;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int number = number_of(entry->d_name, suffix);
        if (number < 0) continue;
        if (used == capacity) {
            capacity = capacity ? 2 * capacity : 256;
            int *larger = realloc(list, (size_t)capacity * sizeof *list);
            if (!larger) {
                free(list);
                closedir(folder);
                return vis_fail_memory(err, "a list of files");
            }
            list = larger;
        }
        list[used++] = number;
    }
    closedir(folder);
    if (list) sort_and_drop_duplicates(list, &used);
    *numbers = list;
    *count = used;
    return VIS_OK;
}

vis_status file_check_suffix(const char *path, const char *const suffixes[], vis_error *err)
{
    const char *suffix = path_suffix(path);
    if (!*suffix) return VIS_OK;
    for (int i = 0; suffixes[i]; i++)
        if (strcasecmp(suffix, suffixes[i]) == 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s: the result is no %s file; name it %.*s%s", path,
                    suffix, (int)(suffix - path), path, suffixes[0]);
}

vis_status folder_check_name(const char *path, vis_error *err)
{
    static const char *const of_files[] = {".html", ".htm", ".json", ".png",  ".jpg",
                                           ".jpeg", ".mp4", ".npy",  ".bin",  ".txt",
                                           ".csv",  ".pdf", ".zip",  ".onnx", ".pth"};
    const char *suffix = path_suffix(path);
    if (path_is_folder(path)) return VIS_OK;
    for (size_t i = 0; i < sizeof of_files / sizeof *of_files; i++)
        if (strcasecmp(suffix, of_files[i]) == 0)
            return vis_fail(err, VIS_ERR_USAGE,
                            "%s: a folder will be made, not a %s file; name it %.*s", path, suffix,
                            (int)(suffix - path), path);
    return VIS_OK;
}
