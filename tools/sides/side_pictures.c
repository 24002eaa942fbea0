/* sides/side_pictures.c - a series of numbered pictures, one picture, or a video.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/side_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_PREFIX "output_frame_"
#define INPUT_PREFIX "input_face_"
#define MAX_DIGITS 15

/* What lies beside frames and is none. */
static const char *const beside[] = {INPUT_PREFIX, "comparison_", "four_way_", "side_by_side_"};

/* "<prefix><digits>.png" (.jpg, .jpeg): the length of the prefix and the number; false otherwise.
 */
static bool parse_name(const char *name, size_t *prefix, int64_t *number)
{
    if (!path_has_suffix(name, ".png") && !path_has_suffix(name, ".jpg") &&
        !path_has_suffix(name, ".jpeg"))
        return false;
    const char *end = strrchr(name, '.'), *first = end;
    while (first > name && first[-1] >= '0' && first[-1] <= '9')
        first--;
    if (first == end || end - first > MAX_DIGITS) return false;
    *prefix = (size_t)(first - name);
    *number = strtoll(first, NULL, 10);
    return true;
}

static bool is_beside(const char *name)
{
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        if (strncmp(name, beside[i], strlen(beside[i])) == 0) return true;
    return false;
}

/* Any numbered picture that may be a frame. */
static bool is_candidate(const side *s, const char *name, int64_t *number)
{
    (void)s;
    size_t prefix;
    return !is_beside(name) && parse_name(name, &prefix, number);
}

static bool is_of_series(const side *s, const char *name, int64_t *number)
{
    size_t prefix;
    return parse_name(name, &prefix, number) && prefix == strlen(s->prefix) &&
           strncmp(name, s->prefix, prefix) == 0;
}

static void forget_files(side *s)
{
    for (int i = 0; i < s->files; i++)
        free(s->file[i].name);
    free(s->file);
    s->file = NULL;
    s->files = 0;
}

vis_status side_find_pictures(const char *folder, bool *found, vis_error *err)
{
    side probe = {.path = (char *)folder};
    vis_status status = side_list(&probe, is_candidate, err);
    *found = probe.files > 0;
    forget_files(&probe);
    return status;
}

/* The series that is meant: output_frame_ where there is one, else the only one there is. */
static vis_status choose_series(side *s, vis_error *err)
{
    const char *chosen = s->file[0].name; /* there are some */
    size_t length = 0;
    int64_t number;
    (void)parse_name(chosen, &length, &number);
    for (int i = 0; i < s->files; i++) {
        size_t prefix = 0;
        const char *name = s->file[i].name;
        (void)parse_name(name, &prefix, &number);
        if (prefix == strlen(OUTPUT_PREFIX) && strncmp(name, OUTPUT_PREFIX, prefix) == 0) {
            chosen = name;
            length = prefix;
            break;
        }
    }
    for (int i = 0; i < s->files; i++) {
        size_t prefix = 0;
        (void)parse_name(s->file[i].name, &prefix, &number);
        bool same = prefix == length && strncmp(s->file[i].name, chosen, length) == 0;
        if (same || strncmp(chosen, OUTPUT_PREFIX, strlen(OUTPUT_PREFIX)) == 0) continue;
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: several series of pictures (%s, %s); leave one, or call it "
                        "output_frame_NNNN.png",
                        s->path, chosen, s->file[i].name);
    }
    s->prefix = strndup(chosen, length);
    return s->prefix ? VIS_OK : vis_fail_memory(err, "a file name");
}

static vis_status list_series(side *s, vis_error *err)
{
    VIS_TRY(side_list(s, is_candidate, err));
    if (s->files == 0) return vis_fail(err, VIS_ERR_OPEN, "%s: no numbered pictures", s->path);
    VIS_TRY(choose_series(s, err));
    forget_files(s);
    VIS_TRY(side_list(s, is_of_series, err));
    for (int i = 1; i < s->files; i++)
        if (s->file[i].number == s->file[i - 1].number)
            return vis_fail(err, VIS_ERR_MISMATCH, "%s: %s and %s have the same number", s->path,
                            s->file[i - 1].name, s->file[i].name);
    return VIS_OK;
}

vis_status side_open_pictures(side *s, vis_error *err)
{
    s->kind = SIDE_PICTURES;
    if (s->folder) {
        VIS_TRY(list_series(s, err));
    } else {
        int width, height;
        VIS_TRY(picture_size(s->path, &width, &height, err)); /* is it there at all? */
        s->file = calloc(1, sizeof *s->file);
        if (!s->file) return vis_fail_memory(err, "a list of files");
        s->file[0].name = strdup(path_name(s->path));
        if (!s->file[0].name) return vis_fail_memory(err, "a list of files");
        s->files = 1;
    }
    s->frames = s->files;
    return VIS_OK;
}

vis_status side_open_video(side *s, int threads, vis_error *err)
{
    s->kind = SIDE_PICTURES;
    VIS_TRY(video_reader_open(s->path, threads, &s->video, err));
    s->frames = video_reader_info(s->video)->frames;
    if (s->frames > SIDE_MAX_FRAMES)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: more than %d frames", s->path, SIDE_MAX_FRAMES);
    return VIS_OK;
}

static vis_status get_video_frame(side *s, int64_t i, side_frame *out, vis_error *err)
{
    bool got = false;
    if (video_reader_position(s->video) != i) VIS_TRY(video_reader_seek(s->video, i, err));
    VIS_TRY(video_reader_read(s->video, &s->shown, &got, err));
    if (!got)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: ends before frame %lld", s->path, (long long)i);
    out->shown = &s->shown;
    return VIS_OK;
}

/* input_face_NNNN.png beside output_frame_NNNN.png, if there is one. */
static vis_status get_input(side *s, int64_t i, side_frame *out, vis_error *err)
{
    char name[SIDE_NAME];
    if (!s->folder || strcmp(s->prefix, OUTPUT_PREFIX) != 0) return VIS_OK;
    snprintf(name, sizeof name, INPUT_PREFIX "%.120s", s->file[i].name + strlen(OUTPUT_PREFIX));
    char *path = side_file_path(s, name);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = VIS_OK;
    if (path_is_file(path)) {
        status = picture_read(path, &s->input, err);
        out->input = out->face = &s->input;
    }
    free(path);
    return status;
}

vis_status side_get_picture(side *s, int64_t i, side_frame *out, vis_error *err)
{
    if (s->video) return get_video_frame(s, i, out, err);
    char *path = side_file_path(s, s->file[i].name);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = picture_read(path, &s->shown, err);
    free(path);
    out->shown = &s->shown;
    return status == VIS_OK ? get_input(s, i, out, err) : status;
}
