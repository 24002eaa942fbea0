/* model/model_internal.h - the readers behind model_open.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_MODEL_INTERNAL_H
#define MODEL_MODEL_INTERNAL_H

#include "model/model.h"

/* Each fills m->info (all but path and sha256), m->net and, for an undecided .pth, m->weights, from
 * a file that lies in memory; the first one whatever the file is. The caller closes `m` on failure.
 * m->info.path names the file in messages. */
vis_status model_from_content(const uint8_t *data, size_t size, const model_options *options,
                              model *m, vis_error *err);
vis_status model_from_pth(const uint8_t *data, size_t size, const model_options *options, model *m,
                          vis_error *err);
vis_status model_from_onnx(const uint8_t *data, size_t size, const model_options *options, model *m,
                           vis_error *err);

/* MACs of one frame: m->net resolved for one frame into info.macs. Also proves that the shapes fit.
 */
vis_status model_count_macs(model *m, vis_error *err);

#endif
