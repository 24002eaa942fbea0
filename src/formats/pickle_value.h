/* formats/pickle_value.h - what a pickle holds, and the arena that owns it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_PICKLE_VALUE_H
#define FORMATS_PICKLE_VALUE_H

#include "base/tensor.h"
#include "formats/stored_type.h"

#include <stdbool.h>

typedef enum pickle_type {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_LONG, /* an integer of more than 64 bits: its two's complement bytes, little-endian */
    PICKLE_FLOAT,
    PICKLE_TEXT,
    PICKLE_BYTES,
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_SET,
    PICKLE_DICT, /* items: key, value, key, value, ... in order of insertion */
    PICKLE_GLOBAL,
    PICKLE_UNKNOWN, /* a global that nothing here stands for */
    PICKLE_OBJECT,  /* what was made with one */
    PICKLE_STORAGE,
    PICKLE_TENSOR,
} pickle_type;

typedef struct pickle_value pickle_value;

/* A run of bytes inside the stream that was read; not terminated. */
typedef struct pickle_text {
    const char *at;
    size_t size;
} pickle_text;

typedef struct pickle_items {
    pickle_value **at; /* owned by the arena */
    int count, capacity;
} pickle_items;

typedef struct pickle_storage {
    stored_type dtype;
    pickle_text key;     /* which block of numbers; in the legacy stream often an address */
    int64_t count;       /* elements of the whole block */
    int64_t view_offset; /* legacy views: this storage begins here in the block, in elements */
} pickle_storage;

/* Small, as is every value: a short stream makes millions. */
typedef struct pickle_tensor {
    const pickle_storage *storage;
    stored_type dtype;
    int rank;
    int64_t offset;                      /* elements from the start of the storage */
    const pickle_items *sizes, *strides; /* `rank` integers each, none of them negative */
} pickle_tensor;

/* "module name" of a global, as the stream has it. */
typedef struct pickle_name {
    pickle_text module, name;
} pickle_name;

/* An object of which only the outside is known. */
typedef struct pickle_object {
    pickle_items items;          /* set on it like a dict's: key, value, ... */
    const pickle_value *made_by; /* the UNKNOWN, or what else was called; may be NULL */
    const pickle_value *state;   /* its attributes, most often a dict; NULL when there are none */
} pickle_object;

struct pickle_value {
    pickle_type type;
    union {
        bool truth;
        int64_t integer;
        double real;
        pickle_text text; /* TEXT, BYTES, LONG */
        pickle_items items;
        int global; /* index in the whitelist */
        pickle_name unknown;
        pickle_object object;
        pickle_storage storage;
        pickle_tensor tensor;
    };
};

/* Size and stride (in elements) of an axis. */
static inline int64_t pickle_size(const pickle_tensor *t, int axis)
{
    return t->sizes->at[axis]->integer;
}

static inline int64_t pickle_stride(const pickle_tensor *t, int axis)
{
    return t->strides->at[axis]->integer;
}

/* Owns every value of the streams read into it. */
typedef struct pickle_arena pickle_arena;

vis_status pickle_arena_create(pickle_arena **out, vis_error *err);
void pickle_arena_free(pickle_arena *arena); /* NULL is fine */

/* A copy of *init that lives, at one place, as long as the arena. NULL when out of memory. */
pickle_value *pickle_arena_add(pickle_arena *arena, const pickle_value *init);

int pickle_arena_count(const pickle_arena *arena);

/* All storages in the arena, in no order; *list is the caller's to free (the storages are not). */
vis_status pickle_arena_storages(const pickle_arena *arena, const pickle_storage ***list,
                                 int *count, vis_error *err);

/* The value under a text key of a dict (the last one set), or NULL. */
const pickle_value *pickle_dict_get(const pickle_value *dict, const char *key);

bool pickle_text_is(const pickle_text *text, const char *what);

#endif
