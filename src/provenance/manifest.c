/* provenance/manifest.c - assertions, the claim over them, the signature over that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/manifest.h"

#include "base/memory.h"
#include "media/mp4_tables.h"
#include "provenance/cbor_write.h"
#include "provenance/jumbf_write.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#define SPECIFICATION "2.2"
#define BOX_HEADER 8
#define MAX_ASSERTIONS 3

/* Numbers of COSE: a tag, and header fields (RFC 9052, 9360). */
enum { COSE_SIGN1 = 18, COSE_ALGORITHM = 1, COSE_CHAIN = 33, DATE_TEXT = 0 };

typedef struct assertion {
    const char *label;
    uint8_t digest[C2PA_HASH_BYTES];
} assertion;

/* A manifest in the making. */
typedef struct making {
    const manifest_facts *facts;
    const uint8_t *digest;
    credential *credential;
    bool sign;
    buffer boxes; /* of the assertions */
    assertion made[MAX_ASSERTIONS];
    int assertions;
    buffer claim; /* CBOR */
} making;

/* ---- Assertions ---- */

/* What refers to a superbox names the digest of what is in it, without its own header. */
static vis_status add_assertion(making *m, const char *label, const buffer *cbor, vis_error *err)
{
    size_t start = m->boxes.size;
    struct sha256_ctx sum;
    assertion *a = &m->made[m->assertions++];
    VIS_TRY(jumbf_write_cbor(&m->boxes, "cbor", label, cbor, err));
    sha256_init(&sum);
    sha256_update(&sum, m->boxes.size - start - BOX_HEADER, m->boxes.data + start + BOX_HEADER);
    sha256_digest(&sum, sizeof a->digest, a->digest);
    a->label = label;
    return VIS_OK;
}

static void write_program(cbor_writer *w, const manifest_facts *f)
{
    cbor_write_text_pair(w, "name", f->program);
    cbor_write_text_pair(w, "version", f->version);
}

/* A text that is put together, as the value of a key. */
static void write_joined(cbor_writer *w, const char *key, const char *text)
{
    if (!text && w->status == VIS_OK) w->status = vis_fail_memory(w->err, "the manifest");
    if (text) cbor_write_text_pair(w, key, text);
}

static void write_reference(cbor_writer *w, const char *url, const uint8_t *digest)
{
    cbor_write_map(w, 2);
    write_joined(w, "url", url);
    cbor_write_bytes_pair(w, "hash", digest, C2PA_HASH_BYTES);
}

static void write_assertion_reference(cbor_writer *w, const assertion *a)
{
    char *url = text_format("self#jumbf=" C2PA_LABEL_ASSERTIONS "/%s", a->label);
    write_reference(w, url, a->digest);
    free(url);
}

/* Whose manifest lies in the same store. */
static void write_ingredient(cbor_writer *w, const making *m)
{
    const parent *p = m->facts->parent;
    char *manifest = text_format("self#jumbf=/" C2PA_STORE "/%s", p->label);
    char *signature = text_format("self#jumbf=/" C2PA_STORE "/%s/" C2PA_LABEL_SIGNATURE, p->label);
    cbor_write_map(w, 5);
    cbor_write_text_pair(w, "dc:format", "video/mp4");
    cbor_write_text_pair(w, "relationship", "parentOf");
    cbor_write_text(w, "activeManifest");
    write_reference(w, manifest, p->manifest);
    cbor_write_text(w, "claimSignature");
    write_reference(w, signature, p->signature);
    cbor_write_text(w, "validationResults");
    cbor_write_item(w, &p->results);
    free(manifest);
    free(signature);
}

/* The ingredient is the first of the assertions. */
static void write_opened(cbor_writer *w, const making *m)
{
    cbor_write_map(w, 3);
    cbor_write_text_pair(w, "action", "c2pa.opened");
    cbor_write_text(w, "parameters");
    cbor_write_map(w, 1);
    cbor_write_text(w, "ingredients");
    cbor_write_array(w, 1);
    write_assertion_reference(w, &m->made[0]);
    cbor_write_text(w, "softwareAgent");
    cbor_write_map(w, 2);
    write_program(w, m->facts);
}

static void write_done(cbor_writer *w, const manifest_facts *f)
{
    cbor_write_map(w, 5);
    cbor_write_text(w, "when");
    cbor_write_tag(w, DATE_TEXT);
    cbor_write_text(w, f->when);
    cbor_write_text_pair(w, "action", f->parent ? "c2pa.edited" : "c2pa.created");
    cbor_write_text_pair(w, "description", f->description);
    cbor_write_text(w, "softwareAgent");
    cbor_write_map(w, 2);
    write_program(w, f);
    cbor_write_text_pair(w, "digitalSourceType", C2PA_SOURCE_COMPOSITE);
}

