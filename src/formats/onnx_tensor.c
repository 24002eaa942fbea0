/* formats/onnx_tensor.c - reading TensorProto, inside the file or beside it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_tensor.h"

#include "base/file_kind.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SHARING 8 /* tensors to a byte of external data, on average */

bool onnx_type(int data_type, stored_type *stored, tensor_dtype *dtype)
{
    static const struct {
        int number;
        stored_type stored;
        tensor_dtype dtype;
    } types[] = {
        {1, STORED_FLOAT32, TENSOR_F32},  {11, STORED_FLOAT64, TENSOR_F32},
        {10, STORED_FLOAT16, TENSOR_F32}, {16, STORED_BFLOAT16, TENSOR_F32},
        {7, STORED_INT64, TENSOR_I64},    {6, STORED_INT32, TENSOR_I64},
        {5, STORED_INT16, TENSOR_I64},    {3, STORED_INT8, TENSOR_I64},
        {2, STORED_UINT8, TENSOR_I64},    {9, STORED_BOOL, TENSOR_BOOL},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].number == data_type) {
            *stored = types[i].stored;
            *dtype = types[i].dtype;
            return true;
        }
    }
    return false;
}

/* What ONNX calls the types (TensorProto.DataType), for messages. */
static const char *type_name(int data_type)
{
    static const char *const names[] = {
        "undefined",      "float32",    "uint8",          "int8",       "uint16",   "int16",
        "int32",          "int64",      "string",         "bool",       "float16",  "float64",
        "uint32",         "uint64",     "complex64",      "complex128", "bfloat16", "float8e4m3fn",
        "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",     "float4e2m1"};
    bool known = data_type >= 0 && (size_t)data_type < sizeof(names) / sizeof(names[0]);
    return known ? names[data_type] : "of a later ONNX";
}

void onnx_externals_free(onnx_externals *externals)
{
    for (int i = 0; i < externals->count; i++) {
        free(externals->file[i].location);
        file_unmap(&externals->file[i].map);
    }
    free(externals->file);
    *externals = (onnx_externals){0};
}

/* Is the path relative, without a ".." that could lead out of the folder? */
static bool is_safe_path(const char *path)
{
    if (path[0] == '\0' || path[0] == '/') return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += part[0] == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) return false;
    }
    return true;
}

/* Opens a file that the model asks for: who asks for it is said with what is wrong. */
static vis_status open_external(const char *path, const char *model_path, file_map *map,
                                vis_error *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return vis_fail(err, VIS_ERR_OPEN,
                        "%s: keeps its weights in another file, %s, which is not there; put it "
                        "beside the model under that name",
                        model_path, path);
    vis_status status = file_map_open(path, map, err);
    if (status == VIS_OK) {
        file_kind kind = file_kind_of(map->data, map->size);
        if (kind != FILE_LFS_POINTER && kind != FILE_HTML) return VIS_OK;
        status = file_kind_refuse(kind, path, err);
        file_unmap(map);
    }
    if (!err) return status;
    return vis_fail(err, status, "%s: keeps its weights in another file: %s", model_path,
                    err->message);
}

static vis_status map_external(onnx_externals *externals, const char *location,
                               const file_map **map, vis_error *err)
{
    for (int i = externals->count - 1; i >= 0; i--) {
        if (strcmp(externals->file[i].location, location) == 0) {
            *map = &externals->file[i].map;
            return VIS_OK;
        }
    }
    if (externals->count == externals->capacity) {
        int capacity = externals->capacity ? externals->capacity * 2 : 8;
        void *bigger = realloc(externals->file, (size_t)capacity * sizeof(*externals->file));
        if (!bigger) return vis_fail_memory(err, location);
        externals->file = bigger;
        externals->capacity = capacity;
    }
    char *folder = path_folder(externals->model_path);
    char *path = folder ? path_join(folder, location) : NULL;
    struct onnx_external *file = &externals->file[externals->count];
    *file = (struct onnx_external){.location = strdup(location)};
    vis_status status = path && file->location
                            ? open_external(path, externals->model_path, &file->map, err)
                            : vis_fail_memory(err, location);
    free(folder);
    free(path);
    if (status != VIS_OK) {
        free(file->location);
        return status;
    }
    externals->count++;
    externals->held += file->map.size;
    *map = &file->map;
    return VIS_OK;
}

