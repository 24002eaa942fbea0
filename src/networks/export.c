/* networks/export.c - what may be exported, and what the file says of itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "networks/export.h"

#include "base/file.h"
#include "base/memory.h"
#include "formats/onnx_write.h"

#include <stdlib.h>
#include <string.h>

static vis_status check(const model_info *info, const char *path, vis_error *err)
{
    if (strcmp(info->format, "onnx") == 0)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: is ONNX already; give the .pth that it was made from", info->path);
    if (info->mode == AUDIO_AVE_OR_HUBERT)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the checkpoint fits both ave and hubert; say which with `audio_mode`",
                        info->path);
    return info->unfiled ? VIS_OK : file_check_apart(path, info->path, err);
}

/* For people. No file name: it may hold bytes that are not UTF-8, which protobuf's texts must be.
 * The caller's to free. */
static char *describe(const model_info *info)
{
    const char *kind = model_kind_name(info->kind);
    if (info->mode == AUDIO_NONE) return text_format("%s, exported by viseme", kind);
    return text_format("%s for %s features, exported by viseme", kind, audio_mode_name(info->mode));
}

vis_status model_export(const model *m, const char *version, const char *path, vis_error *err)
{
    const model_info *info = &m->info;
    VIS_TRY(check(info, path, err));
    const onnx_label labels[] = {{"source_sha256", info->sha256},
                                 {"family", model_kind_name(info->kind)},
                                 {"audio_mode", audio_mode_name(info->mode)},
                                 {"weights_dtype", info->weights_dtype}};
    char *text = describe(info);
    if (!text) return vis_fail_memory(err, "an ONNX file");
    onnx_heading heading = {.name = info->kind == MODEL_AVE_ENCODER ? "ave_encoder" : "lip_sync",
                            .producer = "viseme",
                            .version = version,
                            .text = text,
                            .label = labels,
                            .n_labels = sizeof labels / sizeof *labels};
    vis_status status = onnx_write(m->net, &heading, path, err);
    free(text);
    return status;
}
