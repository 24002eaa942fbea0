/* provenance/manifest_check.c - one manifest checked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/manifest_check.h"

#include "provenance/actions.h"
#include "provenance/bmff_hash.h"
#include "provenance/c2pa.h"
#include "provenance/c2pa_codes.h"
#include "provenance/cose.h"
#include "provenance/ingredients.h"

#include <string.h>

/* The signature of a claim: what is noted about it, and with which certificates. */
typedef struct signing {
    const claim *claim;
    const trust_anchors *anchors;
    manifest_marks *marks;
    cose_signature cose;
    certificate_chain chain;
    bool valid_now;
} signing;

static void note(const signing *s, code_kind kind, const char *code, const char *why)
{
    marks_add(s->marks, kind, code, span_of(C2PA_LABEL_SIGNATURE), why);
}

/* Is the certificate valid now? When it was signed only a time stamp could tell. */
static void note_validity(const signing *s)
{
    if (s->valid_now) return;
    if (s->cose.time_stamp)
        note(s, CODE_NOT_CHECKED, C2PA_CREDENTIAL_EXPIRED,
             "its certificate is not valid today; whether it was when it was signed, its time "
             "stamp would tell, which is not read here");
    else
        note(s, CODE_FAILURE, C2PA_CREDENTIAL_EXPIRED,
             "its certificate is not valid today, and no time stamp says that it was when it was "
             "signed");
}

/* Who signed, and whether anybody whom the user trusts vouches for that: who issued the certificate, and
 * only for what he issued it for. */
static vis_status check_certificate(signing *s, vis_error *err)
{
    const char *why;
    bool purpose, trusted;
    gnutls_x509_crt_t crt = s->chain.crt[0];
    certificate_subject(crt, s->marks->signer);
    certificate_issuer(crt, s->marks->issuer);
    VIS_TRY(certificate_profile(crt, &why, &purpose, err));
    if (why) note(s, CODE_FAILURE, C2PA_CREDENTIAL_INVALID, why);
    s->valid_now = certificate_valid_now(crt);
    note_validity(s);
    VIS_TRY(trust_anchors_check(s->anchors, &s->chain, &trusted, err));
    s->marks->trusted = trusted && purpose;
    if (s->marks->trusted)
        note(s, CODE_SUCCESS, C2PA_CREDENTIAL_TRUSTED, NULL);
    else
        note(s, CODE_FAILURE, C2PA_CREDENTIAL_UNTRUSTED,
             "nobody that you named as trustworthy vouches for who signed");
    return VIS_OK;
}

static vis_status check_signature(const signing *s, vis_error *err)
{
    gnutls_pubkey_t key;
    bool genuine = false;
    vis_status status = certificate_key(s->chain.crt[0], &key, err);
    if (status == VIS_OK && key)
        status = cose_verify(&s->cose, key, s->claim->bytes, &genuine, err);
    if (key) gnutls_pubkey_deinit(key);
    if (status != VIS_OK) return status;
    if (!genuine) {
        note(s, CODE_FAILURE, C2PA_SIGNATURE_MISMATCH,
             "the signature does not fit what it should have signed");
        return VIS_OK;
    }
    if (s->valid_now) note(s, CODE_SUCCESS, C2PA_SIGNATURE_INSIDE_VALIDITY, NULL);
    note(s, CODE_SUCCESS, C2PA_SIGNATURE_VALIDATED, NULL);
    return VIS_OK;
}

static vis_status check_chain(signing *s, vis_error *err)
{
    bool readable;
    VIS_TRY(certificate_chain_read(&s->cose.chain, &s->chain, &readable, err));
    if (!readable) {
        note(s, CODE_FAILURE, C2PA_CREDENTIAL_INVALID, "it holds no certificate that can be read");
        return VIS_OK;
    }
    VIS_TRY(check_certificate(s, err));
    return check_signature(s, err);
}

