/* formats/pickle_tensors.c - walking over a dict, or over a module and those inside it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/pickle_tensors.h"

#include <string.h>

#define MODULES_DEEP 32
#define KEY_BYTES 16 /* of a key count as one value looked at: callers read every byte */

/* A module whose members are being shown: its name's length, and where in `_modules` we are. */
typedef struct level {
    const pickle_value *modules;
    int next;
    size_t length;
} level;

typedef struct walk {
    int64_t *work;
    pickle_visit visit;
    void *user;
    char key[PICKLE_KEY_MAX];
    level level[MODULES_DEEP];
    int depth;
    bool stopped;
} walk;

const pickle_value *pickle_attributes(const pickle_value *object)
{
    if (object->type != PICKLE_OBJECT || !object->object.state) return NULL;
    const pickle_value *state = object->object.state;
    if (state->type == PICKLE_DICT) return state;
    if (state->type != PICKLE_TUPLE) return NULL;
    for (int i = 0; i < state->items.count; i++) /* (attributes or None, slots) */
        if (state->items.at[i]->type == PICKLE_DICT) return state->items.at[i];
    return NULL;
}

/* Shows the tensors of key, value, ... with what is in w->key before each name. */
static void show_items(walk *w, const pickle_items *items, size_t before)
{
    for (int i = 0; i + 1 < items->count && !w->stopped; i += 2) {
        const pickle_value *name = items->at[i], *v = items->at[i + 1];
        *w->work -= 1 + (name->type == PICKLE_TEXT ? (int64_t)(name->text.size / KEY_BYTES) : 0);
        if (*w->work < 0) w->stopped = true;
        if (w->stopped || name->type != PICKLE_TEXT || v->type != PICKLE_TENSOR ||
            before >= PICKLE_KEY_MAX || name->text.size > PICKLE_KEY_MAX - before)
            continue;
        pickle_text key = name->text;
        if (before > 0) {
            memcpy(w->key + before, name->text.at, name->text.size);
            key = (pickle_text){w->key, before + name->text.size};
        }
        if (!w->visit(w->user, key, &v->tensor)) w->stopped = true;
    }
}

/* Shows a module's own tensors and goes into it; the first `length` bytes of w->key name it. */
static void enter(walk *w, const pickle_value *module, size_t length)
{
    const pickle_value *attributes = pickle_attributes(module);
    if (!attributes) return;
    static const char *const own[] = {"_parameters", "_buffers"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        const pickle_value *dict = pickle_dict_get(attributes, own[i]);
        if (dict && dict->type == PICKLE_DICT) show_items(w, &dict->items, length);
    }
    const pickle_value *modules = pickle_dict_get(attributes, "_modules");
    *w->work -= attributes->items.count;
    if (modules && modules->type == PICKLE_DICT && w->depth < MODULES_DEEP)
        w->level[w->depth++] = (level){modules, 0, length};
}

static void show_module(walk *w, const pickle_value *module)
{
    enter(w, module, 0);
    while (w->depth > 0 && !w->stopped) {
        level *at = &w->level[w->depth - 1];
        if (at->next + 1 >= at->modules->items.count) {
            w->depth--;
            continue;
        }
        const pickle_value *name = at->modules->items.at[at->next];
        const pickle_value *inner = at->modules->items.at[at->next + 1];
        at->next += 2;
        if (--*w->work < 0) w->stopped = true;
        if (name->type != PICKLE_TEXT || name->text.size >= PICKLE_KEY_MAX - at->length) continue;
        size_t length = at->length;
        memcpy(w->key + length, name->text.at, name->text.size);
        length += name->text.size;
        w->key[length++] = '.';
        enter(w, inner, length);
    }
}

void pickle_tensors_each(const pickle_value *from, int64_t *work, pickle_visit visit, void *user)
{
    walk w;
    w.work = work;
    w.visit = visit;
    w.user = user;
    w.depth = 0;
    w.stopped = *work <= 0;
    if (from->type == PICKLE_DICT) show_items(&w, &from->items, 0);
    if (from->type != PICKLE_OBJECT) return;
    show_items(&w, &from->object.items, 0);
    show_module(&w, from);
}
