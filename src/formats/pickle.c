/* formats/pickle.c - the stack machine.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/pickle.h"

#include "base/memory.h"
#include "formats/pickle_globals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A growable list of values that belongs to one reading, not to the arena. */
typedef pickle_items value_list;

typedef struct machine {
    pickle_arena *arena;
    const uint8_t *data;
    size_t size, at;
    size_t opcode_at; /* where the current opcode began, for messages */
    const char *where;
    size_t base;
    value_list stack, memo;
    int mark[PICKLE_MAX_DEPTH];
    int marks;
    vis_error *err;
} machine;

static vis_status bad(machine *m, const char *what)
{
    return vis_fail(m->err, VIS_ERR_FORMAT, "%s: byte %zu of the pickle: %s", m->where,
                    m->base + m->opcode_at, what);
}

/* Takes `n` bytes of argument. */
static vis_status take(machine *m, size_t n, const uint8_t **bytes)
{
    if (n > m->size - m->at) return bad(m, "the stream is cut short");
    *bytes = m->data + m->at;
    m->at += n;
    return VIS_OK;
}

/* Takes a little-endian unsigned number of `n` bytes (at most 8). */
static vis_status take_number(machine *m, size_t n, uint64_t *number)
{
    const uint8_t *bytes = NULL;
    VIS_TRY(take(m, n, &bytes));
    *number = 0;
    for (size_t i = 0; i < n; i++) {
        *number |= (uint64_t)bytes[i] << (8 * i);
    }
    return VIS_OK;
}

static vis_status take_line(machine *m, pickle_text *line)
{
    const uint8_t *start = m->data + m->at;
    const uint8_t *end = memchr(start, '\n', m->size - m->at);
    if (!end) return bad(m, "the stream is cut short");
    *line = (pickle_text){(const char *)start, (size_t)(end - start)};
    m->at += line->size + 1;
    return VIS_OK;
}

static vis_status list_reserve(machine *m, value_list *list, int count)
{
    if (count <= list->capacity) return VIS_OK;
    if (count > PICKLE_MAX_VALUES) return bad(m, "more values than any checkpoint holds");
    int capacity = list->capacity ? list->capacity : 4;
    while (capacity < count) {
        capacity *= 2;
    }
    pickle_value **bigger = realloc(list->at, (size_t)capacity * sizeof(*bigger));
    if (!bigger) return vis_fail_memory(m->err, "a pickle");
    list->at = bigger;
    list->capacity = capacity;
    return VIS_OK;
}

static vis_status list_add(machine *m, value_list *list, pickle_value *v)
{
    VIS_TRY(list_reserve(m, list, list->count + 1));
    list->at[list->count++] = v;
    return VIS_OK;
}

/* A new value in the arena. */
static vis_status new_value(machine *m, pickle_value init, pickle_value **out)
{
    if (pickle_arena_count(m->arena) >= PICKLE_MAX_VALUES) {
        return bad(m, "more values than any checkpoint holds");
    }
    *out = pickle_arena_add(m->arena, &init);
    return *out ? VIS_OK : vis_fail_memory(m->err, "a pickle");
}

static vis_status push(machine *m, pickle_value init)
{
    pickle_value *v;
    VIS_TRY(new_value(m, init, &v));
    return list_add(m, &m->stack, v);
}

/* The lowest height to which values may be popped now. */
static int floor_of(const machine *m)
{
    return m->marks ? m->mark[m->marks - 1] : 0;
}

static vis_status pop(machine *m, pickle_value **v)
{
    if (m->stack.count <= floor_of(m)) return bad(m, "takes a value from an empty stack");
    *v = m->stack.at[--m->stack.count];
    return VIS_OK;
}

/* Opens the run of values above the last mark: the stack keeps them, *first is where they begin. */
static vis_status close_mark(machine *m, int *first)
{
    if (m->marks == 0) return bad(m, "a mark is missing");
    *first = m->mark[--m->marks];
    return VIS_OK;
}

/* The container on top of the stack, below the `first` values of a run. */
static vis_status container(machine *m, int first, pickle_type type, pickle_value **v)
{
    if (first <= floor_of(m) || m->stack.at[first - 1]->type != type) {
        return bad(m, "puts values into what is not such a container");
    }
    *v = m->stack.at[first - 1];
    return VIS_OK;
}

