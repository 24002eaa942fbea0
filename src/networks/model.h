/* networks/model.h - opens what users have and says what it is.
 *
 * Facts of the family are in docs/model-family.md. A model is a graph plus what was recognised.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_MODEL_H
#define NETWORKS_MODEL_H

#include "networks/model_info.h"

/* Opens a .pth, a .onnx (told apart by content, not by name) or a folder of N.pth. */
vis_status model_open(const char *path, const model_options *options, model **out, vis_error *err);

/* The same of the bytes of a file, which are read before this returns; `name` is what messages call
 * them. Weights beside an .onnx cannot be had: VIS_ERR_UNSUPPORTED. */
vis_status model_open_bytes(const char *name, const uint8_t *data, size_t size,
                            const model_options *options, model **out, vis_error *err);
void model_close(model *m);

/* Releases the graph and its weights, for who has compiled it and needs but `info` from then on. */
void model_drop_net(model *m);

/* Settles ave against hubert after opening, once features or an encoder show which it is; builds
 * the graph. A mode that the shapes rule out is VIS_ERR_MISMATCH. Fine to repeat with the same
 * mode. */
vis_status model_decide(model *m, audio_mode mode, vis_error *err);

/* VIS_OK for a U-Net that can be fed: its audio mode decided, its windows whole feature rows. Else
 * VIS_ERR_MISMATCH or VIS_ERR_USAGE, which say what to do. */
vis_status model_require_unet(const model *m, vis_error *err);

/* The graph's inputs that a footage frame settles, whatever is heard on it, as a mask (bit i: input
 * i): what nn_options.cache_inputs wants. Always given, so that a network's numbers are the same
 * wherever it runs. 0 for other models than U-Nets. */
uint32_t model_footage_inputs(const model *m);

#endif
