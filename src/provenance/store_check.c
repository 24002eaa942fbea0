/* provenance/store_check.c - all manifests of a file.
 *
 * A manifest may lean on others of the store, and they on further ones. Each is checked once, in the
 * order in which hashes lead to it from the active one, so that no circle can be walked and what
 * nobody vouches for is not counted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/store_check.h"

#include "provenance/c2pa.h"
#include "provenance/c2pa_codes.h"
#include "provenance/ingredients.h"

#include <stdlib.h>
#include <string.h>

typedef struct store {
    int count, found;
    jumbf_box manifest[STORE_MAX_MANIFESTS];
    mark_state state[STORE_MAX_MANIFESTS];
    bool machine_made[STORE_MAX_MANIFESTS];
    int order[STORE_MAX_MANIFESTS]; /* in which hashes lead to them: the active one first */
    const trust_anchors *anchors;
    manifest_marks scratch;
} store;

static void fail(store_marks *out, code_kind kind, const char *code, const char *why)
{
    marks_add(&out->active, kind, code, span_of(C2PA_STORE), why);
    out->state = marks_state(&out->active);
}

/* False: what is wrong is noted. */
static bool read_store(byte_span bytes, store *s, store_marks *out)
{
    jumbf_box box;
    size_t at = 0;
    if (!jumbf_next(bytes, &at, &box) || strcmp(box.type, C2PA_STORE) != 0) {
        fail(out, CODE_FAILURE, C2PA_CLAIM_MISSING, "it is no store of manifests");
        return false;
    }
    for (at = 0; jumbf_next(box.inside, &at, &s->manifest[s->count]);)
        if (++s->count == STORE_MAX_MANIFESTS) {
            fail(out, CODE_NOT_CHECKED, C2PA_GENERAL_ERROR,
                 "it holds more manifests than are followed here");
            return false;
        }
    if (s->count == 0) fail(out, CODE_FAILURE, C2PA_CLAIM_MISSING, "it holds no manifest");
    return s->count > 0;
}

static int find(const store *s, const char *label)
{
    for (int i = 0; i < s->count; i++)
        if (jumbf_label_is(&s->manifest[i], label)) return i;
    return -1;
}

static int place_in_order(const store *s, int manifest)
{
    for (int i = 0; i < s->found; i++)
        if (s->order[i] == manifest) return i;
    return -1;
}

static void follow_one(store *s, const claim *c, int index, manifest_marks *marks)
{
    declared_ingredient *one = &marks->ingredient[index];
    if (!one->manifest[0]) return;
    int to = find(s, one->manifest);
    if (to < 0) {
        marks_add(marks, CODE_FAILURE, C2PA_INGREDIENT_MISSING, span_of(one->manifest),
                  "the manifest of what it was made from is not in the file");
        return;
    }
    ingredients_link(c, one, index, &s->manifest[to], marks);
    if (one->linked && place_in_order(s, to) < 0) s->order[s->found++] = to;
}

/* Checks the manifest at a place of the order, and adds those that its claim gives the hashes of. */
static vis_status check_one(store *s, int place, const marked_file *file, manifest_marks *marks,
                            vis_error *err)
{
    claim c;
    int at = s->order[place];
    VIS_TRY(manifest_check(&s->manifest[at], file, s->anchors, &c, marks, err));
    if (c.version)
        for (int i = 0; i < marks->ingredients; i++)
            follow_one(s, &c, i, marks);
    s->state[at] = marks_state(marks);
    s->machine_made[at] = marks->machine_made && s->state[at] == MARK_FOUND;
    return VIS_OK;
}

/* What was found of the manifests of ingredients. What the active manifest took out of them on
 * purpose cannot be told here from what is missing. */
static void tell_ingredients(const store *s, manifest_marks *active)
{
    for (int i = 0; i < active->ingredients; i++) {
        declared_ingredient *one = &active->ingredient[i];
        int at = one->linked ? find(s, one->manifest) : -1;
        if (at < 0) {
            one->state = one->manifest[0] ? MARK_NOT_CHECKED : MARK_NOT_FOUND;
            continue;
        }
        one->state = s->state[at];
        if (one->state == MARK_BROKEN && active->redacts) one->state = MARK_NOT_CHECKED;
        one->machine_made = s->machine_made[at];
    }
}

static void note_unreferenced(const store *s, manifest_marks *active)
{
    for (int i = 0; i < s->count; i++)
        if (place_in_order(s, i) < 0)
            marks_add(active, CODE_INFORMATION, C2PA_MANIFEST_UNREFERENCED, s->manifest[i].label,
                      "nothing leads to it, so it was not looked at");
}

static vis_status check_all(store *s, const marked_file *file, store_marks *out, vis_error *err)
{
    s->order[s->found++] = s->count - 1;
    VIS_TRY(check_one(s, 0, file, &out->active, err));
    for (int i = 1; i < s->found; i++)
        VIS_TRY(check_one(s, i, NULL, &s->scratch, err));
    tell_ingredients(s, &out->active);
    note_unreferenced(s, &out->active);
    if (!file && marks_state(&out->active) == MARK_FOUND)
        marks_add(&out->active, CODE_NOT_CHECKED, C2PA_HASH_MATCH, span_of(C2PA_STORE),
                  "the file is not there");
    for (int i = 0; i < s->count; i++)
        out->machine_made |= s->machine_made[i];
    out->state = marks_state(&out->active);
    return VIS_OK;
}

vis_status store_check(byte_span bytes, const marked_file *file, const trust_anchors *anchors,
                       store_marks *out, vis_error *err)
{
    memset(out, 0, sizeof *out);
    store *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a manifest");
    s->anchors = anchors;
    vis_status status = read_store(bytes, s, out) ? check_all(s, file, out, err) : VIS_OK;
    free(s);
    return status;
}