/* Moves the values from `first` upward off the stack into `items`. */
static vis_status move_run(machine *m, int first, pickle_items *items)
{
    int n = m->stack.count - first;
    if (n > 0) {
        VIS_TRY(list_reserve(m, items, items->count + n));
        memcpy(items->at + items->count, m->stack.at + first, (size_t)n * sizeof(*items->at));
        items->count += n;
    }
    m->stack.count = first;
    return VIS_OK;
}

/* The opcodes. Each takes its arguments from the stream; `code` is the opcode itself. */

static vis_status op_protocol(machine *m, uint8_t code)
{
    uint64_t version;
    VIS_TRY(take_number(m, 1, &version));
    if (version < 2 || version > 5) return bad(m, "a pickle protocol that is not 2 to 5");
    return VIS_OK;
}

static vis_status op_frame(machine *m, uint8_t code)
{
    uint64_t size; /* a hint for readers of slow files */
    return take_number(m, 8, &size);
}

static vis_status op_plain(machine *m, uint8_t code)
{
    switch (code) {
    case 'N':
        return push(m, (pickle_value){.type = PICKLE_NONE});
    case 0x88:
        return push(m, (pickle_value){.type = PICKLE_BOOL, .truth = true});
    case 0x89:
        return push(m, (pickle_value){.type = PICKLE_BOOL, .truth = false});
    case '}':
        return push(m, (pickle_value){.type = PICKLE_DICT});
    case ']':
        return push(m, (pickle_value){.type = PICKLE_LIST});
    case ')':
        return push(m, (pickle_value){.type = PICKLE_TUPLE});
    default:
        return push(m, (pickle_value){.type = PICKLE_SET});
    }
}

static vis_status op_integer(machine *m, uint8_t code)
{
    uint64_t n;
    VIS_TRY(take_number(m, code == 'J' ? 4 : code == 'K' ? 1 : 2, &n));
    int64_t value = code == 'J' ? (int64_t)(int32_t)(uint32_t)n : (int64_t)n;
    return push(m, (pickle_value){.type = PICKLE_INT, .integer = value});
}

/* LONG1, LONG4: two's complement, little-endian, of any length. */
static vis_status op_long(machine *m, uint8_t code)
{
    uint64_t size, number = 0;
    const uint8_t *bytes = NULL;
    VIS_TRY(take_number(m, code == 0x8a ? 1 : 4, &size));
    VIS_TRY(take(m, (size_t)size, &bytes));
    if (size > 8) {
        pickle_text text = {(const char *)bytes, (size_t)size};
        return push(m, (pickle_value){.type = PICKLE_LONG, .text = text});
    }
    for (size_t i = 0; i < size; i++) {
        number |= (uint64_t)bytes[i] << (8 * i);
    }
    if (size > 0 && size < 8 && bytes[size - 1] & 0x80) number |= ~(uint64_t)0 << (8 * size);
    return push(m, (pickle_value){.type = PICKLE_INT, .integer = (int64_t)number});
}

static vis_status op_float(machine *m, uint8_t code)
{
    const uint8_t *bytes = NULL;
    uint64_t bits = 0;
    VIS_TRY(take(m, 8, &bytes));
    for (int i = 0; i < 8; i++) {
        bits = bits << 8 | bytes[i]; /* the one big-endian number of the format */
    }
    pickle_value v = {.type = PICKLE_FLOAT};
    memcpy(&v.real, &bits, sizeof(v.real));
    return push(m, v);
}

static vis_status op_text(machine *m, uint8_t code)
{
    bool short_size = code == 'U' || code == 'C' || code == 0x8c;
    bool long_size = code == 0x8d || code == 0x8e || code == 0x96;
    bool is_bytes = code == 'B' || code == 'C' || code == 0x8e || code == 0x96;
    uint64_t size;
    const uint8_t *bytes = NULL;
    VIS_TRY(take_number(m, short_size ? 1 : long_size ? 8 : 4, &size));
    if (size > m->size) return bad(m, "the stream is cut short");
    VIS_TRY(take(m, (size_t)size, &bytes));
    pickle_text text = {(const char *)bytes, (size_t)size};
    return push(m, (pickle_value){.type = is_bytes ? PICKLE_BYTES : PICKLE_TEXT, .text = text});
}

static vis_status op_mark(machine *m, uint8_t code)
{
    if (m->marks == PICKLE_MAX_DEPTH) return bad(m, "nested too deeply");
    m->mark[m->marks++] = m->stack.count;
    return VIS_OK;
}

static vis_status op_pop(machine *m, uint8_t code)
{
    pickle_value *v;
    if (code == '1') return close_mark(m, &m->stack.count);
    return pop(m, &v);
}

