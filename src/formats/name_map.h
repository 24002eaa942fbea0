/* formats/name_map.h - finds a number by a name: value names of an ONNX graph to indices.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_NAME_MAP_H
#define FORMATS_NAME_MAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct name_map {
    struct name_slot {
        const char *name; /* not owned; NULL: empty */
        int number;
    } * slot;        /* owned */
    size_t capacity; /* a power of two, or 0 */
    size_t count;
} name_map;

void name_map_free(name_map *map); /* a zeroed map is an empty one */

/* Adds a name, which must stay where it is; *added becomes false when it was there already. */
vis_status name_map_add(name_map *map, const char *name, int number, bool *added, vis_error *err);

/* The number of a name; -1 when it is not there. */
int name_map_find(const name_map *map, const char *name);

#endif
