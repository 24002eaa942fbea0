/* formats/weights_search.c - looking through a pickle, breadth first, and judging what is found.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/weights_search.h"

#include "base/memory.h"
#include "formats/pickle_tensors.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_NESTING 6
#define MAX_PLACES 16384 /* that are looked at */
#define MAX_PREFIXES 8   /* of one dict */

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/* The parts of a U-Net of the family, of which three are enough to know one by. */
static const char *const unet_parts[] = {"inc.inconv.", "audio_model.", "fuse_conv.",
                                         "outc.",       "down1.",       "up1."};
#define UNET_MIN 3
#define ENCODER_LAST 12 /* its blocks are 0 to 12 */

/* Under which weights of anything usually stand. */
static const char *const usual_names[] = {"model", "state_dict", "net", "ema", "model_state_dict"};

/* A value to look at, and how it is reached. */
typedef struct place {
    const pickle_value *value;
    int parent;      /* -1 for the root */
    int depth;       /* of names */
    pickle_text key; /* no `at`: the `index`th of a list, or (-1) an object's own attributes */
    int index;
} place;

/* What begins some keys of a dict, and which parts stand behind it. */
typedef struct prefix {
    char text[WEIGHTS_NAME_SIZE];
    unsigned parts;  /* bit i: unet_parts[i] */
    unsigned blocks; /* bit i: i.conv_block */
} prefix;

/* What the keys of one dict say. */
typedef struct keys {
    prefix list[MAX_PREFIXES];
    int count, tensors;
} keys;

/* A possible answer; of two the one of the higher rank is taken, else the earlier one. */
typedef struct answer {
    weights_location at;
    int rank, tensors;
} answer;

typedef struct search {
    place *places;
    int count, capacity;
    int64_t work;
    const char *name;
    const vis_log *log;
    answer best;
} search;

static prefix *find_prefix(keys *k, const char *text, size_t length)
{
    for (int i = 0; i < k->count; i++) {
        prefix *p = &k->list[i];
        if (strlen(p->text) == length && memcmp(p->text, text, length) == 0) return p;
    }
    if (length >= WEIGHTS_NAME_SIZE || k->count == MAX_PREFIXES || memchr(text, '\0', length))
        return NULL;
    prefix *p = &k->list[k->count++];
    *p = (prefix){0};
    memcpy(p->text, text, length);
    return p;
}

static bool has_text(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp(text + i, word, length) == 0) return true;
    return false;
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);
    return size >= length && memcmp(text + size - length, end, length) == 0;
}

/* "P.5.conv_block.": P is the encoder's prefix, "audio_encoder." not counted, which is its own. The
 * blocks of faces, which sync networks have beside, are none of its. */
static void note_block(keys *k, pickle_text key, size_t at)
{
    static const char own[] = "audio_encoder.", rest[] = ".conv_block.";
    size_t digits = 0, length = at;
    int block = 0;
    for (; at + digits < key.size && digits < 2 && isdigit((unsigned char)key.at[at + digits]);
         digits++)
        block = 10 * block + (key.at[at + digits] - '0');
    if (digits == 0 || block > ENCODER_LAST || key.size - at - digits < strlen(rest) ||
        memcmp(key.at + at + digits, rest, strlen(rest)) != 0 || has_text(key.at, at, "face_"))
        return;
    if (ends_with(key.at, length, own)) length -= strlen(own);
    prefix *p = find_prefix(k, key.at, length);
    if (p) p->blocks |= 1u << block;
}

/* A pickle_visit: looks at every place of a key where a part's name may begin. */
static bool note_key(void *user, pickle_text key, const pickle_tensor *value)
{
    keys *k = user;
    k->tensors++;
    for (size_t at = 0; at < key.size; at++) {
        if (at > 0 && key.at[at - 1] != '.') continue;
        note_block(k, key, at);
        for (size_t i = 0; i < COUNT_OF(unet_parts); i++) {
            size_t length = strlen(unet_parts[i]);
            if (key.size - at < length || memcmp(key.at + at, unet_parts[i], length) != 0) continue;
            prefix *p = find_prefix(k, key.at, at);
            if (p) p->parts |= 1u << i;
            return true;
        }
    }
    return true;
}

