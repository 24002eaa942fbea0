/* formats/stored_type.c - conversion of stored numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/stored_type.h"

#include "base/half.h"

#include <string.h>

const char *stored_type_name(stored_type type)
{
    static const char *const names[] = {
#define STORED_TYPE_NAME(enumerator, name, storage, bytes) name,
        STORED_TYPE_MAP(STORED_TYPE_NAME)
#undef STORED_TYPE_NAME
    };
    return (unsigned)type < STORED_TYPE_COUNT ? names[type] : "?";
}

size_t stored_type_size(stored_type type)
{
    static const uint8_t sizes[] = {
#define STORED_TYPE_SIZE(enumerator, name, storage, bytes) bytes,
        STORED_TYPE_MAP(STORED_TYPE_SIZE)
#undef STORED_TYPE_SIZE
    };
    return (unsigned)type < STORED_TYPE_COUNT ? sizes[type] : 1;
}

bool stored_type_is_float(stored_type type)
{
    return type == STORED_FLOAT32 || type == STORED_FLOAT64 || type == STORED_FLOAT16 ||
           type == STORED_BFLOAT16;
}

void stored_swap_bytes(void *numbers, stored_type type, int64_t count)
{
    size_t size = stored_type_size(type);
    uint8_t *at = numbers;
    for (int64_t i = 0; size > 1 && i < count; i++, at += size) {
        for (size_t k = 0; k < size / 2; k++) {
            uint8_t kept = at[k];
            at[k] = at[size - 1 - k];
            at[size - 1 - k] = kept;
        }
    }
}

/* One conversion loop for a stored C type; EXPR turns `v` into the wanted type. */
#define CONVERT_LOOP(stored, wanted, EXPR)                                                         \
    for (int64_t i = 0; i < count; i++) {                                                          \
        stored v;                                                                                  \
        memcpy(&v, (const char *)numbers + (size_t)i * sizeof(v), sizeof(v));                      \
        ((wanted *)out)[i] = EXPR;                                                                 \
    }                                                                                              \
    break

static void to_float(const void *numbers, stored_type type, int64_t count, void *out)
{
    switch (type) {
    case STORED_FLOAT32:
        memcpy(out, numbers, (size_t)count * sizeof(float));
        break;
    case STORED_FLOAT64:
        CONVERT_LOOP(double, float, (float)v);
    case STORED_FLOAT16:
        CONVERT_LOOP(uint16_t, float, half_to_float(v));
    case STORED_BFLOAT16:
        CONVERT_LOOP(uint16_t, float, float_from_bits((uint32_t)v << 16));
    case STORED_INT64:
        CONVERT_LOOP(int64_t, float, (float)v);
    case STORED_INT32:
        CONVERT_LOOP(int32_t, float, (float)v);
    case STORED_INT16:
        CONVERT_LOOP(int16_t, float, (float)v);
    case STORED_INT8:
        CONVERT_LOOP(int8_t, float, (float)v);
    case STORED_BOOL:
        CONVERT_LOOP(uint8_t, float, v ? 1.0f : 0.0f);
    default:
        CONVERT_LOOP(uint8_t, float, (float)v);
    }
}

static void to_integer(const void *numbers, stored_type type, int64_t count, void *out)
{
    switch (type) {
    case STORED_INT64:
        memcpy(out, numbers, (size_t)count * sizeof(int64_t));
        break;
    case STORED_INT32:
        CONVERT_LOOP(int32_t, int64_t, v);
    case STORED_INT16:
        CONVERT_LOOP(int16_t, int64_t, v);
    case STORED_INT8:
        CONVERT_LOOP(int8_t, int64_t, v);
    case STORED_BOOL:
        CONVERT_LOOP(uint8_t, int64_t, v != 0);
    case STORED_UINT8:
    case STORED_UNTYPED:
        CONVERT_LOOP(uint8_t, int64_t, v);
    default:
        for (int64_t i = 0; i < count; i++) {
            float v;
            to_float((const char *)numbers + (size_t)i * stored_type_size(type), type, 1, &v);
            ((int64_t *)out)[i] = v >= -0x1p63f && v < 0x1p63f ? (int64_t)v : 0;
        }
    }
}

void stored_convert(const void *numbers, stored_type type, int64_t count, void *out,
                    tensor_dtype dtype)
{
    if (count <= 0) return;
    if (dtype == TENSOR_F32) {
        to_float(numbers, type, count, out);
    } else if (dtype == TENSOR_I64) {
        to_integer(numbers, type, count, out);
    } else {
        size_t size = stored_type_size(type);
        for (int64_t i = 0; i < count; i++) {
            const uint8_t *at = (const uint8_t *)numbers + (size_t)i * size;
            uint8_t any = 0;
            for (size_t k = 0; k < size; k++) {
                any |= at[k];
            }
            ((uint8_t *)out)[i] = any != 0;
        }
    }
}
