/* model/broken_weights.c - see broken_weights.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/broken_weights.h"

#include <math.h>

void broken_weights_add(broken_weights *b, const char *name, const tensor *t)
{
    if (!t || t->dtype != TENSOR_F32) return;
    int64_t count = tensor_count(t), broken = 0;
    const float *v = tensor_f32(t);
    if (floats_finite(v, count)) return;
    for (int64_t i = 0; i < count; i++)
        broken += !isfinite(v[i]);
    if (b->tensors++ == 0) b->first = name;
    b->numbers += broken;
}

void broken_weights_warn(const broken_weights *b, const char *path, const vis_log *log)
{
    if (b->numbers)
        vis_warn(log,
                 "%s: %lld weights in %d tensor%s are NaN or infinite, first in %s; the checkpoint "
                 "is broken: take an earlier one",
                 path, (long long)b->numbers, b->tensors, b->tensors == 1 ? "" : "s", b->first);
}