static vis_status op_tuple(machine *m, uint8_t code)
{
    int first = m->stack.count - (code - 0x84); /* TUPLE1, 2, 3 are 0x85 to 0x87 */
    pickle_value *tuple;
    if (code == 't') {
        VIS_TRY(close_mark(m, &first));
    } else if (first < floor_of(m)) {
        return bad(m, "takes a value from an empty stack");
    }
    VIS_TRY(new_value(m, (pickle_value){.type = PICKLE_TUPLE}, &tuple));
    VIS_TRY(move_run(m, first, &tuple->items));
    return list_add(m, &m->stack, tuple);
}

/* The same for an opaque object: what it is given as a dict is kept. */
static vis_status fill_object(machine *m, int first, pickle_type as)
{
    if (as == PICKLE_DICT && (m->stack.count - first) % 2 == 0)
        return move_run(m, first, &m->stack.at[first - 1]->object.items);
    m->stack.count = first;
    return VIS_OK;
}

/* APPEND, SETITEM: the values on top; APPENDS, SETITEMS, ADDITEMS: all above the mark. */
static vis_status op_fill(machine *m, uint8_t code)
{
    pickle_type type = code == 'a' || code == 'e' ? PICKLE_LIST
                       : code == 0x90             ? PICKLE_SET
                                                  : PICKLE_DICT;
    int first = m->stack.count - (code == 'a' ? 1 : 2);
    pickle_value *target = NULL;
    if (code != 'a' && code != 's') VIS_TRY(close_mark(m, &first));
    if (first > floor_of(m) && m->stack.at[first - 1]->type == PICKLE_OBJECT)
        return fill_object(m, first, type);
    VIS_TRY(container(m, first, type, &target));
    if (type == PICKLE_DICT && (m->stack.count - first) % 2 != 0)
        return bad(m, "a key without a value");
    return move_run(m, first, &target->items);
}

/* FROZENSET: the values above the mark; what is in it never matters. */
static vis_status op_frozen_set(machine *m, uint8_t code)
{
    int first = 0;
    VIS_TRY(close_mark(m, &first));
    m->stack.count = first;
    return push(m, (pickle_value){.type = PICKLE_SET});
}

static vis_status op_put(machine *m, uint8_t code)
{
    uint64_t index = (uint64_t)m->memo.count; /* MEMOIZE: the next one */
    if (code != 0x94) VIS_TRY(take_number(m, code == 'q' ? 1 : 4, &index));
    if (m->stack.count <= floor_of(m)) return bad(m, "stores a value from an empty stack");
    /* Numbers follow one another, and each costs the stream a byte and more: a few bytes must not
     * claim room for millions. */
    if (index >= m->size || index >= PICKLE_MAX_VALUES)
        return bad(m, "a memo number beyond bounds");
    VIS_TRY(list_reserve(m, &m->memo, (int)index + 1));
    while (m->memo.count <= (int)index) {
        m->memo.at[m->memo.count++] = NULL;
    }
    m->memo.at[index] = m->stack.at[m->stack.count - 1];
    return VIS_OK;
}

static vis_status op_get(machine *m, uint8_t code)
{
    uint64_t index;
    VIS_TRY(take_number(m, code == 'h' ? 1 : 4, &index));
    if (index >= (uint64_t)m->memo.count || !m->memo.at[index]) {
        return bad(m, "recalls a value that was never stored");
    }
    return list_add(m, &m->stack, m->memo.at[index]);
}

static vis_status op_global(machine *m, uint8_t code)
{
    pickle_text module, name;
    if (code == 'c') {
        VIS_TRY(take_line(m, &module));
        VIS_TRY(take_line(m, &name));
    } else { /* STACK_GLOBAL */
        pickle_value *a = NULL, *b = NULL;
        VIS_TRY(pop(m, &b));
        VIS_TRY(pop(m, &a));
        if (a->type != PICKLE_TEXT || b->type != PICKLE_TEXT)
            return bad(m, "a global without a name");
        module = a->text;
        name = b->text;
    }
    int index = pickle_global_find(&module, &name);
    if (index >= 0) return push(m, (pickle_value){.type = PICKLE_GLOBAL, .global = index});
    if (pickle_global_is_hostile(&module, &name)) {
        return vis_fail(
            m->err, VIS_ERR_UNSUPPORTED,
            "%s: byte %zu of the pickle asks for %.*s.%.*s, which no checkpoint needs; it was "
            "refused and nothing was run. Do not load it in Python either unless you trust it",
            m->where, m->base + m->opcode_at, module.size > 80 ? 80 : (int)module.size, module.at,
            name.size > 80 ? 80 : (int)name.size, name.at);
    }
    return push(m, (pickle_value){.type = PICKLE_UNKNOWN, .unknown = {module, name}});
}

