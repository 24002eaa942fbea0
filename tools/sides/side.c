/* sides/side.c - what is behind a path, and the functions that all sides share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/side_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_suffix_of(const char *path, const char *const *suffix)
{
    for (; *suffix; suffix++)
        if (path_has_suffix(path, *suffix)) return true;
    return false;
}

static vis_status find_checkpoints(const char *folder, bool *found, vis_error *err)
{
    int *numbers = NULL, count = 0;
    VIS_TRY(folder_numbers(folder, ".pth", &numbers, &count, err));
    free(numbers);
    *found = count > 0;
    return VIS_OK;
}

static vis_status open_folder(side *s, const vis_model_options *options, vis_error *err)
{
    s->folder = true;
    bool found = false;
    VIS_TRY(side_find_pictures(s->path, &found, err));
    if (found) return side_open_pictures(s, err);
    VIS_TRY(side_find_tensors(s->path, &found, err));
    if (found) return side_open_tensors(s, err);
    VIS_TRY(find_checkpoints(s->path, &found, err));
    if (found) return vis_model_open(s->path, options, &s->model, err);
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: a folder without numbered pictures (output_frame_0000.png, ...), .npy "
                    "files, raw tensors (metadata.json) or checkpoints (N.pth)",
                    s->path);
}

static vis_status open_path(side *s, const vis_model_options *options, int threads, vis_error *err)
{
    static const char *const pictures[] = {".png", ".jpg", ".jpeg", NULL};
    static const char *const videos[] = {".mp4", ".mov", ".mkv", ".webm", ".avi", NULL};
    if (path_is_folder(s->path)) return open_folder(s, options, err);
    if (has_suffix_of(s->path, pictures)) return side_open_pictures(s, err);
    if (has_suffix_of(s->path, videos)) return side_open_video(s, threads, err);
    if (path_has_suffix(s->path, ".npy")) return side_open_tensors(s, err);
    return vis_model_open(s->path, options, &s->model, err); /* by content, whatever its name */
}

vis_status side_open(const char *path, const vis_model_options *options, int threads, side **out,
                     vis_error *err)
{
    *out = NULL;
    side *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, path);
    s->open_file = -1;
    s->path = strdup(path);
    vis_status status = s->path ? open_path(s, options, threads, err) : vis_fail_memory(err, path);
    if (status == VIS_OK && s->model) {
        s->kind = SIDE_MODEL;
        s->frames = -1;
    }
    if (status == VIS_OK)
        *out = s;
    else
        side_close(s);
    return status;
}

void side_close(side *s)
{
    if (!s) return;
    for (int i = 0; i < s->files; i++)
        free(s->file[i].name);
    free(s->file);
    free(s->path);
    free(s->prefix);
    side_runner_free(s->runner);
    vis_model_close(s->model);
    tensor_free(&s->held);
    file_unmap(&s->map);
    video_reader_close(s->video);
    picture_free(&s->shown);
    picture_free(&s->input);
    free(s);
}

side_kind side_kind_of(const side *s)
{
    return s->kind;
}

const char *side_path(const side *s)
{
    vis_model_info info;
    if (!s->model) return s->path;
    vis_model_get_info(s->model, &info);
    return info.path; /* inside a folder, the file that was chosen */
}

const char *side_what(const side *s)
{
    if (s->kind == SIDE_MODEL) return "checkpoint";
    return s->kind == SIDE_TENSORS ? "tensors" : s->video ? "video" : "pictures";
}

int64_t side_count(const side *s)
{
    return s->frames;
}

bool side_has_names(const side *s)
{
    return s->folder && s->kind != SIDE_MODEL;
}

vis_model *side_model(const side *s)
{
    return s->model;
}