static void write_actions(cbor_writer *w, const making *m)
{
    cbor_write_map(w, 2);
    cbor_write_text(w, "actions");
    cbor_write_array(w, m->facts->parent ? 2 : 1);
    if (m->facts->parent) write_opened(w, m);
    write_done(w, m->facts);
    cbor_write_text(w, "allActionsIncluded");
    cbor_write_bool(w, true);
}

static void write_exclusion(cbor_writer *w, const char *path)
{
    cbor_write_map(w, 1);
    cbor_write_text_pair(w, "xpath", path);
}

/* Of the boxes of type uuid only those of C2PA are left out. */
static void write_uuid_exclusion(cbor_writer *w)
{
    static const uint8_t uuid[] = C2PA_BOX_UUID;
    cbor_write_map(w, 2);
    cbor_write_text(w, "data");
    cbor_write_array(w, 1);
    cbor_write_map(w, 2);
    cbor_write_bytes_pair(w, "value", uuid, sizeof uuid);
    cbor_write_text(w, "offset");
    cbor_write_int(w, BOX_HEADER);
    cbor_write_text_pair(w, "xpath", "/uuid");
}

static void write_binding(cbor_writer *w, const making *m)
{
    cbor_write_map(w, 4);
    cbor_write_text_pair(w, "alg", "sha256");
    cbor_write_bytes_pair(w, "hash", m->digest, C2PA_HASH_BYTES);
    cbor_write_text_pair(w, "name", m->facts->program);
    cbor_write_text(w, "exclusions");
    cbor_write_array(w, 3);
    write_uuid_exclusion(w);
    write_exclusion(w, "/ftyp");
    write_exclusion(w, "/mfra");
}

typedef void (*assertion_writer)(cbor_writer *w, const making *m);

static vis_status make_assertion(making *m, const char *label, assertion_writer write,
                                 vis_error *err)
{
    buffer cbor;
    buffer_init(&cbor, MANIFEST_LIMIT);
    cbor_writer w = cbor_write_to(&cbor, err);
    write(&w, m);
    vis_status status = w.status == VIS_OK ? add_assertion(m, label, &cbor, err) : w.status;
    buffer_free(&cbor);
    return status;
}

static vis_status make_assertions(making *m, vis_error *err)
{
    if (m->facts->parent) VIS_TRY(make_assertion(m, C2PA_LABEL_INGREDIENT, write_ingredient, err));
    VIS_TRY(make_assertion(m, C2PA_LABEL_ACTIONS, write_actions, err));
    return make_assertion(m, C2PA_LABEL_HASH, write_binding, err);
}

/* ---- The claim ---- */

static void write_claim(cbor_writer *w, const making *m)
{
    const manifest_facts *f = m->facts;
    char *url = text_format("self#jumbf=/" C2PA_STORE "/%s/" C2PA_LABEL_SIGNATURE, f->label);
    cbor_write_map(w, 5);
    cbor_write_text_pair(w, "alg", "sha256");
    write_joined(w, "signature", url);
    cbor_write_text_pair(w, "instanceID", f->instance_id);
    cbor_write_text(w, "created_assertions");
    cbor_write_array(w, (size_t)m->assertions);
    for (int i = 0; i < m->assertions; i++)
        write_assertion_reference(w, &m->made[i]);
    cbor_write_text(w, "claim_generator_info");
    cbor_write_map(w, 3);
    write_program(w, f);
    cbor_write_text_pair(w, "specVersion", SPECIFICATION);
    free(url);
}

/* ---- The signature ---- */

static void write_chain(cbor_writer *w, const credential *c)
{
    int count = credential_certificates(c);
    if (count > 1) cbor_write_array(w, (size_t)count);
    for (int i = 0; i < count; i++) {
        size_t size;
        const void *der = credential_certificate(c, i, &size);
        cbor_write_bytes(w, der, size);
    }
}

static void write_protected(cbor_writer *w, const credential *c)
{
    cbor_write_map(w, 2);
    cbor_write_int(w, COSE_ALGORITHM);
    cbor_write_int(w, credential_algorithm(c));
    cbor_write_int(w, COSE_CHAIN);
    write_chain(w, c);
}

/* Over what is signed; `out` is scratch. */
static vis_status sign(const making *m, const buffer *head, buffer *out, uint8_t *signature,
                       vis_error *err)
{
    cbor_writer w = cbor_write_to(out, err);
    memset(signature, 0, credential_signature_size(m->credential));
    if (!m->sign) return VIS_OK;
    cbor_write_array(&w, 4);
    cbor_write_text(&w, "Signature1");
    cbor_write_bytes(&w, head->data, head->size);
    cbor_write_bytes(&w, NULL, 0);
    cbor_write_bytes(&w, m->claim.data, m->claim.size);
    VIS_TRY(w.status);
    return credential_sign(m->credential, out->data, out->size, signature, err);
}