/* Appends to a name; what has no room is left out at its end. */
static void append(char name[WEIGHTS_NAME_SIZE], pickle_text text)
{
    size_t used = strlen(name), room = WEIGHTS_NAME_SIZE - 1 - used;
    size_t size = text.size < room ? text.size : room;
    memcpy(name + used, text.at, size);
    name[used + size] = '\0';
    text_make_printable(name);
}

/* "state_dict", "[0].model": the way from the root to a place. */
static void name_location(const search *s, int at, char name[WEIGHTS_NAME_SIZE])
{
    int way[MAX_NESTING * 2 + 2], steps = 0;
    for (; s->places[at].parent >= 0 && steps < (int)COUNT_OF(way); at = s->places[at].parent)
        way[steps++] = at;
    name[0] = '\0';
    while (steps > 0) {
        const place *p = &s->places[way[--steps]];
        char index[16] = "";
        if (!p->key.at && p->index < 0) continue;
        if (!p->key.at) snprintf(index, sizeof(index), "[%d]", p->index);
        if (p->key.at && name[0]) append(name, (pickle_text){".", 1});
        append(name, p->key.at ? p->key : (pickle_text){index, strlen(index)});
    }
}

/* "model", "model with keys \"ema.\"", ... for a message. */
static void describe(const weights_location *at, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s%s",
             at->container[0] ? at->container
             : at->prefix[0]  ? ""
                              : "itself",
             at->prefix[0] ? at->container[0] ? " with keys \"" : "keys \"" : "", at->prefix,
             at->prefix[0] ? "\"" : "");
}

/* Takes the better of two answers and, where both are weights of the family, says so. */
static void consider(search *s, const answer *a)
{
    bool better = !s->best.at.holder || a->rank > s->best.rank;
    const answer *lost = better ? &s->best : a, *won = better ? a : &s->best;
    if (lost->at.known && won->at.known) {
        char used[160], unused[160];
        describe(&won->at, used, sizeof(used));
        describe(&lost->at, unused, sizeof(unused));
        vis_warn(s->log, "%s: holds more than one set of weights; %s is used, %s is not", s->name,
                 used, unused);
    }
    if (better) s->best = *a;
}

static bool is_averaged(const weights_location *at)
{
    return has_text(at->container, strlen(at->container), "ema") ||
           has_text(at->prefix, strlen(at->prefix), "ema") ||
           has_text(at->container, strlen(at->container), "shadow");
}

/* A U-Net by its parts; an encoder by its first and last block, or without any prefix by one. */
static int family_rank(const prefix *p)
{
    int parts = __builtin_popcount(p->parts);
    unsigned ends = 1u | 1u << ENCODER_LAST;
    if (parts >= UNET_MIN) return 20 + 2 * parts;
    if ((p->blocks & ends) == ends || (p->blocks && !p->text[0])) return 10;
    return 0;
}

static bool is_usual(const place *p)
{
    for (size_t i = 0; i < COUNT_OF(usual_names); i++)
        if (p->key.at && pickle_text_is(&p->key, usual_names[i])) return true;
    return false;
}

/* What the tensors at a place are. */
static void judge(search *s, int at)
{
    const place *p = &s->places[at];
    keys found = {0};
    answer a = {.at.holder = p->value};
    pickle_tensors_each(p->value, &s->work, note_key, &found);
    if (found.tensors == 0) return;
    name_location(s, at, a.at.container);
    a.tensors = found.tensors;
    for (int i = 0; i < found.count; i++) {
        a.rank = family_rank(&found.list[i]);
        if (a.rank == 0) continue;
        a.at.known = true;
        memcpy(a.at.prefix, found.list[i].text, sizeof(a.at.prefix));
        if (!is_averaged(&a.at)) a.rank++;
        if (s->best.at.holder != p->value || strcmp(s->best.at.prefix, a.at.prefix) != 0)
            consider(s, &a);
    }
    if (a.at.known || s->best.at.known) return;
    a.rank = is_usual(p) ? 1 : 0;
    bool more = s->best.at.holder && a.rank == s->best.rank && a.tensors > s->best.tensors;
    if (more || !s->best.at.holder || a.rank > s->best.rank) s->best = a;
}

