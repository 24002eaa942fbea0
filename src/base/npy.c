/* base/npy.c - reading and writing NumPy's .npy files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/npy.h"

#include "base/file.h"
#include "base/file_kind.h"
#include "base/half.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NPY_MAGIC "\x93NUMPY"
#define NPY_MAX_HEADER 65536

/* An element type as 'descr' spells it: kind f, i, u or b, its size, and the byte order. */
typedef struct element {
    char kind;
    int size;
    bool swapped;
} element;

static vis_status parse_descr(const char *text, const char *name, element *e, vis_error *err)
{
    char order = text[0], kind = text[order ? 1 : 0];
    long size = kind ? strtol(text + 2, NULL, 10) : 0;
    bool known =
        (kind == 'f' && (size == 2 || size == 4 || size == 8)) ||
        ((kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8)) ||
        (kind == 'b' && size == 1);
    if (kind == 'O')
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: holds pickled Python objects; save a plain array of numbers", name);
    if (!known || !strchr("<>=|", order) || (kind == 'u' && size == 8))
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: element type '%s' is not supported; save it as float32", name, text);
    *e = (element){.kind = kind, .size = (int)size, .swapped = order == '>'};
    return VIS_OK;
}

/* The value text that follows 'key': in the header's dictionary, or NULL. */
static const char *find_key(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at) return NULL;
    at += strlen(key);
    while (*at == ' ' || *at == ':')
        at++;
    return at;
}

static bool parse_shape(const char *text, int *rank, int64_t *dim)
{
    if (*text != '(') return false;
    text++;
    for (*rank = 0;;) {
        while (*text == ' ' || *text == ',')
            text++;
        if (*text == ')') return true;
        if (!isdigit((unsigned char)*text) || *rank == TENSOR_MAX_RANK) return false;
        char *end;
        errno = 0;
        long long value = strtoll(text, &end, 10);
        if (errno) return false;
        dim[(*rank)++] = value;
        text = *end == 'L' ? end + 1 : end;
    }
}

typedef struct npy_header {
    element e;
    bool fortran;
    int rank;
    int64_t dim[TENSOR_MAX_RANK];
    size_t data_at; /* offset of the first element */
} npy_header;

static vis_status parse_dictionary(const char *text, const char *name, npy_header *h,
                                   vis_error *err)
{
    const char *descr = find_key(text, "'descr'");
    const char *order = find_key(text, "'fortran_order'");
    const char *shape = find_key(text, "'shape'");
    char type[16] = "";
    if (!descr || !order || !shape || *descr != '\'' || sscanf(descr, "'%15[^']'", type) != 1 ||
        !parse_shape(shape, &h->rank, h->dim))
        return vis_fail(err, VIS_ERR_FORMAT, "%s: the .npy header is damaged; save the array again",
                        name);
    h->fortran = strncmp(order, "True", 4) == 0;
    return parse_descr(type, name, &h->e, err);
}

static vis_status refuse_foreign(const uint8_t *bytes, size_t size, const char *name,
                                 vis_error *err)
{
    file_kind kind = file_kind_of(bytes, size);
    if (kind == FILE_HTML || kind == FILE_LFS_POINTER) return file_kind_refuse(kind, name, err);
    bool known = kind != FILE_UNKNOWN && kind != FILE_NPY;
    return vis_fail(err, VIS_ERR_FORMAT, "%s: %s%snot a .npy file; save it with numpy.save", name,
                    known ? file_kind_name(kind) : "", known ? ", " : "");
}

static vis_status parse_header(const uint8_t *bytes, size_t size, const char *name, npy_header *h,
                               vis_error *err)
{
    if (size < 10 || memcmp(bytes, NPY_MAGIC, 6) != 0)
        return refuse_foreign(bytes, size, name, err);
    size_t at = bytes[6] >= 2 ? 12 : 10;
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] >= 2 && size >= 12) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > NPY_MAX_HEADER || size < at || size - at < length)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: the .npy header is cut off; copy the file again",
                        name);
    char *text = text_copy((const char *)bytes + at, length);
    if (!text) return vis_fail_memory(err, "a .npy header");
    vis_status status = parse_dictionary(text, name, h, err);
    free(text);
    h->data_at = at + length;
    return status;
}

/* One element as a double or an integer, from bytes already in this machine's order. */
static double float_element(const element *e, const uint8_t *raw)
{
    uint16_t half;
    float single;
    double full;
    switch (e->size) {
    case 2:
        memcpy(&half, raw, 2);
        return (double)half_to_float(half);
    case 4:
        memcpy(&single, raw, 4);
        return (double)single;
    default:
        memcpy(&full, raw, 8);
        return full;
    }
}

