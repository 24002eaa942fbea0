/* provenance/ingredients.c - what a medium was made from, as its claim declares it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/ingredients.h"

#include "provenance/c2pa_codes.h"

#include <string.h>

#define INGREDIENT_LABEL "c2pa.ingredient"

/* Version 3 calls it so, the two before otherwise. */
static cbor_item manifest_reference(const cbor_item *content)
{
    const cbor_item reference = cbor_read_key(content, "activeManifest");
    return reference.kind == CBOR_MAP ? reference : cbor_read_key(content, "c2pa_manifest");
}

/* The ingredient of that number. */
static bool find(const claim *c, int index, claimed *out)
{
    claim_walk walk = claim_walk_begin(c);
    while (claim_walk_next(&walk, out)) {
        bool is_one = strncmp(out->label, INGREDIENT_LABEL, strlen(INGREDIENT_LABEL)) == 0;
        if (is_one && index-- == 0) return true;
    }
    return false;
}

static void read_one(const claimed *assertion, manifest_marks *marks)
{
    const cbor_item content = claimed_content(assertion), reference = manifest_reference(&content),
                    url = cbor_read_key(&reference, "url");
    byte_span text;
    declared_ingredient *i = &marks->ingredient[marks->ingredients++];
    cbor_read_text(&url, &text);
    marks_text_of(&content, "dc:title", i->title);
    marks_text_of(&content, "dc:format", i->format);
    marks_text_of(&content, "relationship", i->relationship);
    marks_text(claim_url_manifest(text), i->manifest);
    if (!i->manifest[0])
        marks_add(marks, CODE_INFORMATION, C2PA_INGREDIENT_UNKNOWN, assertion->name,
                  "nothing is said of where it comes from");
}

void ingredients_read(const claim *c, manifest_marks *marks)
{
    claimed one;
    for (int i = 0; find(c, i, &one); i++) {
        if (i == MARK_MAX_INGREDIENTS) {
            marks_add(marks, CODE_NOT_CHECKED, C2PA_GENERAL_ERROR, one.name,
                      "it has more ingredients than are followed here");
            return;
        }
        read_one(&one, marks);
    }
}

void ingredients_link(const claim *c, declared_ingredient *ingredient, int index,
                      const jumbf_box *manifest, manifest_marks *marks)
{
    claimed one;
    bool known;
    if (!find(c, index, &one)) return;
    const cbor_item content = claimed_content(&one), reference = manifest_reference(&content);
    ingredient->linked = claim_hash_matches(c, &reference, manifest->content, &known);
    if (ingredient->linked)
        marks_add(marks, CODE_SUCCESS, C2PA_INGREDIENT_VALIDATED, one.name, NULL);
    else if (strstr(one.label, ".v3"))
        marks_add(marks, CODE_FAILURE, C2PA_INGREDIENT_MISMATCH, one.name,
                  "the manifest of what it was made from is not the one that was signed for");
    else
        marks_add(marks, CODE_NOT_CHECKED, C2PA_INGREDIENT_MISMATCH, one.name,
                  "older manifests tie those of their ingredients in ways that are not read here");
}
