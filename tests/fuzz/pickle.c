/* fuzz/pickle.c - the pickle machine alone: one pickle behind the other, as the older stream has
 * them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "formats/pickle.h"
#include "formats/pickle_tensors.h"
#include "formats/weights_search.h"

#include <stdlib.h>

/* Reads what hangs on a value, one level deep: values may contain themselves. */
static void look_at(const pickle_value *v)
{
    volatile uint64_t sum = 0; /* so that the reading is not left out */
    (void)pickle_dict_get(v, "state_dict");
    if (v->type == PICKLE_TEXT || v->type == PICKLE_BYTES || v->type == PICKLE_LONG) {
        for (size_t i = 0; i < v->text.size; i++)
            sum = sum + (uint8_t)v->text.at[i];
    }
    if (v->type >= PICKLE_TUPLE && v->type <= PICKLE_DICT) {
        for (int i = 0; i < v->items.count; i++)
            sum = sum + v->items.at[i]->type;
    }
    if (v->type == PICKLE_UNKNOWN && v->unknown.name.size > 0)
        sum = sum + (uint8_t)v->unknown.name.at[v->unknown.name.size - 1];
    if (v->type == PICKLE_OBJECT) {
        for (int i = 0; i < v->object.items.count; i++)
            sum = sum + v->object.items.at[i]->type;
        if (v->object.state) sum = sum + v->object.state->type;
    }
    if (v->type == PICKLE_TENSOR) sum = sum + (uint64_t)v->tensor.storage->count;
}

static bool take_key(void *user, pickle_text key, const pickle_tensor *value)
{
    int64_t *sum = user;
    for (size_t i = 0; i < key.size; i++)
        *sum += (uint8_t)key.at[i];
    *sum += value->rank;
    return true;
}

/* Weights are looked for in whatever was read, values that contain themselves included. */
static void look_for_weights(const pickle_value *root)
{
    weights_location place;
    vis_error err = {0};
    int64_t sum = 0, work = WEIGHTS_WORK;
    vis_status status = weights_find(root, "fuzzed", NULL, &place, &err);
    target_check(status, &err);
    if (status == VIS_OK) pickle_tensors_each(place.holder, &work, take_key, &sum);
}

static void look_at_storages(const pickle_arena *arena)
{
    const pickle_storage **list = NULL;
    int count = 0;
    vis_error err = {0};
    target_check(pickle_arena_storages(arena, &list, &count, &err), &err);
    for (int i = 0; i < count; i++)
        if (list[i]->count < 0 || list[i]->view_offset < 0) abort();
    free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pickle_arena *arena;
    vis_error err = {0};
    vis_status status = pickle_arena_create(&arena, &err);
    target_check(status, &err);
    size_t at = 0;
    while (status == VIS_OK && at < size) {
        const pickle_value *value = NULL;
        size_t used = 0;
        status = pickle_read(arena, data + at, size - at, "fuzzed", at, &value, &used, &err);
        target_check(status, &err);
        if (status == VIS_OK) look_at(value);
        if (status == VIS_OK) look_for_weights(value);
        if (status == VIS_OK && (used == 0 || used > size - at)) abort();
        at += used;
    }
    look_at_storages(arena);
    pickle_arena_free(arena);
    return 0;
}
