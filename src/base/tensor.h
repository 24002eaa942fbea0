/* base/tensor.h - a dense array of numbers with a shape, row-major. */
#ifndef BASE_TENSOR_H
#define BASE_TENSOR_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TENSOR_MAX_RANK 8

typedef enum tensor_dtype { TENSOR_F32, TENSOR_I64, TENSOR_BOOL } tensor_dtype;

/* Owns `data`. Zero-initialised is a valid empty tensor (rank 0, no data). */
typedef struct tensor {
    tensor_dtype dtype;
    int rank;
    int64_t dim[TENSOR_MAX_RANK];
    void *data; /* aligned to VIS_ALIGN; f32, i64 or one byte a boolean */
} tensor;

/* A zeroed tensor of that shape. VIS_ERR_LIMIT for a shape whose size overflows. */
vis_status tensor_create(tensor *t, tensor_dtype dtype, int rank, const int64_t *dim,
                         vis_error *err);
void tensor_free(tensor *t); /* leaves it empty; NULL and empty are fine */

int64_t tensor_count(const tensor *t); /* elements */
size_t tensor_element_size(tensor_dtype dtype);

static inline float *tensor_f32(const tensor *t)
{
    return (float *)t->data;
}
static inline int64_t *tensor_i64(const tensor *t)
{
    return (int64_t *)t->data;
}

/* Row-major strides of a shape, in elements. */
void shape_strides(const int64_t *dim, int rank, int64_t *stride);

/* "[1, 6, 320, 320]" into `text`; returns `text`. */
char *shape_text(const int64_t *dim, int rank, char *text, size_t size);

/* Is none of them NaN or infinite? */
bool floats_finite(const float *values, int64_t count);

#endif
