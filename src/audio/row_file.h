/* audio/row_file.h - an array of floats in a file, read row by row and never as a whole.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * .npy of float16, float32 or float64 (base/npy.h names the format), or raw little-endian float32.
 */
#ifndef AUDIO_ROW_FILE_H
#define AUDIO_ROW_FILE_H

#include "base/tensor.h"
#include "media/input_file.h"

#include <stdbool.h>

typedef struct row_file row_file;

/* Opens an .npy, told by its first bytes, else raw float32, which has the shape [numbers]. A file
 * in Fortran order is the exception: it is read whole. VIS_ERR_OPEN, VIS_ERR_FORMAT (damaged),
 * VIS_ERR_UNSUPPORTED (holds no floats). */
vis_status row_file_open(input_file from, row_file **out, vis_error *err);
void row_file_close(row_file *f); /* NULL is fine */

/* The array's shape as the file has it. */
int row_file_shape(const row_file *f, int64_t dim[TENSOR_MAX_RANK]);
bool row_file_is_npy(const row_file *f);

/* Numbers first ... first + count - 1 of the array in C order, which must exist, into `out`. */
vis_status row_file_read(row_file *f, int64_t first, int count, float *out, vis_error *err);

#endif