static int64_t integer_element(const element *e, const uint8_t *raw)
{
    uint64_t bits = 0;
    memcpy(&bits, raw, (size_t)e->size); /* little-endian machine */
    if (e->kind == 'i' && e->size < 8) {
        int shift = 64 - 8 * e->size;
        return (int64_t)(bits << shift) >> shift;
    }
    return (int64_t)bits;
}

/* Where element `i` of the C order stands in a Fortran-ordered file. */
static int64_t fortran_position(const npy_header *h, int64_t i)
{
    int64_t index[TENSOR_MAX_RANK], position = 0, step = 1;
    for (int d = h->rank - 1; d >= 0; d--) {
        index[d] = i % h->dim[d];
        i /= h->dim[d];
    }
    for (int d = 0; d < h->rank; d++) {
        position += index[d] * step;
        step *= h->dim[d];
    }
    return position;
}

static void convert(const npy_header *h, const uint8_t *data, int64_t count, tensor *out)
{
    const element *e = &h->e;
    if (e->kind == 'f' && e->size == 4 && !e->swapped && !h->fortran) {
        memcpy(out->data, data, (size_t)count * 4);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t from = h->fortran ? fortran_position(h, i) : i;
        uint8_t raw[8] = {0};
        for (int b = 0; b < e->size; b++)
            raw[b] = data[from * e->size + (e->swapped ? e->size - 1 - b : b)];
        if (out->dtype == TENSOR_F32)
            tensor_f32(out)[i] = (float)float_element(e, raw);
        else if (out->dtype == TENSOR_I64)
            tensor_i64(out)[i] = integer_element(e, raw);
        else
            ((uint8_t *)out->data)[i] = raw[0] != 0;
    }
}

vis_status npy_parse(const void *bytes, size_t size, const char *name, tensor *out, vis_error *err)
{
    *out = (tensor){0};
    npy_header h = {0};
    VIS_TRY(parse_header(bytes, size, name, &h, err));
    int64_t count;
    size_t wanted;
    char text[128];
    shape_text(h.dim, h.rank, text, sizeof text);
    if (!shape_count(h.dim, h.rank, &count) ||
        !size_mul((size_t)count, (size_t)h.e.size, &wanted) || size - h.data_at < wanted)
        return vis_fail(
            err, VIS_ERR_FORMAT,
            "%s: the header says %s but the file has only %zu bytes of data; copy it again", name,
            text, size - h.data_at);
    tensor_dtype dtype = h.e.kind == 'f' ? TENSOR_F32 : h.e.kind == 'b' ? TENSOR_BOOL : TENSOR_I64;
    VIS_TRY(tensor_create(out, dtype, h.rank, h.dim, err));
    convert(&h, (const uint8_t *)bytes + h.data_at, count, out);
    return VIS_OK;
}

vis_status npy_read(const char *path, tensor *out, vis_error *err)
{
    *out = (tensor){0};
    file_map map;
    VIS_TRY(file_map_open(path, &map, err));
    vis_status status = npy_parse(map.data, map.size, path, out, err);
    file_unmap(&map);
    return status;
}

size_t npy_make_header(char *header, size_t size, tensor_dtype dtype, int rank, const int64_t *dim)
{
    const char *descr = dtype == TENSOR_F32 ? "<f4" : dtype == TENSOR_I64 ? "<i8" : "|b1";
    char text[512];
    int used =
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%lld,%s", (long long)dim[i],
                         i + 1 < rank ? " " : "");
    used += snprintf(text + used, sizeof text - (size_t)used, "), }");
    size_t total = (10 + (size_t)used + 1 + 63) / 64 * 64;
    if (total < NPY_HEADER_SIZE) total = NPY_HEADER_SIZE;
    if (total > size) return 0;
    memset(header, ' ', total);
    memcpy(header, NPY_MAGIC "\x01\x00", 8);
    header[8] = (char)((total - 10) & 0xff);
    header[9] = (char)((total - 10) >> 8);
    memcpy(header + 10, text, (size_t)used);
    header[total - 1] = '\n';
    return total;
}

vis_status npy_write(const char *path, const tensor *t, vis_error *err)
{
    char header[1024];
    size_t length = npy_make_header(header, sizeof header, t->dtype, t->rank, t->dim);
    size_t data = (size_t)tensor_count(t) * tensor_element_size(t->dtype);
    buffer b;
    buffer_init(&b, length + data);
    vis_status status = buffer_append(&b, header, length, err);
    if (status == VIS_OK) status = buffer_append(&b, t->data, data, err);
    if (status == VIS_OK) status = file_write(path, b.data, b.size, err);
    buffer_free(&b);
    return status;
}
