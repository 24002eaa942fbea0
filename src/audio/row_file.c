/* audio/row_file.c - the plain kind of .npy header, and pread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/row_file.h"

#include "audio/features_foreign.h"
#include "base/file.h"
#include "base/half.h"
#include "base/memory.h"
#include "base/npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_MAX 4096 /* bytes; NumPy writes 128 for an ordinary array */
#define PIECE_BYTES 16384

struct row_file {
    char *name;
    int fd;
    bool npy;
    int size;     /* bytes of a number: 2, 4 or 8 */
    bool swapped; /* big-endian */
    int rank;
    int64_t dim[TENSOR_MAX_RANK];
    int64_t data_at; /* offset of number 0 */
    tensor whole;    /* instead of all that when it had to be read whole */
};

/* Reads the dictionary of an ordinary header: little- or big-endian floats in C order. False when
 * it is anything else, which base/npy.h then reads or refuses. */
static bool parse_header(row_file *f, const char *text)
{
    const char *descr = strstr(text, "'descr'"), *order = strstr(text, "'fortran_order'");
    const char *shape = strstr(text, "'shape'");
    char endian = 0;
    int digits = 0;
    if (descr == NULL || order == NULL || shape == NULL) return false;
    if (sscanf(descr, "'descr' : '%c f%n", &endian, &digits) != 1 || digits == 0) return false;
    long size = strtol(descr + digits, NULL, 10);
    if ((endian != '<' && endian != '>') || (size != 2 && size != 4 && size != 8)) return false;
    f->size = (int)size;
    f->swapped = endian == '>';
    order += strlen("'fortran_order'");
    order += strspn(order, " :");
    if (strncmp(order, "False", 5) != 0) return false;
    shape += strlen("'shape'");
    shape += strspn(shape, " :");
    if (*shape++ != '(') return false;
    for (f->rank = 0; *(shape += strspn(shape, " ,")) != ')'; f->rank++) {
        char *end;
        errno = 0;
        if (f->rank == TENSOR_MAX_RANK || *shape < '0' || *shape > '9') return false;
        f->dim[f->rank] = strtoll(shape, &end, 10);
        if (errno != 0) return false;
        shape = end;
    }
    return true;
}

/* The header of a .npy file whose first bytes are at hand; false as parse_header. */
static bool read_header(row_file *f, const uint8_t *bytes, size_t count)
{
    size_t at = bytes[6] >= 2 ? 12 : 10, length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] >= 2 && count >= 12) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (count < at || length > count - at) return false;
    char text[HEADER_MAX + 1];
    memcpy(text, bytes + at, length);
    text[length] = '\0';
    f->data_at = (int64_t)(at + length);
    return parse_header(f, text);
}

/* Does the file hold as many numbers as its shape says? */
static vis_status check_size(const row_file *f, int64_t bytes, vis_error *err)
{
    int64_t count, wanted;
    char text[128];
    if (shape_count(f->dim, f->rank, &count) && !__builtin_mul_overflow(count, f->size, &wanted) &&
        wanted <= bytes - f->data_at)
        return VIS_OK;
    return vis_fail(
        err, VIS_ERR_FORMAT,
        "%s: the header says %s but the file has only %lld bytes of data; copy it again", f->name,
        shape_text(f->dim, f->rank, text, sizeof text), (long long)(bytes - f->data_at));
}

static vis_status read_whole(row_file *f, const char *path, vis_error *err)
{
    file_map map;
    VIS_TRY(file_map_open(path, &map, err));
    vis_status status = npy_parse(map.data, map.size, f->name, &f->whole, err);
    file_unmap(&map);
    VIS_TRY(status);
    if (f->whole.dtype != TENSOR_F32)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: holds integers where features are floats; save it as float32",
                        f->name);
    f->rank = f->whole.rank;
    memcpy(f->dim, f->whole.dim, sizeof f->dim);
    return VIS_OK;
}

