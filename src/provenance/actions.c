/* provenance/actions.c - what was done to a medium, as the actions of its claim declare it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/actions.h"

#include "provenance/c2pa_codes.h"
#include "provenance/source_type.h"

#include <stdio.h>
#include <string.h>

#define ACTIONS_LABEL "c2pa.actions"
#define SOFT_BINDING_LABEL "c2pa.soft-binding"

typedef struct action_list {
    const claim *claim;
    manifest_marks *marks;
    byte_span where;
    int count; /* over all assertions */
    bool soft_binding;
} action_list;

static bool is_any(const cbor_item *action, const char *const names[])
{
    const cbor_item name = cbor_read_key(action, "action");
    for (int i = 0; names[i]; i++)
        if (cbor_text_is(&name, names[i])) return true;
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* A program is a text in version 1 of actions, a map in version 2. */
static void read_software(const cbor_item *action, char out[MARK_TEXT])
{
    const cbor_item agent = cbor_read_key(action, "softwareAgent");
    char name[MARK_TEXT], version[MARK_TEXT];
    marks_text_of(action, "softwareAgent", out);
    if (agent.kind != CBOR_MAP) return;
    marks_text_of(&agent, "name", name);
    marks_text_of(&agent, "version", version);
    name[MARK_TEXT / 2] = version[MARK_TEXT / 4] = 0;
    snprintf(out, MARK_TEXT, "%s%s%s", name, name[0] && version[0] ? " " : "", version);
}

static void note(action_list *l, const cbor_item *action)
{
    manifest_marks *m = l->marks;
    char source[MARK_TEXT];
    marks_text_of(action, "digitalSourceType", source);
    if (source_type_machine_made(source)) m->machine_made = true;
    if (m->actions == MARK_MAX_ACTIONS) return;
    declared_action *a = &m->action[m->actions++];
    memcpy(a->source_type, source, sizeof source);
    marks_text_of(action, "action", a->action);
    marks_text_of(action, "when", a->when);
    marks_text_of(action, "description", a->description);
    read_software(action, a->software);
}

static void fail(action_list *l, const char *code, const char *why)
{
    marks_add(l->marks, CODE_FAILURE, code, l->where, why);
}

/* Does the action say which ingredient it took? Version 1 had one, version 2 has a list. */
static bool names_ingredient(const cbor_item *action)
{
    const cbor_item parameters = cbor_read_key(action, "parameters");
    const cbor_item list = cbor_read_key(&parameters, "ingredients"),
                    one = cbor_read_key(&parameters, "ingredient"),
                    instance = cbor_read_key(action, "instanceId"),
                    older = cbor_read_key(&parameters, "instanceId");
    return (list.kind == CBOR_ARRAY && (list.open || list.number > 0)) || one.kind == CBOR_MAP ||
           instance.kind == CBOR_TEXT || older.kind == CBOR_TEXT;
}

/* The rules of claims of version 2; in version 1 most of them were not there. */
static void check_rules(action_list *l, const cbor_item *action)
{
    static const char *const first[] = {"c2pa.created", "c2pa.opened", NULL};
    static const char *const created[] = {"c2pa.created", NULL};
    static const char *const taken[] = {"c2pa.opened", "c2pa.placed", "c2pa.removed", NULL};
    static const char *const bound[] = {"c2pa.watermarked", "c2pa.watermarked.bound", NULL};
    const cbor_item source = cbor_read_key(action, "digitalSourceType");
    if ((l->count == 0) != is_any(action, first))
        fail(l, C2PA_ACTION_MALFORMED,
             "the first action, and no other, must be \"created\" or \"opened\"");
    if (is_any(action, created) && source.kind != CBOR_TEXT)
        fail(l, C2PA_ACTION_MALFORMED, "\"created\" must say of what kind (digitalSourceType)");
    if (is_any(action, taken) && !names_ingredient(action))
        fail(l, C2PA_ACTION_INGREDIENT_MISMATCH, "the action must name what it took");
    if (is_any(action, bound) && !l->soft_binding)
        fail(l, C2PA_ACTION_SOFT_BINDING_MISSING, "the watermark that it names is not described");
}

static void read_assertion(action_list *l, const claimed *assertion)
{
    const cbor_item content = claimed_content(assertion),
                    actions = cbor_read_key(&content, "actions");
    cbor_item action;
    l->where = assertion->name;
    if (actions.kind != CBOR_ARRAY) {
        fail(l, content.kind == CBOR_NONE ? C2PA_ASSERTION_CBOR_INVALID : C2PA_ACTION_MALFORMED,
             "it holds no list of actions");
        return;
    }
    cbor_walk walk = cbor_walk_begin(&actions);
    for (; cbor_walk_next(&walk, &action); l->count++) {
        note(l, &action);
        if (l->claim->version >= 2) check_rules(l, &action);
    }
}

void actions_check(const claim *c, manifest_marks *marks)
{
    action_list l = {.claim = c, .marks = marks};
    claimed one;
    claim_walk walk = claim_walk_begin(c);
    while (claim_walk_next(&walk, &one))
        if (begins(one.label, SOFT_BINDING_LABEL)) l.soft_binding = true;
    walk = claim_walk_begin(c);
    while (claim_walk_next(&walk, &one))
        if (begins(one.label, ACTIONS_LABEL)) read_assertion(&l, &one);
    if (l.count == 0 && c->version >= 2)
        marks_add(marks, CODE_FAILURE, C2PA_ACTION_MALFORMED, c->manifest.label,
                  "it declares no action");
}
