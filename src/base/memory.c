/* base/memory.c - checked sizes, aligned memory, text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool shape_count(const int64_t *dim, int rank, int64_t *count)
{
    int64_t product = 1;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0) return false;
        if (__builtin_mul_overflow(product, dim[i], &product)) return false;
    }
    *count = product;
    return true;
}

/* Aligned memory lies inside a block of the C library, whose address stands right in front of it.
 * This way zeroed memory can come from calloc: unlike memset it does not touch the pages of large
 * blocks, which come zeroed from the system when they are first used, if ever. */
static void *align(void *block)
{
    if (!block) return NULL;
    /* malloc aligns to 16 bytes and more: there is room for a pointer in front. */
    void **aligned = (void **)(((uintptr_t)block + VIS_ALIGN) & ~(uintptr_t)(VIS_ALIGN - 1));
    aligned[-1] = block;
    return aligned;
}

/* Whole vectors, so that the last one may be loaded in full, and room to align. */
static bool block_size(size_t count, size_t size, size_t *bytes)
{
    if (!size_mul(count, size, bytes) || !size_add(*bytes, 2 * VIS_ALIGN, bytes)) return false;
    *bytes -= *bytes % VIS_ALIGN;
    return true;
}

void *aligned_malloc(size_t count, size_t size)
{
    size_t bytes;
    return block_size(count, size, &bytes) ? align(malloc(bytes)) : NULL;
}

void *aligned_calloc(size_t count, size_t size)
{
    size_t bytes;
    return block_size(count, size, &bytes) ? align(calloc(1, bytes)) : NULL;
}

void aligned_free(void *memory)
{
    if (memory) free(((void **)memory)[-1]);
}

char *text_copy(const char *text, size_t length)
{
    size_t bytes;
    if (!size_add(length, 1, &bytes)) return NULL;
    char *copy = malloc(bytes);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void text_make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f) *c = '?';
}

char *text_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int length = vasprintf(&text, format, args);
    va_end(args);
    return length < 0 ? NULL : text;
}
