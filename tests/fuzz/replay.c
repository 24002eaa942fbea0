/* fuzz/replay.c - runs a fuzz target once on each file given, and on each file of the folders
 * given.
 *
 * What stands between the committed corpus and the ordinary builds: no clang is needed. A folder
 * that is not there counts as empty; a run without any input fails, so that a lost corpus is
 * noticed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_INPUT ((size_t)16 << 20)

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return 0;
}

/* The target gets a copy that ends where the bytes end, so that a sanitizer sees any step beyond.
 */
static bool run_file(const char *path)
{
    vis_error err;
    buffer bytes;
    buffer_init(&bytes, LARGEST_INPUT);
    bool read = file_read(path, &bytes, &err) == VIS_OK;
    uint8_t *copy = read ? malloc(bytes.size) : NULL;
    if (copy && bytes.size) memcpy(copy, bytes.data, bytes.size);
    if (!read) fprintf(stderr, "%s\n", err.message);
    if (read) LLVMFuzzerTestOneInput(copy, bytes.size);
    free(copy);
    buffer_free(&bytes);
    return read;
}

/* Counts the files that were run; -1 when one cannot be read. */
static int run_folder(const char *folder)
{
    DIR *listing = opendir(folder);
    int count = 0;
    for (struct dirent *entry; listing && count >= 0 && (entry = readdir(listing));) {
        char *path = path_join(folder, entry->d_name);
        if (path && path_is_file(path)) count = run_file(path) ? count + 1 : -1;
        free(path);
    }
    if (listing) closedir(listing);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    if (LLVMFuzzerInitialize(&argc, &argv) != 0) return 1;
    for (int i = 1; i < argc; i++) {
        int count = path_is_file(argv[i]) ? (run_file(argv[i]) ? 1 : -1) : run_folder(argv[i]);
        if (count < 0) return 1;
        total += count;
    }
    fprintf(stderr, "%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
