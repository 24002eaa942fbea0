/* model/pickle_arena.h - where the stack machine puts new values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_PICKLE_ARENA_H
#define MODEL_PICKLE_ARENA_H

#include "model/pickle.h"

/* A copy of *init that lives, at one place, as long as the arena. NULL when out of memory. */
pickle_value *pickle_arena_add(pickle_arena *arena, const pickle_value *init);

int pickle_arena_count(const pickle_arena *arena);

#endif
