/* formats/onnx_tensor.h - ONNX's stored tensors.
 *
 * Format (TensorProto in onnx.proto): dims, data_type, and the numbers in one of: raw_data
 * (little-endian bytes), float_data, double_data, int64_data, int32_data (also holds the narrower
 * integers, bool, and the bit patterns of float16 and bfloat16), or outside the file: data_location
 * EXTERNAL with external_data entries "location" (a path relative to the .onnx), "offset" and
 * "length". An outside path must stay below the model's folder: absolute paths and ".." are
 * refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_TENSOR_H
#define FORMATS_ONNX_TENSOR_H

#include "base/file.h"
#include "base/tensor.h"
#include "formats/stored_type.h"
#include "onnx.pb-c.h"

#include <stdbool.h>

#define ONNX_MAX_NUMBERS ((int64_t)1 << 28) /* in one tensor: 1 GiB as float32 */

/* Files of external data, mapped once each. */
typedef struct onnx_externals {
    const char *model_path; /* not owned */
    bool refused;           /* the model is in no folder */
    struct onnx_external {
        char *location; /* as in the file; owned */
        file_map map;
    } * file;
    int count, capacity;
    uint64_t held, asked; /* bytes of the files, and of all tensors that were found in them */
} onnx_externals;

void onnx_externals_free(onnx_externals *externals);

/* ONNX's number for a type of data (TensorProto.DataType) in viseme's terms. */
bool onnx_type(int data_type, stored_type *stored, tensor_dtype *dtype);

/* Reads a tensor: floating point becomes F32, integers I64, bool BOOL. `out` is the caller's to
 * free. `name` stands in messages. */
vis_status onnx_tensor_read(const Onnx__TensorProto *proto, const char *name,
                            onnx_externals *externals, tensor *out, vis_error *err);

#endif
