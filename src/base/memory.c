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

void *aligned_malloc(size_t count, size_t size)
{
    size_t bytes, padded;
    if (!size_mul(count, size, &bytes) || !size_add(bytes, VIS_ALIGN, &padded)) return NULL;
    padded -= padded % VIS_ALIGN; /* aligned_alloc wants a multiple, and never zero */
    return aligned_alloc(VIS_ALIGN, padded);
}

void *aligned_calloc(size_t count, size_t size)
{
    void *memory = aligned_malloc(count, size);
    if (memory) memset(memory, 0, count * size);
    return memory;
}

void aligned_free(void *memory)
{
    free(memory);
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
