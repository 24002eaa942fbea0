/* model/broken_weights.h - weights that are NaN or infinite: told when a checkpoint is opened,
 * before anybody wonders at a black face.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_BROKEN_WEIGHTS_H
#define MODEL_BROKEN_WEIGHTS_H

#include "base/log.h"
#include "base/tensor.h"

#include <stdint.h>

/* Zero-initialised is none. */
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
