/* provenance/claim.c - a manifest taken apart, and the assertions that its claim names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/claim.h"

#include "provenance/c2pa.h"
#include "provenance/c2pa_codes.h"
#include "provenance/digest.h"

#include <string.h>

#define URL_BEGIN "self#jumbf="
#define URL_STORE "/c2pa/"

/* Where claims name assertions: version 2 says of which the signer made them himself. */
static const char *const lists[] = {"created_assertions", "gathered_assertions", "assertions"};
enum { LISTS = sizeof lists / sizeof *lists };

static bool begins(byte_span s, const char *with)
{
    size_t size = strlen(with);
    return s.size >= size && memcmp(s.data, with, size) == 0;
}

static byte_span behind(byte_span s, size_t bytes)
{
    return (byte_span){s.data + bytes, s.size - bytes};
}

/* Up to the first `mark`, or all. */
static byte_span up_to(byte_span s, char mark)
{
    const uint8_t *at = s.size ? memchr(s.data, mark, s.size) : NULL;
    return at ? (byte_span){s.data, (size_t)(at - s.data)} : s;
}

static bool same(byte_span a, byte_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

byte_span claim_url_manifest(byte_span url)
{
    if (!begins(url, URL_BEGIN URL_STORE)) return (byte_span){0};
    return up_to(behind(url, strlen(URL_BEGIN URL_STORE)), '/');
}

/* The name of an assertion of this manifest; empty: the URL leads elsewhere. */
static byte_span assertion_name(const claim *c, byte_span url)
{
    byte_span none = {0}, manifest = claim_url_manifest(url);
    if (!begins(url, URL_BEGIN)) return none;
    byte_span path = behind(url, strlen(URL_BEGIN));
    if (manifest.size > 0) {
        if (!same(manifest, c->manifest.label)) return none;
        path = behind(path, strlen(URL_STORE) + manifest.size);
        if (path.size == 0) return none;
        path = behind(path, 1);
    }
    if (!begins(path, C2PA_LABEL_ASSERTIONS "/")) return none;
    return behind(path, strlen(C2PA_LABEL_ASSERTIONS "/"));
}

static bool find_assertion(const claim *c, byte_span name, jumbf_box *out)
{
    size_t at = 0;
    for (int i = 0; i < MARK_MAX_ASSERTIONS && name.size > 0; i++) {
        if (!jumbf_next(c->assertions.inside, &at, out)) break;
        if (same(out->label, name)) return true;
    }
    *out = (jumbf_box){0};
    return false;
}

static void not_followed(byte_span where, manifest_marks *marks)
{
    marks_add(marks, CODE_NOT_CHECKED, C2PA_GENERAL_ERROR, where,
              "it is larger than what is followed here");
}

/* Two claims in one manifest would let a reader choose. */
static bool find_claim(const jumbf_box *manifest, jumbf_box *out, manifest_marks *marks)
{
    jumbf_box box;
    size_t at = 0;
    int found = 0;
    while (jumbf_next(manifest->inside, &at, &box))
        if (strcmp(box.type, C2PA_CLAIM) == 0 && found++ == 0) *out = box;
    if (found == 0)
        marks_add(marks, CODE_FAILURE, C2PA_CLAIM_MISSING, manifest->label, "it holds no claim");
    if (found > 1)
        marks_add(marks, CODE_FAILURE, C2PA_CLAIM_MULTIPLE, manifest->label,
                  "it holds more than one claim");
    return found == 1;
}

static bool has_text(const cbor_item *map, const char *key)
{
    const cbor_item item = cbor_read_key(map, key);
    return item.kind == CBOR_TEXT;
}

static bool read_claim(claim *c, manifest_marks *marks)
{
    const cbor_item created = cbor_read_key(&c->map, lists[0]),
                    older = cbor_read_key(&c->map, lists[2]),
                    algorithm = cbor_read_key(&c->map, "alg");
    c->version = created.kind == CBOR_ARRAY ? 2 : older.kind == CBOR_ARRAY ? 1 : 0;
    cbor_read_text(&algorithm, &c->algorithm);
    if (c->version && has_text(&c->map, "signature") && has_text(&c->map, "instanceID"))
        return true;
    marks_add(marks, CODE_FAILURE, C2PA_CLAIM_MALFORMED, c->manifest.label,
              "the claim lacks its list of assertions, its signature or its instance");
    return false;
}

static void read_generator(const cbor_item *map, manifest_marks *marks)
{
    cbor_item info = cbor_read_key(map, "claim_generator_info");
    if (info.kind == CBOR_ARRAY) { /* version 1 */
        cbor_walk walk = cbor_walk_begin(&info);
        cbor_walk_next(&walk, &info);
    }
    char version[MARK_TEXT];
    marks_text_of(&info, "name", marks->generator);
    marks_text_of(&info, "version", version);
    size_t used = strlen(marks->generator), more = strlen(version);
    if (used == 0)
        marks_text_of(map, "claim_generator", marks->generator);
    else if (more > 0 && used + 1 + more < MARK_TEXT) {
        marks->generator[used] = ' ';
        memcpy(marks->generator + used + 1, version, more + 1);
    }
}

bool claim_open(const jumbf_box *manifest, claim *out, manifest_marks *marks)
{
    jumbf_box box = {0}, signature;
    *out = (claim){.manifest = *manifest};
    marks_text(manifest->label, marks->label);
    if (!find_claim(manifest, &box, marks)) return false;
    if (jumbf_content(&box, "cbor", &out->bytes) && out->bytes.size > CLAIM_MAX_SIZE) {
        not_followed(manifest->label, marks);
        return false;
    }
    if (out->bytes.size == 0 || !cbor_read_whole(out->bytes, &out->map) ||
        out->map.kind != CBOR_MAP) {
        marks_add(marks, CODE_FAILURE, C2PA_CLAIM_CBOR_INVALID, manifest->label,
                  "its claim cannot be read");
        return false;
    }
    if (!read_claim(out, marks)) return false;
    marks->claim_version = out->version;
    marks_text_of(&out->map, "dc:title", marks->title);
    read_generator(&out->map, marks);
    const cbor_item redacted = cbor_read_key(&out->map, "redacted_assertions");
    marks->redacts = redacted.kind == CBOR_ARRAY && redacted.number > 0;
    jumbf_find(manifest->inside, C2PA_ASSERTIONS, NULL, &out->assertions);
    if (jumbf_find(manifest->inside, C2PA_SIGNATURE, NULL, &signature) &&
        jumbf_content(&signature, "cbor", &out->signature))
        return true;
    marks_add(marks, CODE_FAILURE, C2PA_SIGNATURE_MISSING, manifest->label, "it is not signed");
    return false;
}

bool claim_hash_matches(const claim *c, const cbor_item *reference, byte_span content, bool *known)
{
    const cbor_item alg = cbor_read_key(reference, "alg"), hash = cbor_read_key(reference, "hash");
    byte_span name, wanted;
    digest d;
    if (!cbor_read_text(&alg, &name)) name = c->algorithm;
    *known = digest_begin(&d, name);
    if (!*known || !cbor_read_bytes(&hash, &wanted)) return false;
    digest_add(&d, content.data, content.size);
    return digest_matches(&d, wanted);
}

static void check_reference(const claim *c, const cbor_item *reference, manifest_marks *marks)
{
    const cbor_item url = cbor_read_key(reference, "url");
    byte_span text;
    jumbf_box box;
    bool known;
    cbor_read_text(&url, &text);
    byte_span name = assertion_name(c, text);
    if (!find_assertion(c, name, &box))
        marks_add(marks, CODE_FAILURE, C2PA_ASSERTION_MISSING, text,
                  "a part that the signer named is missing");
    else if (claim_hash_matches(c, reference, box.content, &known))
        marks_add(marks, CODE_SUCCESS, C2PA_ASSERTION_MATCH, name, NULL);
    else if (known)
        marks_add(marks, CODE_FAILURE, C2PA_ASSERTION_MISMATCH, name,
                  "a part of the mark was changed after it was signed");
    else
        marks_add(marks, CODE_FAILURE, C2PA_ALGORITHM_UNSUPPORTED, name,
                  "its hash algorithm is not one that C2PA allows");
}

/* The first box of a name is what the claim means; a second one of it nobody vouches for. */
static bool is_claimed(const claim *c, const jumbf_box *box)
{
    claim_walk walk = claim_walk_begin(c);
    claimed one;
    while (claim_walk_next(&walk, &one))
        if (one.box.content.data == box->content.data) return true;
    return false;
}

static void check_references(const claim *c, manifest_marks *marks)
{
    int count = 0;
    for (int i = 0; i < LISTS; i++) {
        const cbor_item list = cbor_read_key(&c->map, lists[i]);
        cbor_item reference;
        cbor_walk walk = cbor_walk_begin(&list);
        for (; cbor_walk_next(&walk, &reference); count++) {
            if (count == MARK_MAX_ASSERTIONS) {
                not_followed(c->manifest.label, marks);
                return;
            }
            check_reference(c, &reference, marks);
        }
    }
}

void claim_check_assertions(const claim *c, manifest_marks *marks)
{
    check_references(c, marks);
    jumbf_box box;
    size_t at = 0;
    for (int k = 0; jumbf_next(c->assertions.inside, &at, &box); k++) {
        if (k == MARK_MAX_ASSERTIONS) {
            not_followed(c->manifest.label, marks);
            return;
        }
        if (!is_claimed(c, &box))
            marks_add(marks, CODE_FAILURE, C2PA_ASSERTION_UNDECLARED, box.label,
                      "it holds a part that the signer did not name");
    }
}

claim_walk claim_walk_begin(const claim *c)
{
    return (claim_walk){.claim = c, .list = -1};
}

/* The next reference of all lists, one behind the other. */
static bool next_reference(claim_walk *walk, cbor_item *out)
{
    while (!cbor_walk_next(&walk->in, out)) {
        if (walk->list + 1 >= LISTS) return false;
        const cbor_item list = cbor_read_key(&walk->claim->map, lists[++walk->list]);
        walk->in = cbor_walk_begin(&list);
    }
    return true;
}

/* "c2pa.ingredient.v3__1" is one of several "c2pa.ingredient.v3". */
static void plain_label(byte_span name, char out[MARK_TEXT])
{
    marks_text(name, out);
    char *number = strstr(out, "__");
    if (number) *number = 0;
}

bool claim_walk_next(claim_walk *walk, claimed *out)
{
    cbor_item reference;
    while (walk->count++ < MARK_MAX_ASSERTIONS && next_reference(walk, &reference)) {
        const cbor_item url = cbor_read_key(&reference, "url");
        byte_span text;
        cbor_read_text(&url, &text);
        out->name = assertion_name(walk->claim, text);
        if (!find_assertion(walk->claim, out->name, &out->box)) continue;
        plain_label(out->name, out->label);
        return true;
    }
    return false;
}

cbor_item claimed_content(const claimed *assertion)
{
    cbor_item item = {0};
    byte_span bytes;
    if (jumbf_content(&assertion->box, "cbor", &bytes)) cbor_read_whole(bytes, &item);
    return item;
}