/* Not a call: an object of which nothing but its maker is known. */
static vis_status push_object(machine *m, const pickle_value *made_by)
{
    return push(m, (pickle_value){.type = PICKLE_OBJECT, .object = {.made_by = made_by}});
}

/* REDUCE and NEWOBJ: a whitelisted name "called" with a tuple; of any other comes an object. */
static vis_status op_call(machine *m, uint8_t code)
{
    pickle_value *arguments = NULL, *callable = NULL, *same, result;
    VIS_TRY(pop(m, &arguments));
    VIS_TRY(pop(m, &callable));
    if (arguments->type != PICKLE_TUPLE) return bad(m, "calls what cannot be called");
    if (callable->type == PICKLE_UNKNOWN || callable->type == PICKLE_OBJECT)
        return push_object(m, callable);
    if (callable->type != PICKLE_GLOBAL) return bad(m, "calls what cannot be called");
    const char *wrong = pickle_global_call(callable->global, arguments, &result, &same);
    if (wrong) return bad(m, wrong);
    return same ? list_add(m, &m->stack, same) : push(m, result);
}

/* A NumPy type's attributes: (3, "<", ...). One in the other byte order becomes opaque. */
static vis_status build_number_type(machine *m, const pickle_value *state)
{
    bool order = state->type == PICKLE_TUPLE && state->items.count > 1 &&
                 state->items.at[1]->type == PICKLE_TEXT;
    if (!order) return bad(m, "sets attributes of a plain value");
    if (!pickle_text_is(&state->items.at[1]->text, ">")) return VIS_OK;
    m->stack.count--;
    return push_object(m, NULL);
}

/* NEWOBJ_EX: with named arguments too. */
static vis_status op_call_named(machine *m, uint8_t code)
{
    pickle_value *named = NULL, *arguments = NULL, *callable = NULL;
    VIS_TRY(pop(m, &named));
    VIS_TRY(pop(m, &arguments));
    VIS_TRY(pop(m, &callable));
    if (arguments->type != PICKLE_TUPLE || named->type != PICKLE_DICT)
        return bad(m, "calls what cannot be called");
    return push_object(m, callable);
}

/* BUILD: attributes set on an object; those of dicts (the _metadata of a state dict) and tensors
 * are not needed and dropped. */
static vis_status op_build(machine *m, uint8_t code)
{
    pickle_value *state;
    VIS_TRY(pop(m, &state));
    if (m->stack.count <= floor_of(m)) return bad(m, "sets attributes of nothing");
    pickle_value *target = m->stack.at[m->stack.count - 1];
    switch (target->type) {
    case PICKLE_OBJECT:
        target->object.state = state;
        return VIS_OK;
    case PICKLE_TEXT: /* a NumPy type: the second of its attributes is the byte order */
        return build_number_type(m, state);
    case PICKLE_DICT:
    case PICKLE_TENSOR:
    case PICKLE_UNKNOWN:
        return VIS_OK;
    default:
        return bad(m, "sets attributes of a plain value");
    }
}

/* BINPERSID: ("storage", type, key, location, count[, (view key, offset, count) or None]). The
 * older stream also has ("module", class, file, source): the class of a whole network. */