static vis_status add(search *s, place p, vis_error *err)
{
    pickle_type type = p.value->type;
    if (type != PICKLE_DICT && type != PICKLE_TUPLE && type != PICKLE_LIST && type != PICKLE_OBJECT)
        return VIS_OK;
    if (p.depth > MAX_NESTING || s->count == MAX_PLACES) return VIS_OK;
    if (s->count == s->capacity) {
        int capacity = s->capacity ? 2 * s->capacity : 64;
        place *bigger = realloc(s->places, (size_t)capacity * sizeof(*bigger));
        if (!bigger) return vis_fail_memory(err, s->name);
        s->places = bigger;
        s->capacity = capacity;
    }
    s->places[s->count++] = p;
    return VIS_OK;
}

/* What is in a network's attributes was judged with the network. */
static bool is_part_of_module(const pickle_text *key)
{
    return pickle_text_is(key, "_modules") || pickle_text_is(key, "_parameters") ||
           pickle_text_is(key, "_buffers");
}

static vis_status add_members(search *s, int at, const pickle_items *items, bool pairs,
                              vis_error *err)
{
    int step = pairs ? 2 : 1, depth = s->places[at].depth + 1;
    for (int i = 0; i + step <= items->count && s->work > 0; i += step, s->work--) {
        place p = {items->at[i + step - 1], at, depth, {NULL, 0}, i};
        if (pairs && items->at[i]->type != PICKLE_TEXT) continue;
        if (pairs) p.key = items->at[i]->text;
        if (pairs && is_part_of_module(&p.key)) continue;
        VIS_TRY(add(s, p, err));
    }
    return VIS_OK;
}

static vis_status look_inside(search *s, int at, vis_error *err)
{
    const pickle_value *v = s->places[at].value;
    if (v->type != PICKLE_OBJECT) return add_members(s, at, &v->items, v->type == PICKLE_DICT, err);
    VIS_TRY(add_members(s, at, &v->object.items, true, err));
    const pickle_value *attributes = pickle_attributes(v);
    if (!attributes) return VIS_OK;
    return add(s, (place){attributes, at, s->places[at].depth + 1, {NULL, 0}, -1}, err);
}

/* The keys of a dict as "a, b, c, ... (N)" for a message. */
static void list_keys(const pickle_value *dict, char *text, size_t size)
{
    size_t used = 0;
    int shown = 0, total = dict->items.count / 2;
    text[0] = '\0';
    for (int i = 0; i < dict->items.count && shown < 5; i += 2) {
        const pickle_value *key = dict->items.at[i];
        if (key->type != PICKLE_TEXT) continue;
        int length = key->text.size > 40 ? 40 : (int)key->text.size;
        int wrote =
            snprintf(text + used, size - used, "%s%.*s", shown++ ? ", " : "", length, key->text.at);
        if (wrote < 0 || (size_t)wrote >= size - used) break;
        used += (size_t)wrote;
    }
    if (used < size)
        snprintf(text + used, size - used, "%s (%d in all)", shown < total ? ", ..." : "", total);
}

static vis_status refuse_empty(const pickle_value *root, const char *name, vis_error *err)
{
    if (root->type == PICKLE_DICT) {
        char text[256];
        list_keys(root, text, sizeof(text));
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: no weights found; its keys are %s", name,
                        text);
    }
    const pickle_value *by = root->type == PICKLE_OBJECT ? root->object.made_by : NULL;
    if (by && by->type == PICKLE_UNKNOWN) {
        const pickle_name *n = &by->unknown;
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: holds an object of the class %.*s.%.*s and no weights under names; "
                        "save model.state_dict() with torch.save",
                        name, n->module.size > 80 ? 80 : (int)n->module.size, n->module.at,
                        n->name.size > 80 ? 80 : (int)n->name.size, n->name.at);
    }
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: holds no dict of weights; save model.state_dict() with torch.save", name);
}

vis_status weights_find(const pickle_value *root, const char *name, const vis_log *log,
                        weights_location *out, vis_error *err)
{
    search s = {.name = name, .log = log, .work = WEIGHTS_WORK};
    vis_status status = add(&s, (place){root, -1, 0, {NULL, 0}, -1}, err);
    for (int at = 0; status == VIS_OK && at < s.count && s.work > 0; at++) {
        judge(&s, at);
        status = look_inside(&s, at, err);
    }
    free(s.places);
    VIS_TRY(status);
    *out = s.best.at;
    return out->holder ? VIS_OK : refuse_empty(root, name, err);
}
