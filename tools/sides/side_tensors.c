/* sides/side_tensors.c - .npy files and raw tensors, row by row.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sides/side_internal.h"

#include "base/npy.h"
#include "measure/tensor_folder.h"

#include <stdlib.h>
#include <string.h>

static bool is_npy(const side *s, const char *name, int64_t *number)
{
    (void)s;
    *number = 0;
    return path_has_suffix(name, ".npy");
}

static vis_status find_raw(const char *folder, bool *found, vis_error *err)
{
    char *path = path_join(folder, "metadata.json");
    if (!path) return vis_fail_memory(err, "a file name");
    *found = path_is_file(path);
    free(path);
    return VIS_OK;
}

vis_status side_find_tensors(const char *folder, bool *found, vis_error *err)
{
    side probe = {.path = (char *)folder};
    VIS_TRY(find_raw(folder, found, err));
    if (*found) return VIS_OK;
    vis_status status = side_list(&probe, is_npy, err);
    *found = probe.files > 0;
    for (int i = 0; i < probe.files; i++)
        free(probe.file[i].name);
    free(probe.file);
    return status;
}

/* The two tensors of a raw folder as files with their shapes, in the order of their names. */
static vis_status add_raw(side *s, vis_error *err)
{
    tensor_folder f;
    VIS_TRY(tensor_folder_open(s->path, &f, err));
    s->raw = true;
    s->raw_rank[0] = f.audio_rank;
    s->raw_rank[1] = f.visual_rank;
    memcpy(s->raw_dim[0], f.audio_dim, sizeof f.audio_dim);
    memcpy(s->raw_dim[1], f.visual_dim, sizeof f.visual_dim);
    tensor_folder_close(&f);
    s->file = calloc(2, sizeof *s->file);
    if (!s->file) return vis_fail_memory(err, "a list of files");
    for (int i = 0; i < 2; i++) {
        s->file[i].name = strdup(i == 0 ? "audio_input.bin" : "visual_input.bin");
        if (!s->file[i].name) return vis_fail_memory(err, "a list of files");
        s->files++;
        s->file[i].rows = s->raw_dim[i][0];
    }
    return VIS_OK;
}

/* Opens file k, if it is not the one that is open. */
static vis_status open_file(side *s, int k, vis_error *err)
{
    if (s->open_file == k) return VIS_OK;
    s->open_file = -1;
    tensor_free(&s->held);
    file_unmap(&s->map);
    char *path = side_file_path(s, s->file[k].name);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = s->raw ? file_map_open(path, &s->map, err) : npy_read(path, &s->held, err);
    if (status == VIS_OK && !s->raw && s->held.dtype != TENSOR_F32)
        status = vis_fail(err, VIS_ERR_MISMATCH,
                          "%s: holds integers; networks give floating-point numbers", path);
    if (status == VIS_OK && !s->raw && tensor_count(&s->held) == 0)
        status = vis_fail(err, VIS_ERR_MISMATCH, "%s: holds no numbers", path);
    free(path);
    if (status == VIS_OK) s->open_file = k;
    return status;
}

/* A tensor of rank 4 is a row of frames. */
static vis_status count_rows(side *s, vis_error *err)
{
    for (int k = 0; k < s->files; k++) {
        if (!s->raw) {
            VIS_TRY(open_file(s, k, err));
            s->file[k].rows = s->held.rank == 4 ? s->held.dim[0] : 1;
        }
        s->file[k].first = s->frames;
        s->frames += s->file[k].rows;
        if (s->frames > SIDE_MAX_FRAMES)
            return vis_fail(err, VIS_ERR_LIMIT, "%s: more than %d frames", s->path,
                            SIDE_MAX_FRAMES);
    }
    return VIS_OK;
}

vis_status side_open_tensors(side *s, vis_error *err)
{
    s->kind = SIDE_TENSORS;
    bool raw = false;
    if (s->folder) VIS_TRY(find_raw(s->path, &raw, err));
    if (!s->folder) {
        s->file = calloc(1, sizeof *s->file);
        if (!s->file) return vis_fail_memory(err, "a list of files");
        s->file[0].name = strdup(path_name(s->path));
        if (!s->file[0].name) return vis_fail_memory(err, "a list of files");
        s->files = 1;
    } else if (raw) {
        VIS_TRY(add_raw(s, err));
    } else {
        VIS_TRY(side_list(s, is_npy, err));
    }
    return count_rows(s, err);
}

/* The tensor of the open file: its shape, and where its numbers are. */
static const float *open_values(const side *s, int *rank, int64_t *dim)
{
    int k = s->open_file;
    *rank = s->raw ? s->raw_rank[k] : s->held.rank;
    memcpy(dim, s->raw ? s->raw_dim[k] : s->held.dim, sizeof s->held.dim);
    return s->raw ? (const float *)s->map.data : tensor_f32(&s->held);
}

vis_status side_get_tensor(side *s, int64_t i, side_frame *out, vis_error *err)
{
    int k = side_file_of(s, i);
    VIS_TRY(open_file(s, k, err));
    out->values = open_values(s, &out->rank, out->dim);
    if (out->rank == 4) {
        int64_t row = i - s->file[k].first;
        out->values += (size_t)row * (size_t)(out->dim[1] * out->dim[2] * out->dim[3]);
        memmove(out->dim, out->dim + 1, 3 * sizeof *out->dim);
        out->rank = 3;
    }
    if (out->rank != 3 || out->dim[0] != 3 || out->dim[1] > PICTURE_MAX_SIDE ||
        out->dim[2] > PICTURE_MAX_SIDE)
        return VIS_OK;
    VIS_TRY(side_picture_of(out->values, (int)out->dim[2], (int)out->dim[1], 0, &s->shown, err));
    out->shown = &s->shown;
    return VIS_OK;
}
