/* provenance/claim.h - a manifest taken apart, and the assertions that its claim names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_CLAIM_H
#define PROVENANCE_CLAIM_H

#include "provenance/jumbf_read.h"
#include "provenance/manifest_marks.h"

typedef struct claim {
    jumbf_box manifest, assertions;
    byte_span bytes;     /* of the claim, as they are signed */
    byte_span signature; /* the content of the signature's box */
    cbor_item map;
    byte_span algorithm; /* for hashes that name none */
    int version;
} claim;

#define CLAIM_MAX_SIZE (1u << 20) /* bytes; of a larger one nothing is checked */

/* An assertion that the claim names. */
typedef struct claimed {
    char label[MARK_TEXT]; /* without the number that tells those of one name apart */
    byte_span name;        /* with it */
    jumbf_box box;
} claimed;

/* Finds and reads the claim, and notes what is wrong. False: nothing can be checked. */
bool claim_open(const jumbf_box *manifest, claim *out, manifest_marks *marks);

/* Checks each hash that the claim gives of assertions, and that there are no others. */
void claim_check_assertions(const claim *c, manifest_marks *marks);

/* Walks the assertions that the claim names and that are there, created ones first. */
typedef struct claim_walk {
    const claim *claim;
    int list, count;
    cbor_walk in;
} claim_walk;
claim_walk claim_walk_begin(const claim *c);
bool claim_walk_next(claim_walk *walk, claimed *out);

/* What the assertion holds; of kind CBOR_NONE where it is not CBOR. */
cbor_item claimed_content(const claimed *assertion);

/* A reference {url, hash, alg}: the hash of what it leads to is right; *known: the algorithm is. */
bool claim_hash_matches(const claim *c, const cbor_item *reference, byte_span content, bool *known);

/* The label of the manifest that a URL leads to, "self#jumbf=/c2pa/LABEL..."; empty: to none. */
byte_span claim_url_manifest(byte_span url);

#endif
