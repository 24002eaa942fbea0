/* formats/name_map.c - open addressing, at most half full.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/name_map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint64_t hash(const char *name)
{
    uint64_t h = 14695981039346656037u;
    for (; *name; name++) {
        h = (h ^ (uint8_t)*name) * 1099511628211u;
    }
    return h ^ h >> 32;
}

/* The slot of a name, or the empty one where it would go. */
static struct name_slot *locate(const name_map *map, const char *name)
{
    size_t at = (size_t)hash(name) & (map->capacity - 1);
    while (map->slot[at].name && strcmp(map->slot[at].name, name) != 0) {
        at = (at + 1) & (map->capacity - 1);
    }
    return &map->slot[at];
}

void name_map_free(name_map *map)
{
    free(map->slot);
    *map = (name_map){0};
}

static vis_status grow(name_map *map, vis_error *err)
{
    name_map bigger = {.capacity = map->capacity ? map->capacity * 2 : 256, .count = map->count};
    bigger.slot = calloc(bigger.capacity, sizeof(*bigger.slot));
    if (!bigger.slot) return vis_fail_memory(err, "names");
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slot[i].name) *locate(&bigger, map->slot[i].name) = map->slot[i];
    }
    free(map->slot);
    *map = bigger;
    return VIS_OK;
}

vis_status name_map_add(name_map *map, const char *name, int number, bool *added, vis_error *err)
{
    if (map->count * 2 >= map->capacity) VIS_TRY(grow(map, err));
    struct name_slot *slot = locate(map, name);
    *added = slot->name == NULL;
    if (!*added) return VIS_OK;
    *slot = (struct name_slot){name, number};
    map->count++;
    return VIS_OK;
}

int name_map_find(const name_map *map, const char *name)
{
    if (map->capacity == 0) return -1;
    const struct name_slot *slot = locate(map, name);
    return slot->name ? slot->number : -1;
}
