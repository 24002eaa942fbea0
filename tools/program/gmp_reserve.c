/* program/gmp_reserve.c - blocks one behind the other, all given back at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/gmp_reserve.h"

#include <gmp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RESERVE ((size_t)1 << 20) /* pages of it that are never used cost nothing */
#define ALIGNMENT 16

static _Alignas(ALIGNMENT) uint8_t reserve[RESERVE];
static size_t used; /* of it; 0 again as soon as nobody holds a block */
static int held;    /* blocks */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_reserved(const void *block)
{
    return (uintptr_t)block >= (uintptr_t)reserve &&
           (uintptr_t)block < (uintptr_t)reserve + RESERVE;
}

/* There is nobody to be told that the reserve is not enough, as with GMP's own. */
static void *take_reserved(size_t size)
{
    size_t room = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    pthread_mutex_lock(&lock);
    if (room > RESERVE - used) abort();
    void *block = reserve + used;
    used += room;
    held++;
    pthread_mutex_unlock(&lock);
    return block;
}

static void *take(size_t size)
{
    void *block = malloc(size);
    return block ? block : take_reserved(size);
}

static void give_back(void *block, size_t size)
{
    if (!is_reserved(block)) {
        free(block);
        return;
    }
    explicit_bzero(block, size); /* numbers of keys */
    pthread_mutex_lock(&lock);
    if (--held == 0) used = 0;
    pthread_mutex_unlock(&lock);
}

static void *resize(void *block, size_t old_size, size_t size)
{
    void *other = is_reserved(block) ? NULL : realloc(block, size);
    if (other) return other;
    other = take_reserved(size);
    memcpy(other, block, old_size < size ? old_size : size);
    give_back(block, old_size);
    return other;
}

void gmp_reserve_set_up(void)
{
    mp_set_memory_functions(take, resize, give_back);
}
