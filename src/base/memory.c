/* base/memory.c - checked sizes, aligned memory, text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool shape_count(const int64_t *dim, int rank, int64_t *count)
{
    int64_t product = 1;
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0) return false;
        if (dim[i] == 0)
            empty = true;
        else if (__builtin_mul_overflow(product, dim[i], &product))
            return false;
    }
    *count = empty ? 0 : product;
    return true;
}

/* Large blocks come straight from the system and go straight back. The C library would do so too,
 * but each large block that is freed teaches it to keep larger ones, in an arena for each thread:
 * in a process that renders again and again memory would then creep up to the most that any thread
 * ever held, times the arenas. Not where a checker wants to watch each block. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LARGE_BYTES SIZE_MAX
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define LARGE_BYTES SIZE_MAX
#endif
#endif
#ifndef LARGE_BYTES
#define LARGE_BYTES ((size_t)1 << 20)
#endif

/* What stands in front of aligned memory: the block that it lies in, and that block's size where it
 * came from the system, 0 where it came from the C library. */
typedef struct origin {
    void *block;
    size_t mapped;
} origin;

_Static_assert(sizeof(origin) <= 16, "malloc aligns to 16 bytes: that much is free in front");

/* Aligned memory lies inside a block. This way zeroed memory can come from calloc: unlike memset it
 * does not touch pages that come zeroed from the system when they are first used, if ever. */
static void *align(void *block, size_t mapped)
{
    if (!block) return NULL;
    uintptr_t at = ((uintptr_t)block + VIS_ALIGN) & ~(uintptr_t)(VIS_ALIGN - 1);
    ((origin *)at)[-1] = (origin){block, mapped};
    return (void *)at;
}

/* Whole vectors, so that the last one may be loaded in full, and room to align. */
static bool block_size(size_t count, size_t size, size_t *bytes)
{
    if (!size_mul(count, size, bytes) || !size_add(*bytes, 2 * VIS_ALIGN, bytes)) return false;
    *bytes -= *bytes % VIS_ALIGN;
    return true;
}

static void *map_pages(size_t bytes)
{
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

#ifdef MADV_HUGEPAGE
#define HUGE_PAGE ((size_t)2 << 20) /* where it is another size the system just does not use it */

/* Begins at a huge page, so that the system may give huge ones: touching memory for the first time
 * costs a fault a page, and of usual pages that is 512 times as many. NULL where there is no room
 * for what is cut off. */
static void *map_huge_pages(size_t bytes)
{
    size_t all, page = (size_t)sysconf(_SC_PAGESIZE);
    if (!size_add(bytes, HUGE_PAGE + page - 1, &all)) return NULL;
    all -= all % page;
    uint8_t *mapped = map_pages(all);
    if (!mapped) return NULL;
    size_t before = -(uintptr_t)mapped % HUGE_PAGE, end = before + bytes;
    end += -end % page;
    if (before) munmap(mapped, before);
    if (end < all) munmap(mapped + end, all - end);
    (void)madvise(mapped + before, bytes, MADV_HUGEPAGE);
    return mapped + before;
}
#else
#define HUGE_PAGE SIZE_MAX

static void *map_huge_pages(size_t bytes)
{
    (void)bytes;
    return NULL;
}
#endif

static void *map_block(size_t bytes)
{
    void *block = bytes >= HUGE_PAGE ? map_huge_pages(bytes) : NULL;
    return align(block ? block : map_pages(bytes), bytes);
}

void *aligned_malloc(size_t count, size_t size)
{
    size_t bytes;
    if (!block_size(count, size, &bytes)) return NULL;
    return bytes >= LARGE_BYTES ? map_block(bytes) : align(malloc(bytes), 0);
}

void *aligned_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!block_size(count, size, &bytes)) return NULL;
    return bytes >= LARGE_BYTES ? map_block(bytes) : align(calloc(1, bytes), 0);
}

void aligned_free(void *memory)
{
    if (!memory) return;
    origin from = ((origin *)memory)[-1];
    if (from.mapped)
        munmap(from.block, from.mapped);
    else
        free(from.block);
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

/* Bytes of the UTF-8 sequence at `c` that steers a terminal or the direction of its text: C1
 * controls U+0080 to U+009F, U+202A to U+202E and U+2066 to U+2069. 0: none. */
static int steering_sequence(const unsigned char *c)
{
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) return 2;
    if (c[0] != 0xE2) return 0;
    bool embeds = c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE;
    bool isolates = c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9;
    return embeds || isolates ? 3 : 0;
}

void text_make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        int steering = steering_sequence(c);
        if (*c < 0x20 || *c == 0x7f) *c = '?';
        if (steering) memset(c, '?', (size_t)steering);
    }
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
