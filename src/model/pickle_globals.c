/* model/pickle_globals.c - the whitelist, and building tensors from what torch calls.
 *
 * The argument lists are those of torch/_utils.py: _rebuild_tensor(storage, storage_offset, size,
 * stride), _v2 adds requires_grad, backward_hooks and metadata, _v3 a dtype after the hooks;
 * _rebuild_parameter(data, requires_grad, backward_hooks), ..._with_state one more.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/pickle_globals.h"

#include <string.h>

static const pickle_global whitelist[] = {
    {"collections", "OrderedDict", GLOBAL_DICT, 0},
    {"collections", "Counter", GLOBAL_DICT, 0}, /* in the state of learning rate schedulers */
    {"builtins", "set", GLOBAL_SET, 0},
    {"__builtin__", "set", GLOBAL_SET, 0},
    {"torch", "Size", GLOBAL_SIZE, 0},
    {"torch", "device", GLOBAL_DEVICE, 0},
    {"torch._utils", "_rebuild_tensor", GLOBAL_TENSOR, 0},
    {"torch._utils", "_rebuild_tensor_v2", GLOBAL_TENSOR, 0},
    {"torch._utils", "_rebuild_tensor_v3", GLOBAL_TENSOR, 0},
    {"torch._utils", "_rebuild_parameter", GLOBAL_PARAMETER, 0},
    {"torch._utils", "_rebuild_parameter_with_state", GLOBAL_PARAMETER, 0},
    {"torch.storage", "UntypedStorage", GLOBAL_STORAGE_TYPE, STORED_UNTYPED},
#define GLOBAL_STORAGE_ROW(enumerator, name, storage, bytes)                                       \
    {"torch", storage, GLOBAL_STORAGE_TYPE, enumerator},
    STORED_TYPE_MAP(GLOBAL_STORAGE_ROW)
#undef GLOBAL_STORAGE_ROW
#define GLOBAL_DTYPE_ROW(enumerator, name, storage, bytes)                                         \
    {"torch", name, GLOBAL_DTYPE, enumerator},
        STORED_TYPE_MAP(GLOBAL_DTYPE_ROW)
#undef GLOBAL_DTYPE_ROW
};

#define WHITELIST_COUNT ((int)(sizeof(whitelist) / sizeof(whitelist[0])))

int pickle_global_find(const pickle_text *module, const pickle_text *name)
{
    for (int i = 0; i < WHITELIST_COUNT; i++) {
        if (pickle_text_is(module, whitelist[i].module) &&
            pickle_text_is(name, whitelist[i].name)) {
            return i;
        }
    }
    return -1;
}

const pickle_global *pickle_global_get(int index)
{
    return &whitelist[index];
}

/* How long a tuple (or list: torch.Size may arrive as one) of integers is, none negative; else -1.
 * A list may grow later, but what is in it stays. */
static int count_sizes(const pickle_value *v)
{
    if ((v->type != PICKLE_TUPLE && v->type != PICKLE_LIST) || v->items.count > TENSOR_MAX_RANK)
        return -1;
    for (int i = 0; i < v->items.count; i++) {
        const pickle_value *item = v->items.at[i];
        if (item->type != PICKLE_INT || item->integer < 0) return -1;
    }
    return v->items.count;
}

static const char *build_tensor(const pickle_items *arguments, pickle_value *result)
{
    if (arguments->count < 4) return "a tensor of too few arguments";
    const pickle_value *storage = arguments->at[0], *offset = arguments->at[1];
    if (storage->type != PICKLE_STORAGE) return "a tensor without a storage";
    if (offset->type != PICKLE_INT || offset->integer < 0) return "a tensor with a wrong offset";
    pickle_tensor t = {.storage = &storage->storage, .dtype = storage->storage.dtype};
    t.offset = offset->integer;
    t.rank = count_sizes(arguments->at[2]);
    if (t.rank < 0) return "a tensor with wrong sizes, or more than 8 axes";
    if (count_sizes(arguments->at[3]) != t.rank) return "a tensor with wrong strides";
    t.sizes = &arguments->at[2]->items;
    t.strides = &arguments->at[3]->items;
    if (t.dtype == STORED_UNTYPED) { /* _rebuild_tensor_v3 gives the type of the numbers last */
        const pickle_value *dtype = arguments->count > 6 ? arguments->at[6] : NULL;
        if (!dtype || dtype->type != PICKLE_GLOBAL ||
            whitelist[dtype->global].kind != GLOBAL_DTYPE) {
            return "a tensor of unknown type";
        }
        t.dtype = whitelist[dtype->global].dtype;
    }
    *result = (pickle_value){.type = PICKLE_TENSOR, .tensor = t};
    return NULL;
}

const char *pickle_global_call(int index, const pickle_value *arguments, pickle_value *result,
                               pickle_value **same)
{
    const pickle_items *items = &arguments->items;
    pickle_value *first = items->count > 0 ? items->at[0] : NULL;
    *same = NULL;
    switch (whitelist[index].kind) {
    case GLOBAL_DICT:
        *result = (pickle_value){.type = PICKLE_DICT};
        if (first && first->type == PICKLE_DICT) *same = first;
        if (first && first->type != PICKLE_DICT &&
            !(first->type == PICKLE_LIST && first->items.count == 0)) {
            return "a dictionary made from something else than a dictionary";
        }
        return NULL;
    case GLOBAL_SET:
        if (!first || first->type != PICKLE_LIST)
            return "a set made from something else than a list";
        *result = (pickle_value){.type = PICKLE_SET}; /* what is in it never matters */
        return NULL;
    case GLOBAL_SIZE:
        if (!first || first->type != PICKLE_TUPLE)
            return "torch.Size of something else than a tuple";
        *same = first;
        return NULL;
    case GLOBAL_DEVICE:
        if (!first || first->type != PICKLE_TEXT) return "torch.device without a name";
        *same = first;
        return NULL;
    case GLOBAL_TENSOR:
        return build_tensor(items, result);
    case GLOBAL_PARAMETER:
        if (!first || first->type != PICKLE_TENSOR) return "a parameter without a tensor";
        *same = first;
        return NULL;
    default:
        return "calls what cannot be called";
    }
}
