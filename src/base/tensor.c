/* base/tensor.c - making and describing tensors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/tensor.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t tensor_element_size(tensor_dtype dtype)
{
    switch (dtype) {
    case TENSOR_F32:
        return 4;
    case TENSOR_I64:
        return 8;
    case TENSOR_BOOL:
        return 1;
    }
    return 0;
}

vis_status tensor_create(tensor *t, tensor_dtype dtype, int rank, const int64_t *dim,
                         vis_error *err)
{
    *t = (tensor){.dtype = dtype};
    int64_t count;
    if (rank < 0 || rank > TENSOR_MAX_RANK)
        return vis_fail(err, VIS_ERR_LIMIT, "a tensor of %d dimensions; at most %d are supported",
                        rank, TENSOR_MAX_RANK);
    char text[128];
    if (!shape_count(dim, rank, &count) || count > INT64_MAX / 16)
        return vis_fail(err, VIS_ERR_LIMIT, "a tensor of shape %s is too large",
                        shape_text(dim, rank, text, sizeof text));
    t->data = aligned_calloc((size_t)count, tensor_element_size(dtype));
    if (!t->data) {
        shape_text(dim, rank, text, sizeof text);
        return vis_fail(err, VIS_ERR_MEMORY, "out of memory for a tensor of shape %s", text);
    }
    t->rank = rank;
    if (rank) memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    return VIS_OK;
}

void tensor_free(tensor *t)
{
    if (!t) return;
    aligned_free(t->data);
    *t = (tensor){0};
}

int64_t tensor_count(const tensor *t)
{
    int64_t count = 0;
    if (!t->data || !shape_count(t->dim, t->rank, &count)) return 0;
    return count;
}

void shape_strides(const int64_t *dim, int rank, int64_t *stride)
{
    int64_t step = 1;
    for (int a = rank - 1; a >= 0; a--) {
        stride[a] = step;
        step *= dim[a];
    }
}

char *shape_text(const int64_t *dim, int rank, char *text, size_t size)
{
    size_t used = 0;
    if (size) text[0] = '\0';
    for (int i = 0; i < rank && used < size; i++) {
        int wrote = snprintf(text + used, size - used, "%s%" PRId64, i ? ", " : "[", dim[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (used < size) snprintf(text + used, size - used, "%s", rank > 0 ? "]" : "[]");
    return text;
}

#define GROUP 8 /* loops of this length are vectors */

bool floats_finite(const float *values, int64_t count)
{
    float sum[GROUP] = {0}, all = 0; /* nothing times what is not finite is NaN for good */
    int64_t i = 0;
    for (; i + GROUP <= count; i += GROUP)
        for (int k = 0; k < GROUP; k++)
            sum[k] += values[i + k] * 0;
    for (; i < count; i++)
        all += values[i] * 0;
    for (int k = 0; k < GROUP; k++)
        all += sum[k];
    return all == 0;
}
