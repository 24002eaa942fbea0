/* tests/faults/failing.c - the wrapped functions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "failing.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic long next_number, failing_number = -1, held;
static _Atomic bool counting, failed, watching;
static failing_how way;

void failing_start(long n, failing_how how)
{
    next_number = 0;
    failing_number = n;
    way = how;
    failed = false;
    counting = true;
}

bool failing_stop(void)
{
    counting = false;
    watching = false;
    return failed;
}

long failing_held(void)
{
    return held;
}

/* --- places --- */

#define CALLERS 12
#define PLACES 8192 /* a power of 2; a third of it is the most that was seen */

typedef struct place {
    uint64_t callers; /* a hash; 0: free */
    long first, last;
} place;

static place places[PLACES];
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;

static void note_place(long number)
{
    void *caller[CALLERS];
    uint64_t hash = 14695981039346656037u;
    int depth = backtrace(caller, CALLERS);
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)caller[i]) * 1099511628211u;
    pthread_mutex_lock(&places_lock);
    place *p = &places[hash % PLACES];
    while (p->callers && p->callers != hash)
        p = p == &places[PLACES - 1] ? places : p + 1;
    if (!p->callers) p->first = number;
    p->callers = hash;
    p->last = number;
    pthread_mutex_unlock(&places_lock);
}

void failing_watch(void)
{
    memset(places, 0, sizeof places);
    failing_start(-1, FAIL_ONE);
    watching = true;
}

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

int failing_places(long *numbers, int room)
{
    int count = 0, kept = 0;
    for (int i = 0; i < PLACES && count + 2 <= room; i++) {
        if (!places[i].callers) continue;
        numbers[count++] = places[i].first;
        numbers[count++] = places[i].last;
    }
    qsort(numbers, (size_t)count, sizeof *numbers, compare);
    for (int i = 0; i < count; i++)
        if (kept == 0 || numbers[i] != numbers[kept - 1]) numbers[kept++] = numbers[i];
    return kept;
}

/* Counts a request; whether it must fail. */
static bool fails(void)
{
    if (!counting) return false;
    long number = next_number++, n = failing_number;
    if (watching) note_place(number);
    if (n < 0 || number < n || (way == FAIL_ONE && number > n)) return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *given(void *block)
{
    if (block) held++;
    return block;
}

/* REAL(type, name, parameters) declares what the linker calls the C library's function, and ours.
 */
#define REAL(type, name, parameters)                                                               \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;
REAL(void *, malloc, (size_t size))
REAL(void *, calloc, (size_t count, size_t size))
REAL(void *, realloc, (void *block, size_t size))
REAL(void, free, (void *block))
REAL(char *, strdup, (const char *text))
REAL(char *, strndup, (const char *text, size_t size))
REAL(int, vasprintf, (char **text, const char *format, va_list args))
REAL(void *, mmap64, (void *at, size_t size, int protection, int flags, int fd, off_t offset))
REAL(int, munmap, (void *at, size_t size))
REAL(FILE *, fopen64, (const char *path, const char *mode))
REAL(DIR *, opendir, (const char *path))
REAL(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument))

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : given(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : given(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (fails()) return NULL;
    return block ? __real_realloc(block, size) : given(__real_realloc(block, size));
}

void __wrap_free(void *block)
{
    if (block) held--;
    __real_free(block);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : given(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : given(__real_strndup(text, size));
}

/* On failure *text is undefined by its manual; made an address that must not be used. */
int __wrap_vasprintf(char **text, const char *format, va_list args)
{
    if (fails()) {
        *text = (char *)1;
        return -1;
    }
    int length = __real_vasprintf(text, format, args);
    if (length >= 0) given(*text);
    return length;
}

/* Page by page, since a mapping may be given back in pieces. */
static long pages_of(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (long)((size + page - 1) / page);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (fails()) return MAP_FAILED;
    void *mapping = __real_mmap64(at, size, protection, flags, fd, offset);
    if (mapping != MAP_FAILED) held += pages_of(size);
    return mapping;
}

int __wrap_munmap(void *at, size_t size)
{
    held -= pages_of(size);
    return __real_munmap(at, size);
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
    return fails() ? NULL : __real_fopen64(path, mode);
}

DIR *__wrap_opendir(const char *path)
{
    return fails() ? NULL : __real_opendir(path);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument)
{
    return fails() ? EAGAIN : __real_pthread_create(thread, attributes, body, argument);
}

void failing_init(void)
{
    void *caller[CALLERS];
    backtrace(caller, CALLERS); /* loads what it needs */
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
}