int side_file_of(const side *s, int64_t i)
{
    int low = 0, high = s->files - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (s->file[middle].first <= i)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void side_frame_name(const side *s, int64_t i, char name[SIDE_NAME], int64_t *number)
{
    name[0] = '\0';
    *number = i;
    if (s->kind == SIDE_PICTURES && s->video) {
        snprintf(name, SIDE_NAME, "frame %lld", (long long)i);
    } else if (s->kind == SIDE_PICTURES) {
        snprintf(name, SIDE_NAME, "%s", s->file[i].name);
        *number = s->file[i].number;
    } else if (s->kind == SIDE_TENSORS) {
        const side_file *f = &s->file[side_file_of(s, i)];
        if (f->rows > 1)
            snprintf(name, SIDE_NAME, "%.120s [%lld]", f->name, (long long)(i - f->first));
        else
            snprintf(name, SIDE_NAME, "%s", f->name);
    }
}

static int order(int64_t x, int64_t y)
{
    return (x > y) - (x < y);
}

int side_compare_frames(const side *a, int64_t i, const side *b, int64_t k)
{
    if (a->kind == SIDE_PICTURES) return order(a->file[i].number, b->file[k].number);
    const side_file *x = &a->file[side_file_of(a, i)], *y = &b->file[side_file_of(b, k)];
    int names = strcmp(x->name, y->name);
    return names ? names : order(i - x->first, k - y->first);
}

vis_status side_get(side *s, int64_t i, const feed_frame *fed, side_frame *out, vis_error *err)
{
    *out = (side_frame){0};
    side_frame_name(s, i, out->name, &out->number);
    if (s->kind == SIDE_MODEL) return side_get_output(s, i, fed, out, err);
    return s->kind == SIDE_TENSORS ? side_get_tensor(s, i, out, err)
                                   : side_get_picture(s, i, out, err);
}

vis_status side_picture_size(const side *s, int *width, int *height, vis_error *err)
{
    if (s->video) {
        *width = video_reader_info(s->video)->width;
        *height = video_reader_info(s->video)->height;
        return VIS_OK;
    }
    char *path = side_file_path(s, s->file[0].name);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = picture_size(path, width, height, err);
    free(path);
    return status;
}

char *side_file_path(const side *s, const char *name)
{
    return s->folder ? path_join(s->path, name) : strdup(s->path);
}

static int compare_files(const void *a, const void *b)
{
    const side_file *x = a, *y = b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

static vis_status add_file(side *s, const char *name, int64_t number, int *capacity, vis_error *err)
{
    if (s->files == SIDE_MAX_FRAMES)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: more than %d files", s->path, SIDE_MAX_FRAMES);
    if (s->files == *capacity) {
        int wanted = *capacity ? 2 * *capacity : 64;
        side_file *larger = realloc(s->file, sizeof *larger * (size_t)wanted);
        if (!larger) return vis_fail_memory(err, "a list of files");
        s->file = larger;
        *capacity = wanted;
    }
    char *copy = strdup(name);
    if (!copy) return vis_fail_memory(err, "a list of files");
    s->file[s->files++] = (side_file){.name = copy, .number = number, .rows = 1};
    return VIS_OK;
}

vis_status side_list(side *s, bool (*wanted)(const side *s, const char *name, int64_t *number),
                     vis_error *err)
{
    DIR *folder = opendir(s->path);
    if (!folder)
        return vis_fail(err, vis_errno_status(VIS_ERR_OPEN), "%s: the folder cannot be read: %s",
                        s->path, strerror(errno));
    int capacity = 0;
    vis_status status = VIS_OK;
    for (struct dirent *entry; status == VIS_OK && (entry = readdir(folder));) {
        int64_t number = 0;
        if (entry->d_name[0] == '.' || !wanted(s, entry->d_name, &number)) continue;
        status = add_file(s, entry->d_name, number, &capacity, err);
    }
    closedir(folder);
    if (status == VIS_OK && s->files)
        qsort(s->file, (size_t)s->files, sizeof *s->file, compare_files);
    return status;
}
