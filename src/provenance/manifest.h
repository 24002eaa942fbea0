/* provenance/manifest.h - the box in an MP4 file that says how the video was made, signed.
 *
 * After the C2PA specification 2.2: a store with one manifest, in it assertions (what was done;
 * the digest of the file), the claim that names them by their digests, and a COSE signature
 * (RFC 9052) over the claim. Everything in it has a size that is known before the file is, so that
 * a box of that size can be reserved.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_MANIFEST_H
#define PROVENANCE_MANIFEST_H

#include "base/buffer.h"
#include "provenance/c2pa.h"
#include "provenance/credential.h"
#include "provenance/parent.h"

#define MANIFEST_LIMIT (40u << 20) /* bytes of a box, a parent's store among them */

/* The caller's texts. The box's size depends on their lengths alone. */
typedef struct manifest_facts {
    const char *label;       /* "urn:c2pa:" and a UUID of version 4 */
    const char *instance_id; /* of the file, as in its XMP packet */
    const char *when;        /* "2026-11-29T21:42:00Z" */
    const char *program, *version;
    const char *description; /* of what was done */
    const parent *parent;    /* NULL: made; else opened, and edited */
} manifest_facts;

/* Appends the whole `uuid` box of a file with this digest. `sign` false: with zeros for a
 * signature, to learn the size. VIS_ERR_LIMIT, VIS_ERR_MEMORY; as credential_sign. */
vis_status manifest_write(const manifest_facts *facts, const uint8_t digest[C2PA_HASH_BYTES],
                          credential *c, bool sign, buffer *out, vis_error *err);

#endif