/* A decimal number; false when it is anything else. */
static bool parse_size(const char *text, uint64_t *value)
{
    *value = 0;
    if (*text == '\0') return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*text - '0'), value)) {
            return false;
        }
    }
    return true;
}

static vis_status find_external(const Onnx__TensorProto *proto, const char *name,
                                onnx_externals *externals, size_t bytes, const uint8_t **data,
                                vis_error *err)
{
    const char *location = "";
    uint64_t offset = 0, length = bytes;
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const char *key = proto->external_data[i]->key, *value = proto->external_data[i]->value;
        bool sound = key && value;
        if (sound && strcmp(key, "location") == 0) location = value;
        if (sound && strcmp(key, "offset") == 0) sound = parse_size(value, &offset);
        if (sound && strcmp(key, "length") == 0) sound = parse_size(value, &length);
        if (!sound) {
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: tensor %s: damaged description of external data",
                            externals->model_path, name);
        }
    }
    if (!is_safe_path(location)) {
        return vis_fail(
            err, VIS_ERR_UNSUPPORTED,
            "%s: tensor %s: external data in \"%s\" is refused, it must lie beside the model",
            externals->model_path, name, location);
    }
    if (externals->refused)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: tensor %s: keeps its weights in another file, %s, which lies beside a "
                        "model that is a file alone; export it into one file, or give its path",
                        externals->model_path, name, location);
    const file_map *map = NULL;
    VIS_TRY(map_external(externals, location, &map, err));
    if (length != bytes || offset > map->size || bytes > map->size - offset) {
        return vis_fail(
            err, VIS_ERR_FORMAT,
            "%s: tensor %s: needs %zu bytes at %llu of %s, which has %zu in all; copy both "
            "files again",
            externals->model_path, name, bytes, (unsigned long long)offset, location, map->size);
    }
    /* Tensors may share bytes; what they ask for together must still be of the files' size. */
    externals->asked += bytes;
    if (externals->asked / MAX_SHARING > externals->held) {
        return vis_fail(err, VIS_ERR_LIMIT,
                        "%s: tensor %s: the tensors ask for the external data many times over",
                        externals->model_path, name);
    }
    *data = map->data + offset;
    return VIS_OK;
}

/* Numbers held in int32_data, in their own width: narrow integers, bool, and bits of half floats.
 */
static void narrow_to(const Onnx__TensorProto *proto, stored_type stored, tensor *out)
{
    for (size_t i = 0; i < proto->n_int32_data; i++) {
        int32_t v = proto->int32_data[i];
        uint16_t half = (uint16_t)v;
        if (out->dtype == TENSOR_F32) {
            stored_convert(&half, stored, 1, tensor_f32(out) + i, TENSOR_F32);
        } else if (out->dtype == TENSOR_I64) {
            tensor_i64(out)[i] = v;
        } else {
            ((uint8_t *)out->data)[i] = v != 0;
        }
    }
}

/* Fills from whichever typed field fits; false when none has the right number of numbers. */
static bool fill_typed(const Onnx__TensorProto *proto, stored_type stored, int64_t count,
                       tensor *out)
{
    size_t n = (size_t)count;
    switch (stored) {
    case STORED_FLOAT32:
        if (proto->n_float_data != n) return false;
        stored_convert(proto->float_data, stored, count, out->data, out->dtype);
        return true;
    case STORED_FLOAT64:
        if (proto->n_double_data != n) return false;
        stored_convert(proto->double_data, stored, count, out->data, out->dtype);
        return true;
    case STORED_INT64:
        if (proto->n_int64_data != n) return false;
        stored_convert(proto->int64_data, stored, count, out->data, out->dtype);
        return true;
    default:
        if (proto->n_int32_data != n) return false;
        narrow_to(proto, stored, out);
        return true;
    }
}

