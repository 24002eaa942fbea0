/* networks/model_internal.h - the readers behind model_open.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_MODEL_INTERNAL_H
#define NETWORKS_MODEL_INTERNAL_H

#include "networks/model_info.h"

/* Each fills m->info (all but path and sha256), m->net and, for an undecided .pth, m->weights, from
 * a file that lies in memory; the first one whatever the file is. The caller closes `m` on failure.
 * m->info.path names the file in messages. */
vis_status model_from_content(const uint8_t *data, size_t size, const model_options *options,
                              model *m, vis_error *err);
vis_status model_from_pth(const uint8_t *data, size_t size, const model_options *options, model *m,
                          vis_error *err);
vis_status model_from_onnx(const uint8_t *data, size_t size, const model_options *options, model *m,
                           vis_error *err);

/* model_checks.c. MACs of one frame: m->net resolved for one frame into info.macs. Also proves that
 * the shapes fit. */
vis_status model_count_macs(model *m, vis_error *err);

/* Weights that are NaN or infinite: reported when a checkpoint is opened, before anybody wonders at
 * a black face. Zero-initialised is none. */
typedef struct broken_weights {
    int64_t numbers;
    int tensors;
    const char *first; /* the first tensor's name, borrowed */
} broken_weights;

/* Counts those of a tensor, if it holds float32. */
void broken_weights_add(broken_weights *b, const char *name, const tensor *t);

/* One warning, if there are any. */
void broken_weights_warn(const broken_weights *b, const char *path, const vis_log *log);

#endif