/* The claim is not in it: the payload is detached. */
static vis_status write_cose(const making *m, const buffer *head, const uint8_t *signature,
                             buffer *out, vis_error *err)
{
    cbor_writer w = cbor_write_to(out, err);
    cbor_write_tag(&w, COSE_SIGN1);
    cbor_write_array(&w, 4);
    cbor_write_bytes(&w, head->data, head->size);
    cbor_write_map(&w, 0);
    cbor_write_null(&w);
    cbor_write_bytes(&w, signature, credential_signature_size(m->credential));
    return w.status;
}

static vis_status make_signature(const making *m, buffer *out, vis_error *err)
{
    uint8_t signature[CREDENTIAL_MAX_SIGNATURE];
    buffer head, signed_bytes;
    buffer_init(&head, MANIFEST_LIMIT);
    buffer_init(&signed_bytes, MANIFEST_LIMIT);
    cbor_writer w = cbor_write_to(&head, err);
    write_protected(&w, m->credential);
    vis_status status = w.status;
    if (status == VIS_OK) status = sign(m, &head, &signed_bytes, signature, err);
    if (status == VIS_OK) status = write_cose(m, &head, signature, out, err);
    buffer_free(&head);
    buffer_free(&signed_bytes);
    return status;
}

/* ---- All of it ---- */

static vis_status write_signature(const making *m, buffer *out, vis_error *err)
{
    buffer cose;
    buffer_init(&cose, MANIFEST_LIMIT);
    vis_status status = make_signature(m, &cose, err);
    if (status == VIS_OK)
        status = jumbf_write_cbor(out, C2PA_SIGNATURE, C2PA_LABEL_SIGNATURE, &cose, err);
    buffer_free(&cose);
    return status;
}

static vis_status write_manifest(const making *m, buffer *out, vis_error *err)
{
    size_t manifest, assertions;
    VIS_TRY(jumbf_begin(out, C2PA_MANIFEST, m->facts->label, &manifest, err));
    VIS_TRY(jumbf_begin(out, C2PA_ASSERTIONS, C2PA_LABEL_ASSERTIONS, &assertions, err));
    VIS_TRY(buffer_append(out, m->boxes.data, m->boxes.size, err));
    mp4_end(out, assertions);
    VIS_TRY(jumbf_write_cbor(out, C2PA_CLAIM, C2PA_LABEL_CLAIM, &m->claim, err));
    VIS_TRY(write_signature(m, out, err));
    mp4_end(out, manifest);
    return VIS_OK;
}

/* The outer box: a uuid, version and flags, the purpose, where a `merkle` box is (nowhere), the
 * store. */
static vis_status write_box(const making *m, buffer *out, vis_error *err)
{
    static const uint8_t uuid[] = C2PA_BOX_UUID;
    size_t box, store;
    VIS_TRY(mp4_begin(out, "uuid", &box, err));
    VIS_TRY(buffer_append(out, uuid, sizeof uuid, err));
    VIS_TRY(mp4_append32(out, 0, err));
    VIS_TRY(buffer_append(out, C2PA_PURPOSE, sizeof C2PA_PURPOSE, err));
    VIS_TRY(mp4_append64(out, 0, err));
    VIS_TRY(jumbf_begin(out, C2PA_STORE, C2PA_STORE, &store, err));
    const parent *p = m->facts->parent;
    if (p) VIS_TRY(buffer_append(out, p->manifests.data, p->manifests.size, err));
    VIS_TRY(write_manifest(m, out, err));
    mp4_end(out, store);
    mp4_end(out, box);
    return VIS_OK;
}

static vis_status make_claim(making *m, vis_error *err)
{
    cbor_writer w = cbor_write_to(&m->claim, err);
    VIS_TRY(make_assertions(m, err));
    write_claim(&w, m);
    return w.status;
}

vis_status manifest_write(const manifest_facts *facts, const uint8_t digest[C2PA_HASH_BYTES],
                          credential *c, bool sign, buffer *out, vis_error *err)
{
    making m = {.facts = facts, .digest = digest, .credential = c, .sign = sign};
    buffer_init(&m.boxes, MANIFEST_LIMIT);
    buffer_init(&m.claim, MANIFEST_LIMIT);
    vis_status status = make_claim(&m, err);
    if (status == VIS_OK) status = write_box(&m, out, err);
    buffer_free(&m.boxes);
    buffer_free(&m.claim);
    return status;
}
