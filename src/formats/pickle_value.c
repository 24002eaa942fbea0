/* formats/pickle_value.c - owning values, and finding things among them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/pickle_value.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 1024

typedef struct value_chunk {
    struct value_chunk *next;
    int used;
    pickle_value value[CHUNK];
} value_chunk;

struct pickle_arena {
    value_chunk *chunks;
    int count;
};

vis_status pickle_arena_create(pickle_arena **out, vis_error *err)
{
    *out = calloc(1, sizeof(**out));
    return *out ? VIS_OK : vis_fail_memory(err, "a pickle");
}

void pickle_arena_free(pickle_arena *arena)
{
    if (!arena) return;
    while (arena->chunks) {
        value_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        for (int i = 0; i < chunk->used; i++) {
            pickle_type type = chunk->value[i].type;
            if (type >= PICKLE_TUPLE && type <= PICKLE_DICT) free(chunk->value[i].items.at);
            if (type == PICKLE_OBJECT) free(chunk->value[i].object.items.at);
        }
        free(chunk);
    }
    free(arena);
}

vis_status pickle_arena_storages(const pickle_arena *arena, const pickle_storage ***list,
                                 int *count, vis_error *err)
{
    *count = 0;
    *list = malloc(((size_t)arena->count + 1) * sizeof(**list));
    if (!*list) return vis_fail_memory(err, "a pickle");
    for (value_chunk *chunk = arena->chunks; chunk; chunk = chunk->next) {
        for (int i = 0; i < chunk->used; i++) {
            if (chunk->value[i].type == PICKLE_STORAGE)
                (*list)[(*count)++] = &chunk->value[i].storage;
        }
    }
    return VIS_OK;
}

bool pickle_text_is(const pickle_text *text, const char *what)
{
    return text->size == strlen(what) && memcmp(text->at, what, text->size) == 0;
}

const pickle_value *pickle_dict_get(const pickle_value *dict, const char *key)
{
    if (dict->type != PICKLE_DICT) return NULL;
    for (int i = dict->items.count - 2; i >= 0; i -= 2) {
        const pickle_value *k = dict->items.at[i];
        if (k->type == PICKLE_TEXT && pickle_text_is(&k->text, key)) return dict->items.at[i + 1];
    }
    return NULL;
}

pickle_value *pickle_arena_add(pickle_arena *arena, const pickle_value *init)
{
    if (!arena->chunks || arena->chunks->used == CHUNK) {
        value_chunk *chunk = malloc(sizeof(*chunk));
        if (!chunk) return NULL;
        chunk->used = 0;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    pickle_value *v = &arena->chunks->value[arena->chunks->used++];
    *v = *init;
    arena->count++;
    return v;
}

int pickle_arena_count(const pickle_arena *arena)
{
    return arena->count;
}
