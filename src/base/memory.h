/* base/memory.h - sizes that cannot overflow, and memory aligned for vector loads. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIS_ALIGN 64 /* bytes: a cache line, and the widest vector register */

/* *out = a * b (a + b) unless that overflows size_t; says whether it fitted. */
static inline bool size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

/* The product of `rank` dimensions, refused (false) when one is negative or the product of those
 * that are not 0 does not fit in int64_t, so that strides can be computed without a thought, also
 * of what is empty. The empty product is 1. */
bool shape_count(const int64_t *dim, int rank, int64_t *count);

/* `count` elements of `size` bytes, aligned to VIS_ALIGN, zeroed. NULL when out of memory or when
 * the size overflows; count 0 gives a valid pointer. Release with aligned_free. Pages of large
 * blocks that are never touched cost nothing; blocks of 2 MiB and more lie in huge pages where the
 * system has some. */
void *aligned_calloc(size_t count, size_t size);
/* The same with unspecified contents. */
void *aligned_malloc(size_t count, size_t size);
void aligned_free(void *memory);

/* Copies `length` bytes of text and terminates them; NULL when out of memory. Release with free. */
char *text_copy(const char *text, size_t length);

/* Control characters (a file name may hold any) become '?', and so do the characters that turn the
 * direction of text, so that a message is one line and a terminal shows what it says. */
void text_make_printable(char *text);

/* printf into new memory; NULL when out of memory. Release with free. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
