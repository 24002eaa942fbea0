/* formats/pickle_globals.c - the whitelist, and building tensors from what torch calls.
 *
 * The argument lists are those of torch/_utils.py: _rebuild_tensor(storage, storage_offset, size,
 * stride), _v2 adds requires_grad, backward_hooks and metadata, _v3 a dtype after the hooks;
 * _rebuild_parameter(data, requires_grad, backward_hooks), ..._with_state one more.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/pickle_globals.h"

#include <stdbool.h>
#include <string.h>

static const pickle_global whitelist[] = {
    {"collections", "OrderedDict", GLOBAL_DICT, 0},
    {"collections", "Counter", GLOBAL_DICT, 0}, /* in the state of learning rate schedulers */
    {"collections", "defaultdict", GLOBAL_DEFAULT_DICT, 0},
    {"builtins", "set", GLOBAL_SET, 0},
    {"__builtin__", "set", GLOBAL_SET, 0},
    {"torch", "Size", GLOBAL_SIZE, 0},
    {"torch", "device", GLOBAL_DEVICE, 0},
    {"torch._utils", "_rebuild_tensor", GLOBAL_TENSOR, 0},
    {"torch._utils", "_rebuild_tensor_v2", GLOBAL_TENSOR, 0},
    {"torch._utils", "_rebuild_tensor_v3", GLOBAL_TENSOR, 0},
    {"torch._utils", "_rebuild_parameter", GLOBAL_PARAMETER, 0},
    {"torch._utils", "_rebuild_parameter_with_state", GLOBAL_PARAMETER, 0},
    {"torch._tensor", "_rebuild_from_type_v2", GLOBAL_SUBCLASS, 0},
    {"numpy", "dtype", GLOBAL_NUMBER_TYPE, 0},
    {"numpy.core.multiarray", "scalar", GLOBAL_NUMBER, 0},
    {"numpy._core.multiarray", "scalar", GLOBAL_NUMBER, 0},
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

/* Modules that act on the machine, and the functions that run text. */
bool pickle_global_is_hostile(const pickle_text *module, const pickle_text *name)
{
    static const char *const modules[] = {
        "os",      "posix",   "nt",     "subprocess", "sys",        "shutil",   "socket",
        "runpy",   "pty",     "ctypes", "importlib",  "webbrowser", "commands", "popen2",
        "marshal", "asyncio", "pip",    "pdb",        "timeit"};
    static const char *const functions[] = {"eval",  "exec",       "execfile", "compile",   "open",
                                            "input", "__import__", "apply",    "breakpoint"};
    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        size_t length = strlen(modules[i]);
        if (module->size >= length && memcmp(module->at, modules[i], length) == 0 &&
            (module->size == length || module->at[length] == '.'))
            return true;
    }
    if (!pickle_text_is(module, "builtins") && !pickle_text_is(module, "__builtin__")) return false;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (pickle_text_is(name, functions[i])) return true;
    }
    return false;
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
    if (storage->type == PICKLE_OBJECT) { /* of a type that torch has and we do not */
        *result = (pickle_value){.type = PICKLE_OBJECT};
        return NULL;
    }
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

/* A tensor of a class of its own: the function that would make it, and that function's arguments.
 */
static const char *build_subclass(const pickle_items *arguments, pickle_value *result,
                                  pickle_value **same)
{
    const pickle_value *function = arguments->count > 0 ? arguments->at[0] : NULL;
    const pickle_value *inner = arguments->count > 2 ? arguments->at[2] : NULL;
    *result = (pickle_value){.type = PICKLE_OBJECT};
    if (!function || !inner || inner->type != PICKLE_TUPLE) return "a tensor of too few arguments";
    if (function->type != PICKLE_GLOBAL) return NULL;
    switch (whitelist[function->global].kind) {
    case GLOBAL_TENSOR:
        return build_tensor(&inner->items, result);
    case GLOBAL_PARAMETER:
        if (inner->items.count > 0 && inner->items.at[0]->type == PICKLE_TENSOR)
            *same = inner->items.at[0];
        return NULL;
    default:
        return NULL;
    }
}

/* The number in a NumPy scalar: of a type named like "i8" or "f4" in the machine's order. */
static void build_number(const pickle_items *arguments, pickle_value *result)
{
    const pickle_value *type = arguments->count > 0 ? arguments->at[0] : NULL;
    const pickle_value *bytes = arguments->count > 1 ? arguments->at[1] : NULL;
    *result = (pickle_value){.type = PICKLE_OBJECT};
    if (!type || type->type != PICKLE_TEXT || !bytes || bytes->type != PICKLE_BYTES) return;
    static const struct {
        const char *name;
        stored_type stored;
        bool real;
    } types[] = {{"i8", STORED_INT64, false},  {"i4", STORED_INT32, false},
                 {"i2", STORED_INT16, false},  {"i1", STORED_INT8, false},
                 {"u1", STORED_UINT8, false},  {"f8", STORED_FLOAT64, true},
                 {"f4", STORED_FLOAT32, true}, {"f2", STORED_FLOAT16, true}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t size = stored_type_size(types[i].stored);
        uint8_t raw[8];
        if (!pickle_text_is(&type->text, types[i].name) || bytes->text.size != size) continue;
        memcpy(raw, bytes->text.at, size);
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) stored_swap_bytes(raw, types[i].stored, 1);
        if (types[i].real) {
            float number;
            stored_convert(raw, types[i].stored, 1, &number, TENSOR_F32);
            *result = (pickle_value){.type = PICKLE_FLOAT, .real = (double)number};
        } else {
            int64_t number;
            stored_convert(raw, types[i].stored, 1, &number, TENSOR_I64);
            *result = (pickle_value){.type = PICKLE_INT, .integer = number};
        }
    }
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
    case GLOBAL_DEFAULT_DICT:
        *result = (pickle_value){.type = PICKLE_DICT};
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
        if (!first || (first->type != PICKLE_TENSOR && first->type != PICKLE_OBJECT))
            return "a parameter without a tensor";
        *same = first;
        return NULL;
    case GLOBAL_SUBCLASS:
        return build_subclass(items, result, same);
    case GLOBAL_NUMBER_TYPE:
        if (!first || first->type != PICKLE_TEXT) return "numpy.dtype without a name";
        *same = first;
        return NULL;
    case GLOBAL_NUMBER:
        build_number(items, result);
        return NULL;
    default:
        return "calls what cannot be called";
    }
}
