/* networks/model.c - opening a model, whatever it is stored as.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "networks/model.h"

#include "base/file.h"
#include "base/file_kind.h"
#include "formats/pth.h"
#include "formats/state_dict.h"
#include "networks/audio_input.h"
#include "networks/model_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *model_kind_name(model_kind kind)
{
    switch (kind) {
    case MODEL_UNET_328:
        return "328 U-Net";
    case MODEL_UNET_160:
        return "160 U-Net";
    case MODEL_AVE_ENCODER:
        return "AVE audio encoder";
    case MODEL_OTHER:
        return "other network";
    }
    return "?";
}

/* The checkpoint of a folder: N.pth for the wanted N, else the highest. */
static vis_status choose_checkpoint(const char *folder, int wanted, char **path, vis_error *err)
{
    int *numbers = NULL, count = 0;
    VIS_TRY(folder_numbers(folder, ".pth", &numbers, &count, err));
    bool found = false;
    for (int i = 0; i < count; i++) {
        found = found || numbers[i] == wanted;
    }
    int highest = count > 0 ? numbers[count - 1] : 0;
    free(numbers);
    if (count == 0) {
        return vis_fail(err, VIS_ERR_OPEN, "%s: no checkpoint in this folder (1.pth, 2.pth, ...)",
                        folder);
    }
    if (wanted >= 0 && !found) {
        return vis_fail(err, VIS_ERR_OPEN, "%s: no %d.pth in this folder; the highest is %d.pth",
                        folder, wanted, highest);
    }
    char name[32];
    snprintf(name, sizeof(name), "%d.pth", wanted >= 0 ? wanted : highest);
    *path = path_join(folder, name);
    return *path ? VIS_OK : vis_fail_memory(err, folder);
}

static vis_status set_name(model *m, const char *name, vis_error *err)
{
    if (strlen(name) >= sizeof(m->info.path))
        return vis_fail(err, VIS_ERR_OPEN, "a path of more than %zu bytes",
                        sizeof(m->info.path) - 1);
    memcpy(m->info.path, name, strlen(name) + 1);
    return VIS_OK;
}

static vis_status set_path(model *m, const char *path, int checkpoint, vis_error *err)
{
    char *chosen = NULL;
    if (path_is_folder(path)) VIS_TRY(choose_checkpoint(path, checkpoint, &chosen, err));
    vis_status status = set_name(m, chosen ? chosen : path, err);
    free(chosen);
    return status;
}

#define GIVE_SOURCE "give the .pth or .onnx that it was made from"

/* Networks of other programs: how to get at a file that is read. */
static const char *network_remedy(file_kind kind)
{
    switch (kind) {
    case FILE_SAFETENSORS:
        return "convert it: python3 -c \"import torch, safetensors.torch as s; "
               "torch.save(s.load_file('FILE'), 'FILE.pth')\"";
    case FILE_PICKLE:
        return "not one of torch.save: save the weights with "
               "torch.save(model.state_dict(), 'FILE.pth')";
    case FILE_HDF5:
    case FILE_NCNN_PARAM:
    case FILE_TENSORRT:
    case FILE_TFLITE:
    case FILE_ORT:
    case FILE_OPENVINO:
    case FILE_GGUF:
        return GIVE_SOURCE;
    default:
        return NULL;
    }
}

/* Names the file for what it is and says how to come by one that is read. */
static vis_status refuse_foreign(const uint8_t *data, size_t size, const char *path, vis_error *err)
{
    file_kind kind = file_kind_of(data, size);
    const char *remedy = network_remedy(kind);
    if (remedy)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: is %s; %s", path, file_kind_name(kind),
                        remedy);
    if (file_kind_remedy(kind)) return file_kind_refuse(kind, path, err);
    if (kind != FILE_UNKNOWN)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: is %s, not a model; give a PyTorch checkpoint (.pth) or an ONNX file",
                        path, file_kind_name(kind));
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: neither a PyTorch checkpoint (.pth) nor ONNX (the weights of ncnn, "
                    "OpenVINO and others have no mark of their own: give the .pth or .onnx that "
                    "they were made from)",
                    path);
}

/* Tells the formats apart by their first bytes. */
vis_status model_from_content(const uint8_t *data, size_t size, const model_options *options,
                              model *m, vis_error *err)
{
    const char *path = m->info.path;
    if (size > MODEL_MAX_FILE) {
        return vis_fail(err, VIS_ERR_LIMIT,
                        "%s: larger than %zu bytes, so not a model of this family", path,
                        MODEL_MAX_FILE);
    }
    if (pth_is_zip(data, size) || pth_is_legacy(data, size)) {
        return model_from_pth(data, size, options, m, err);
    }
    /* An ONNX file is a protobuf message; its first field is ir_version (number 1) with all
     * exporters. */
    if (size > 0 && data[0] == 0x08 && file_kind_of(data, size) == FILE_UNKNOWN)
        return model_from_onnx(data, size, options, m, err);
    return refuse_foreign(data, size, path, err);
}

