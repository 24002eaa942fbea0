/* formats/stored_type.h - the kinds of numbers found in files, and turning them into viseme's own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_STORED_TYPE_H
#define FORMATS_STORED_TYPE_H

#include "base/tensor.h"

#include <stdbool.h>

/* X(enumerator, name, name of torch's storage class, bytes) */
#define STORED_TYPE_MAP(X)                                                                         \
    X(STORED_FLOAT32, "float32", "FloatStorage", 4)                                                \
    X(STORED_FLOAT64, "float64", "DoubleStorage", 8)                                               \
    X(STORED_FLOAT16, "float16", "HalfStorage", 2)                                                 \
    X(STORED_BFLOAT16, "bfloat16", "BFloat16Storage", 2)                                           \
    X(STORED_INT64, "int64", "LongStorage", 8)                                                     \
    X(STORED_INT32, "int32", "IntStorage", 4)                                                      \
    X(STORED_INT16, "int16", "ShortStorage", 2)                                                    \
    X(STORED_INT8, "int8", "CharStorage", 1)                                                       \
    X(STORED_UINT8, "uint8", "ByteStorage", 1)                                                     \
    X(STORED_BOOL, "bool", "BoolStorage", 1)                                                       \
    X(STORED_UNTYPED, "bytes", "UntypedStorage", 1)

typedef enum stored_type {
#define STORED_TYPE_ENUM(enumerator, name, storage, bytes) enumerator,
    STORED_TYPE_MAP(STORED_TYPE_ENUM)
#undef STORED_TYPE_ENUM
        STORED_TYPE_COUNT
} stored_type;

const char *stored_type_name(stored_type type); /* "float32", ...; static */
size_t stored_type_size(stored_type type);      /* bytes of one number */
bool stored_type_is_float(stored_type type);

/* Reverses the bytes of each of `count` numbers, in place: for files of the other byte order. */
void stored_swap_bytes(void *numbers, stored_type type, int64_t count);

/* Turns `count` numbers in the machine's byte order, of any alignment, into `dtype`: float64 is
 * rounded, floating point to int64 truncated, bool any byte that is not 0. */
void stored_convert(const void *numbers, stored_type type, int64_t count, void *out,
                    tensor_dtype dtype);

#endif