static vis_status op_storage(machine *m, uint8_t code)
{
    pickle_value *v = NULL;
    VIS_TRY(pop(m, &v));
    if (v->type == PICKLE_TUPLE && v->items.count == 4 && v->items.at[0]->type == PICKLE_TEXT &&
        pickle_text_is(&v->items.at[0]->text, "module"))
        return list_add(m, &m->stack, v->items.at[1]);
    if (v->type != PICKLE_TUPLE || v->items.count < 5 || v->items.count > 6) {
        return bad(m, "an outside object that is not a storage");
    }
    pickle_value **item = v->items.at;
    if (item[1]->type == PICKLE_UNKNOWN) return push_object(m, item[1]);
    const pickle_global *type =
        item[1]->type == PICKLE_GLOBAL ? pickle_global_get(item[1]->global) : NULL;
    if (item[0]->type != PICKLE_TEXT || !pickle_text_is(&item[0]->text, "storage") || !type ||
        type->kind != GLOBAL_STORAGE_TYPE || item[2]->type != PICKLE_TEXT ||
        item[4]->type != PICKLE_INT || item[4]->integer < 0) {
        return bad(m, "a storage that is not described as torch does");
    }
    pickle_storage s = {.dtype = type->dtype, .key = item[2]->text, .count = item[4]->integer};
    if (v->items.count == 6 && item[5]->type != PICKLE_NONE) {
        const pickle_items *view = &item[5]->items;
        if (item[5]->type != PICKLE_TUPLE || view->count != 3 || view->at[1]->type != PICKLE_INT ||
            view->at[1]->integer < 0) {
            return bad(m, "a view of a storage that is not described as torch does");
        }
        s.view_offset = view->at[1]->integer;
    }
    return push(m, (pickle_value){.type = PICKLE_STORAGE, .storage = s});
}

typedef vis_status (*opcode_fn)(machine *m, uint8_t code);

static const opcode_fn opcodes[256] = {
    [0x80] = op_protocol, [0x95] = op_frame,  ['N'] = op_plain,       [0x88] = op_plain,
    [0x89] = op_plain,    ['}'] = op_plain,   [']'] = op_plain,       [')'] = op_plain,
    [0x8f] = op_plain,    ['J'] = op_integer, ['K'] = op_integer,     ['M'] = op_integer,
    [0x8a] = op_long,     [0x8b] = op_long,   ['G'] = op_float,       ['X'] = op_text,
    ['T'] = op_text,      ['U'] = op_text,    ['B'] = op_text,        ['C'] = op_text,
    [0x8c] = op_text,     [0x8d] = op_text,   [0x8e] = op_text,       ['('] = op_mark,
    ['0'] = op_pop,       ['1'] = op_pop,     ['t'] = op_tuple,       [0x85] = op_tuple,
    [0x86] = op_tuple,    [0x87] = op_tuple,  ['a'] = op_fill,        ['e'] = op_fill,
    ['s'] = op_fill,      ['u'] = op_fill,    [0x90] = op_fill,       ['q'] = op_put,
    ['r'] = op_put,       [0x94] = op_put,    ['h'] = op_get,         ['j'] = op_get,
    ['c'] = op_global,    [0x93] = op_global, ['R'] = op_call,        [0x81] = op_call,
    ['b'] = op_build,     ['Q'] = op_storage, [0x91] = op_frozen_set, [0x92] = op_call_named,
    [0x96] = op_text,
};

/* Names of opcodes that exist but that torch.save never writes. */
static const char *refused_name(uint8_t code)
{
    static const struct {
        uint8_t code;
        const char *name;
    } names[] = {
        {'i', "INST"},   {'o', "OBJ"},          {0x82, "EXT1"},
        {0x83, "EXT2"},  {0x84, "EXT4"},        {'P', "PERSID"},
        {'I', "INT"},    {'L', "LONG"},         {'F', "FLOAT"},
        {'S', "STRING"}, {'V', "UNICODE"},      {'p', "PUT"},
        {'g', "GET"},    {'d', "DICT"},         {'l', "LIST"},
        {'2', "DUP"},    {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].code == code) return names[i].name;
    }
    return "unknown";
}

static vis_status run(machine *m, const pickle_value **value)
{
    for (;;) {
        m->opcode_at = m->at;
        if (m->at >= m->size) return bad(m, "the stream is cut short");
        uint8_t code = m->data[m->at++];
        if (code == '.') break;
        if (!opcodes[code]) {
            return vis_fail(
                m->err, VIS_ERR_UNSUPPORTED,
                "%s: byte %zu of the pickle: opcode %s (0x%02x) is refused, torch.save does "
                "not write it",
                m->where, m->base + m->opcode_at, refused_name(code), code);
        }
        VIS_TRY(opcodes[code](m, code));
    }
    pickle_value *top = NULL;
    VIS_TRY(pop(m, &top));
    *value = top;
    return VIS_OK;
}

vis_status pickle_read(pickle_arena *arena, const uint8_t *data, size_t size, const char *where,
                       size_t base, const pickle_value **value, size_t *used, vis_error *err)
{
    machine m = {
        .arena = arena, .data = data, .size = size, .where = where, .base = base, .err = err};
    vis_status status = run(&m, value);
    if (status == VIS_OK && used) *used = m.at;
    free(m.stack.at);
    free(m.memo.at);
    return status;
}