/* The file's checksum, computed beside the reading. */
typedef struct checksum {
    const file_map *map;
    char *hex;
    pthread_t thread;
    bool threaded;
} checksum;

static void *run_checksum(void *argument)
{
    checksum *c = argument;
    file_map_sha256(c->map, c->hex);
    return NULL;
}

static void start_checksum(checksum *c)
{
    c->threaded = pthread_create(&c->thread, NULL, run_checksum, c) == 0;
}

static void finish_checksum(checksum *c)
{
    if (c->threaded)
        pthread_join(c->thread, NULL);
    else
        run_checksum(c);
}

static vis_status read_bytes(model *m, const file_map *map, const model_options *options,
                             vis_error *err)
{
    checksum sum = {.map = map, .hex = m->info.sha256};
    start_checksum(&sum);
    vis_status status = model_from_content(map->data, map->size, options, m, err);
    finish_checksum(&sum);
    return status;
}

static vis_status read_file(model *m, const char *path, const model_options *options,
                            vis_error *err)
{
    file_map map = {0};
    VIS_TRY(set_path(m, path, options->checkpoint, err));
    VIS_TRY(file_map_open(m->info.path, &map, err));
    vis_status status = read_bytes(m, &map, options, err);
    file_unmap(&map);
    return status;
}

static vis_status read_unfiled(model *m, const char *name, const file_map *bytes,
                               const model_options *options, vis_error *err)
{
    m->info.unfiled = true;
    VIS_TRY(set_name(m, name, err));
    if (bytes->size == 0) return vis_fail(err, VIS_ERR_FORMAT, "%s: holds nothing", name);
    return read_bytes(m, bytes, options, err);
}

/* `bytes`: what there is instead of a file; NULL: `name` is a path. */
static vis_status open_either(const char *name, const file_map *bytes, const model_options *options,
                              model **out, vis_error *err)
{
    static const model_options plain = {.mode = AUDIO_NONE, .checkpoint = -1};
    if (!options) options = &plain;
    model *m = calloc(1, sizeof(*m));
    if (!m) return vis_fail_memory(err, name);
    vis_status status =
        bytes ? read_unfiled(m, name, bytes, options, err) : read_file(m, name, options, err);
    if (status != VIS_OK) {
        model_close(m);
        return status;
    }
    *out = m;
    return VIS_OK;
}

vis_status model_open(const char *path, const model_options *options, model **out, vis_error *err)
{
    return open_either(path, NULL, options, out, err);
}

vis_status model_open_bytes(const char *name, const uint8_t *data, size_t size,
                            const model_options *options, model **out, vis_error *err)
{
    const file_map bytes = {data, size};
    return open_either(name, &bytes, options, out, err);
}

void model_close(model *m)
{
    if (!m) return;
    graph_free(m->net);
    state_dict_free(m->weights);
    free(m);
}

void model_drop_net(model *m)
{
    graph_free(m->net);
    m->net = NULL;
}

vis_status model_require_unet(const model *m, vis_error *err)
{
    const model_info *info = &m->info;
    if (info->kind != MODEL_UNET_328 && info->kind != MODEL_UNET_160)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: not a lip-sync U-Net (it is: %s); give its checkpoint as `model`",
                        info->path, model_kind_name(info->kind));
    if (info->fork) return audio_input_refuse(info->path, info->audio_shape[0], info->width, err);
    if (info->mode != AUDIO_AVE_OR_HUBERT && info->window_rows == 0)
        return vis_fail(
            err, VIS_ERR_MISMATCH,
            "%s: its audio input [%d, %d, %d] holds no whole number of %s feature rows; "
            "give another `audio_mode`",
            info->path, info->audio_shape[0], info->audio_shape[1], info->audio_shape[2],
            audio_mode_name(info->mode));
    if (!m->net)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the checkpoint fits both ave and hubert; say which with `audio_mode`",
                        info->path);
    return VIS_OK;
}

uint32_t model_footage_inputs(const model *m)
{
    bool paints = m->info.kind == MODEL_UNET_328 || m->info.kind == MODEL_UNET_160;
    return paints && m->info.visual_input >= 0 ? (uint32_t)1 << m->info.visual_input : 0;
}
