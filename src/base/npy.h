/* base/npy.h - NumPy's .npy files.
 *
 * Format (NEP 1): "\x93NUMPY", version major and minor, a little-endian header length (2 bytes in
 * version 1, 4 in 2 and 3), a Python dictionary literal with the keys 'descr', 'fortran_order' and
 * 'shape', padded with spaces to a multiple of 64, then the raw elements.
 * Read: float16/32/64, int8..int64, uint8..uint32 and bool, either byte order, C or Fortran order;
 * floating point becomes F32, integers I64. Pickled objects are refused.
 */
#ifndef BASE_NPY_H
#define BASE_NPY_H

#include "base/tensor.h"

#include <stdbool.h>

/* Parses a file; `out` is overwritten and becomes the caller's to free with tensor_free. */
vis_status npy_read(const char *path, tensor *out, vis_error *err);

/* The same from memory; `name` is used in messages. */
vis_status npy_parse(const void *bytes, size_t size, const char *name, tensor *out, vis_error *err);

/* Writes version 1.0, C order, '<f4', '<i8' or '|b1', whole or not at all. */
vis_status npy_write(const char *path, const tensor *t, vis_error *err);

/* A header for elements that are to follow in C order, into `header`; its length is at least
 * NPY_HEADER_SIZE, and exactly that for ordinary shapes, so that a writer who learns the number of
 * rows only at the end can put the final header over a first one. 0 when `size` is too small. */
#define NPY_HEADER_SIZE 128
size_t npy_make_header(char *header, size_t size, tensor_dtype dtype, int rank, const int64_t *dim);

#endif