static bool is_external(const Onnx__TensorProto *proto)
{
    return proto->has_data_location &&
           proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

/* Where the tensor's bytes lie, known to be all there: *raw, or NULL when its numbers stand in a
 * field of their type. */
static vis_status find_bytes(const Onnx__TensorProto *proto, const char *name, stored_type stored,
                             int64_t count, onnx_externals *externals, const uint8_t **raw,
                             vis_error *err)
{
    size_t bytes = (size_t)count * stored_type_size(stored);
    *raw = NULL;
    if (is_external(proto)) return find_external(proto, name, externals, bytes, raw, err);
    if (!proto->has_raw_data || (proto->raw_data.len == 0 && count > 0)) return VIS_OK;
    if (proto->raw_data.len != bytes)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: tensor %s holds %zu bytes, its shape needs %zu",
                        externals->model_path, name, proto->raw_data.len, bytes);
    static const uint8_t nothing;
    *raw = bytes ? proto->raw_data.data : &nothing;
    return VIS_OK;
}

static vis_status convert_bytes(const uint8_t *raw, const char *name, stored_type stored,
                                int64_t count, tensor *out, vis_error *err)
{
    if (__BYTE_ORDER__ != __ORDER_BIG_ENDIAN__) {
        stored_convert(raw, stored, count, out->data, out->dtype);
        return VIS_OK;
    }
    size_t bytes = (size_t)count * stored_type_size(stored);
    uint8_t *swapped = malloc(bytes + 1);
    if (!swapped) return vis_fail_memory(err, name);
    if (bytes) memcpy(swapped, raw, bytes);
    stored_swap_bytes(swapped, stored, count);
    stored_convert(swapped, stored, count, out->data, out->dtype);
    free(swapped);
    return VIS_OK;
}

/* How many bytes of the file the tensor occupies: what it may claim is bounded by them. */
static bool claims_too_much(const Onnx__TensorProto *proto, int64_t count)
{
    size_t held = proto->raw_data.len + proto->n_float_data + proto->n_double_data +
                  proto->n_int64_data + proto->n_int32_data;
    return count > ONNX_MAX_NUMBERS || (!is_external(proto) && (uint64_t)count > held);
}

vis_status onnx_tensor_read(const Onnx__TensorProto *proto, const char *name,
                            onnx_externals *externals, tensor *out, vis_error *err)
{
    stored_type stored = STORED_FLOAT32;
    tensor_dtype dtype = TENSOR_F32;
    int64_t count = 0;
    if (!onnx_type(proto->data_type, &stored, &dtype)) {
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: tensor %s holds numbers of type %d (%s), which is not read",
                        externals->model_path, name, proto->data_type, type_name(proto->data_type));
    }
    if (proto->segment || proto->n_dims > TENSOR_MAX_RANK ||
        !shape_count(proto->dims, (int)proto->n_dims, &count) || claims_too_much(proto, count)) {
        return vis_fail(err, VIS_ERR_FORMAT, "%s: tensor %s does not hold the numbers of its shape",
                        externals->model_path, name);
    }
    const uint8_t *raw = NULL; /* found before memory is taken: a few bytes may claim gigabytes */
    VIS_TRY(find_bytes(proto, name, stored, count, externals, &raw, err));
    VIS_TRY(tensor_create(out, dtype, (int)proto->n_dims, proto->dims, err));
    vis_status status = VIS_OK;
    if (raw)
        status = convert_bytes(raw, name, stored, count, out, err);
    else if (!fill_typed(proto, stored, count, out))
        status =
            vis_fail(err, VIS_ERR_FORMAT, "%s: tensor %s does not hold the numbers of its shape",
                     externals->model_path, name);
    if (status != VIS_OK) tensor_free(out);
    return status;
}