static vis_status open_array(row_file *f, const char *path, vis_error *err)
{
    uint8_t bytes[HEADER_MAX];
    size_t size = 0;
    VIS_TRY(file_open(path, &f->fd, &size, err));
    ssize_t count = pread(f->fd, bytes, sizeof bytes, 0);
    if (count < 0)
        return vis_fail(err, vis_errno_status(VIS_ERR_OPEN), "%s: cannot read it: %s", f->name,
                        strerror(errno));
    f->npy = count >= 10 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    if (f->npy) {
        if (!read_header(f, bytes, (size_t)count)) return read_whole(f, path, err);
        return check_size(f, (int64_t)size, err);
    }
    VIS_TRY(features_check_kind(f->name, bytes, (size_t)count, err));
    f->size = 4;
    f->rank = 1;
    f->dim[0] = (int64_t)(size / 4);
    if (size % 4 != 0)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: %zu bytes are no whole number of float32 values, and no .npy either",
                        f->name, size);
    return VIS_OK;
}

vis_status row_file_open(input_file from, row_file **out, vis_error *err)
{
    *out = NULL;
    row_file *f = calloc(1, sizeof *f);
    if (f == NULL) return vis_fail_memory(err, "a features file");
    f->fd = -1;
    f->name = text_copy(from.name, strlen(from.name));
    vis_status status =
        f->name != NULL ? open_array(f, from.path, err) : vis_fail_memory(err, "a file name");
    if (status != VIS_OK) {
        row_file_close(f);
        return status;
    }
    *out = f;
    return VIS_OK;
}

void row_file_close(row_file *f)
{
    if (f == NULL) return;
    if (f->fd >= 0) close(f->fd);
    tensor_free(&f->whole);
    free(f->name);
    free(f);
}

int row_file_shape(const row_file *f, int64_t dim[TENSOR_MAX_RANK])
{
    memcpy(dim, f->dim, sizeof f->dim);
    return f->rank;
}

bool row_file_is_npy(const row_file *f)
{
    return f->npy;
}

static vis_status read_bytes(row_file *f, int64_t at, size_t count, uint8_t *to, vis_error *err)
{
    while (count > 0) {
        ssize_t got = pread(f->fd, to, count, at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return vis_fail(err, VIS_ERR_OPEN, "%s: reading failed at byte %lld: %s", f->name,
                            (long long)at,
                            got < 0 ? strerror(errno) : "the file has become shorter");
        at += got;
        to += got;
        count -= (size_t)got;
    }
    return VIS_OK;
}

static float number(const row_file *f, const uint8_t *bytes)
{
    uint8_t raw[8] = {0};
    for (int i = 0; i < f->size; i++)
        raw[i] = bytes[f->swapped ? f->size - 1 - i : i];
    uint16_t half;
    float single;
    double full;
    switch (f->size) {
    case 2:
        memcpy(&half, raw, sizeof half);
        return half_to_float(half);
    case 4:
        memcpy(&single, raw, sizeof single);
        return single;
    default:
        memcpy(&full, raw, sizeof full);
        return (float)full;
    }
}

vis_status row_file_read(row_file *f, int64_t first, int count, float *out, vis_error *err)
{
    if (f->whole.data != NULL) {
        memcpy(out, tensor_f32(&f->whole) + first, (size_t)count * sizeof(float));
        return VIS_OK;
    }
    uint8_t bytes[PIECE_BYTES] = {0};
    int piece = PIECE_BYTES / f->size;
    for (int done = 0; done < count; done += piece) {
        int n = count - done < piece ? count - done : piece;
        VIS_TRY(read_bytes(f, f->data_at + (first + done) * f->size, (size_t)n * (size_t)f->size,
                           bytes, err));
        for (int i = 0; i < n; i++)
            out[done + i] = number(f, bytes + i * f->size);
    }
    return VIS_OK;
}
