/* measure/tensor_folder.c - metadata.json and the two binaries beside it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/tensor_folder.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define METADATA_LIMIT 65536
#define MAX_FRAMES (1 << 24)

static vis_status parse_shape(const json_t *root, const char *key, const char *path, int *rank,
                              int64_t *dim, vis_error *err)
{
    const json_t *shape = json_object_get(root, key);
    size_t count = json_array_size(shape);
    bool good = count >= 1 && count <= TENSOR_MAX_RANK;
    for (size_t i = 0; good && i < count; i++) {
        dim[i] = json_integer_value(json_array_get(shape, i));
        good = dim[i] > 0;
    }
    if (!good)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: \"%s\" must be a list of whole numbers such as [10, 6, 320, 320]",
                        path, key);
    *rank = (int)count;
    return VIS_OK;
}

static vis_status parse_metadata(const json_t *root, const char *path, tensor_folder *f,
                                 vis_error *err)
{
    const json_t *frames = json_object_get(root, "num_frames");
    const char *dtype = json_string_value(json_object_get(root, "dtype"));
    if (!json_is_integer(frames) || json_integer_value(frames) < 1 ||
        json_integer_value(frames) > MAX_FRAMES)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: \"num_frames\" must be a whole number of 1 or more", path);
    if (dtype && strcmp(dtype, "float32") != 0)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: dtype \"%s\"; write the tensors as float32",
                        path, dtype);
    f->frames = json_integer_value(frames);
    f->start = json_integer_value(json_object_get(root, "start_frame"));
    VIS_TRY(parse_shape(root, "visual_shape", path, &f->visual_rank, f->visual_dim, err));
    VIS_TRY(parse_shape(root, "audio_shape", path, &f->audio_rank, f->audio_dim, err));
    if (f->visual_dim[0] != f->frames || f->audio_dim[0] != f->frames)
        return vis_fail(
            err, VIS_ERR_MISMATCH, "%s: num_frames is %lld but the shapes begin with %lld and %lld",
            path, (long long)f->frames, (long long)f->visual_dim[0], (long long)f->audio_dim[0]);
    return VIS_OK;
}

vis_status tensor_folder_parse(const void *text, size_t size, const char *name, tensor_folder *out,
                               vis_error *err)
{
    json_t *root;
    vis_status status;
    VIS_TRY(json_parse(text, size, name, &root, err));
    if (!json_is_object(root))
        status = vis_fail(err, VIS_ERR_FORMAT,
                          "%s: not a JSON object with num_frames and the shapes", name);
    else
        status = parse_metadata(root, name, out, err);
    json_decref(root);
    return status;
}

static vis_status read_metadata(const char *path, tensor_folder *f, vis_error *err)
{
    buffer text;
    buffer_init(&text, METADATA_LIMIT);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK)
        status =
            tensor_folder_parse(text.data ? (const char *)text.data : "", text.size, path, f, err);
    buffer_free(&text);
    return status;
}

static vis_status map_tensor(const char *path, int rank, const int64_t *dim, file_map *map,
                             const float **data, vis_error *err)
{
    VIS_TRY(file_map_open(path, map, err));
    int64_t count;
    size_t wanted;
    if (!shape_count(dim, rank, &count) || !size_mul((size_t)count, sizeof(float), &wanted) ||
        wanted != map->size) {
        char text[128];
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: has %zu bytes, which is not float32 %s as metadata.json says", path,
                        map->size, shape_text(dim, rank, text, sizeof text));
    }
    *data = (const float *)map->data;
    return VIS_OK;
}

const char *const tensor_folder_names[] = {"visual_input.bin", "audio_input.bin", "metadata.json"};

vis_status tensor_folder_open(const char *path, tensor_folder *out, vis_error *err)
{
    *out = (tensor_folder){0};
    char *metadata = path_join(path, tensor_folder_names[TENSOR_FOLDER_METADATA]);
    char *visual = path_join(path, tensor_folder_names[TENSOR_FOLDER_VISUAL]);
    char *audio = path_join(path, tensor_folder_names[TENSOR_FOLDER_AUDIO]);
    vis_status status = metadata && visual && audio ? VIS_OK : vis_fail_memory(err, "file names");
    if (status == VIS_OK) status = read_metadata(metadata, out, err);
    if (status == VIS_OK)
        status = map_tensor(visual, out->visual_rank, out->visual_dim, &out->visual_map,
                            &out->visual, err);
    if (status == VIS_OK)
        status =
            map_tensor(audio, out->audio_rank, out->audio_dim, &out->audio_map, &out->audio, err);
    free(metadata);
    free(visual);
    free(audio);
    if (status != VIS_OK) tensor_folder_close(out);
    return status;
}

void tensor_folder_close(tensor_folder *f)
{
    file_unmap(&f->visual_map);
    file_unmap(&f->audio_map);
    *f = (tensor_folder){0};
}