static vis_status check_signing(const claim *c, const trust_anchors *anchors, manifest_marks *out,
                                vis_error *err)
{
    signing s = {.claim = c, .anchors = anchors, .marks = out};
    if (!cose_read(c->signature, &s.cose)) {
        note(&s, CODE_FAILURE, C2PA_SIGNATURE_MISMATCH, "it is no signature that can be read");
        return VIS_OK;
    }
    out->algorithm = cose_algorithm_name(s.cose.algorithm);
    out->time_stamp = s.cose.time_stamp;
    if (!out->algorithm)
        note(&s, CODE_FAILURE, C2PA_ALGORITHM_UNSUPPORTED,
             "it is signed with an algorithm that C2PA does not allow");
    vis_status status = check_chain(&s, err);
    certificate_chain_free(&s.chain);
    return status;
}

#define BINDING "c2pa.hash."

static bool is_bmff_hash(const char *label)
{
    return strcmp(label, "c2pa.hash.bmff.v2") == 0 || strcmp(label, C2PA_LABEL_HASH) == 0;
}

static void note_answer(const bmff_answer *a, byte_span where, manifest_marks *out)
{
    if (a->additional)
        marks_add(out, CODE_INFORMATION, C2PA_HASH_ADDITIONAL, where,
                  "some boxes of the file are not protected beside those that never are");
    switch (a->verdict) {
    case BMFF_MATCH:
        marks_add(out, CODE_SUCCESS, C2PA_HASH_MATCH, where, NULL);
        break;
    case BMFF_MISMATCH:
        marks_add(
            out, CODE_FAILURE, C2PA_HASH_MISMATCH, where,
            "the file was changed after it was signed, or the mark was made for another file");
        break;
    case BMFF_HASH_MALFORMED:
        marks_add(out, CODE_FAILURE, C2PA_HASH_MALFORMED, where, a->why);
        break;
    case BMFF_HASH_UNSUPPORTED:
        marks_add(out, CODE_NOT_CHECKED, C2PA_HASH_MATCH, where, a->why);
        break;
    }
}

static vis_status check_binding(const claim *c, const claimed *binding, const marked_file *file,
                                manifest_marks *out, vis_error *err)
{
    if (!is_bmff_hash(binding->label)) {
        marks_add(out, CODE_NOT_CHECKED, C2PA_GENERAL_ERROR, binding->name,
                  "it is tied to its file in a way that is not checked here");
        return VIS_OK;
    }
    bmff_answer answer;
    const cbor_item content = claimed_content(binding);
    VIS_TRY(
        bmff_hash_check(file->fd, file->size, &content, c->algorithm, file->name, &answer, err));
    note_answer(&answer, binding->name, out);
    return VIS_OK;
}

/* A claim has one assertion that ties it to the bytes of its file. */
static vis_status check_bindings(const claim *c, const marked_file *file, manifest_marks *out,
                                 vis_error *err)
{
    claimed one;
    int count = 0;
    claim_walk walk = claim_walk_begin(c);
    while (claim_walk_next(&walk, &one)) {
        if (strncmp(one.label, BINDING, strlen(BINDING)) != 0) continue;
        if (count++ == 0) VIS_TRY(check_binding(c, &one, file, out, err));
    }
    if (count == 0)
        marks_add(out, CODE_FAILURE, C2PA_HARD_BINDINGS_MISSING, c->manifest.label,
                  "it is not tied to any file");
    if (count > 1)
        marks_add(out, CODE_FAILURE, C2PA_ASSERTION_MULTIPLE_BINDINGS, c->manifest.label,
                  "it is tied to more than one file");
    return VIS_OK;
}

vis_status manifest_check(const jumbf_box *manifest, const marked_file *file,
                          const trust_anchors *anchors, claim *c, manifest_marks *out,
                          vis_error *err)
{
    memset(out, 0, sizeof *out);
    memset(c, 0, sizeof *c);
    if (strcmp(manifest->type, C2PA_MANIFEST) != 0) {
        marks_text(manifest->label, out->label);
        marks_add(out, CODE_NOT_CHECKED, C2PA_GENERAL_ERROR, manifest->label,
                  "it is a manifest of a kind that is not read here (update or compressed)");
        return VIS_OK;
    }
    if (!claim_open(manifest, c, out)) return VIS_OK;
    VIS_TRY(check_signing(c, anchors, out, err));
    claim_check_assertions(c, out);
    actions_check(c, out);
    ingredients_read(c, out);
    return file ? check_bindings(c, file, out, err) : VIS_OK;
}
