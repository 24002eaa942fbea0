/* tests/faults/left_behind.c - looks at /proc/self and into folders.
 * SPDX-License-Identifier: Apache-2.0 */
#include "left_behind.h"

#include "../unit/cmocka_all.h"
#include "media/mp4_boxes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 1000 /* milliseconds */
#define END_OF_TEXT 4

static int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    assert_non_null(folder);
    for (const struct dirent *e; (e = readdir(folder));)
        count += e->d_name[0] != '.';
    closedir(folder);
    return count;
}

int left_descriptors(void)
{
    return count_entries("/proc/self/fd") - 1; /* but for the one that counted */
}

int left_threads(void)
{
    return count_entries("/proc/self/task");
}

bool left_threads_at_most(int count)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (left_threads() <= count) return true;
        usleep(1000);
    }
    return false;
}

static void read_file(const char *path, left_file *out)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    out->size = (size_t)ftell(f);
    rewind(f);
    out->bytes = malloc(out->size + 1);
    assert_non_null(out->bytes);
    assert_int_equal(fread(out->bytes, 1, out->size, f), out->size);
    fclose(f);
}

static void read_folder(const char *root, const char *within, left_files *out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, within);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *e; (e = readdir(folder));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        char name[300];
        snprintf(name, sizeof name, "%s%s%s", within, *within ? "/" : "", e->d_name);
        if (e->d_type == DT_DIR) {
            read_folder(root, name, out);
            continue;
        }
        assert_in_range(out->count, 0, LEFT_MAX_FILES - 1);
        left_file *f = &out->file[out->count++];
        snprintf(f->name, sizeof f->name, "%s", name);
        snprintf(path, sizeof path, "%s/%s", root, name);
        read_file(path, f);
    }
    closedir(folder);
}

void left_read(const char *folder, left_files *out)
{
    out->count = 0;
    read_folder(folder, "", out);
}

void left_free(left_files *files)
{
    while (files->count)
        free(files->file[--files->count].bytes);
}

void left_empty(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *e; (e = readdir(folder));) {
        char inner[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (e->d_type == DT_DIR) left_empty(inner);
        assert_int_equal(remove(inner), 0);
    }
    closedir(folder);
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && strcmp(name + n - e, ending) == 0;
}

/* A video's manifest, directly behind ftyp, is another each time, of one size. */
static bool same_video(const left_file *a, const left_file *b)
{
    if (a->size != b->size || a->size < 16) return false;
    size_t begin = mp4_read32(a->bytes);
    if (begin > a->size - 16 || memcmp(a->bytes, b->bytes, begin + 12) != 0) return false;
    size_t size = mp4_read32(a->bytes + begin), end = begin + size;
    return memcmp(a->bytes + begin + 4, "uuid\xD8\xFE\xC3\xD6", 8) == 0 &&
           size <= a->size - begin && memcmp(a->bytes + end, b->bytes + end, a->size - end) == 0;
}

static bool same(const left_file *a, const left_file *b)
{
    if (strcmp(a->name, b->name) != 0) return false;
    if (ends_with(a->name, ".mp4")) return same_video(a, b);
    if (ends_with(a->name, ".json") || ends_with(a->name, ".html"))
        return a->size >= END_OF_TEXT && b->size >= END_OF_TEXT &&
               memcmp(a->bytes + a->size - END_OF_TEXT, b->bytes + b->size - END_OF_TEXT,
                      END_OF_TEXT) == 0;
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool left_are_whole(const left_files *found, const left_files *whole, char *which)
{
    for (int i = 0; i < found->count; i++) {
        bool known = false;
        for (int k = 0; k < whole->count && !known; k++)
            known = same(&found->file[i], &whole->file[k]);
        if (known) continue;
        snprintf(which, 256, "%s", found->file[i].name);
        return false;
    }
    return true;
}
