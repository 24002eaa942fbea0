/* networks/export.h - a checkpoint's network as an .onnx file that other runtimes run.
 *
 * U-Nets: inputs "input" [batch, 6, S, S] and "audio" [batch, C, H, W], output "output"
 * [batch, 3, S, S]. AVE encoder: "mel" [batch, 1, 80, 16] -> "features" [batch, 512]. Weights are
 * float32 under the checkpoint's own keys, batch norms stay as they are. The metadata say which
 * file it was made from: source_sha256, family, audio_mode, weights_dtype (as stored there).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_EXPORT_H
#define NETWORKS_EXPORT_H

#include "networks/model.h"

/* Writes the file, whole or not at all; `version` is that of viseme. VIS_ERR_USAGE for a model that
 * is ONNX already, whose audio mode is undecided, or whose own file `path` is; VIS_ERR_WRITE,
 * VIS_ERR_MEMORY. */
vis_status model_export(const model *m, const char *version, const char *path, vis_error *err);

#endif
