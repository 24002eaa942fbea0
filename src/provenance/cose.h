/* provenance/cose.h - a signature in COSE (RFC 9052, COSE_Sign1) as claims have it: detached, with
 * its certificates beside it (RFC 9360, x5chain).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_COSE_H
#define PROVENANCE_COSE_H

#include "base/status.h"
#include "provenance/cbor_read.h"

#include <gnutls/abstract.h>

typedef struct cose_signature {
    int64_t algorithm;       /* COSE's number, -7: ES256; 0: none is given */
    byte_span protected_map; /* as it is signed */
    byte_span signature;
    cbor_item chain; /* a certificate, or an array of them, end entity first */
    bool time_stamp; /* there is one; what it says is not read */
} cose_signature;

/* False: no COSE_Sign1 with a protected header and a detached payload. */
bool cose_read(byte_span content, cose_signature *out);

/* "ES256"; NULL: not one that C2PA allows. */
const char *cose_algorithm_name(int64_t algorithm);

/* *genuine: the key made this signature over the payload. VIS_ERR_MEMORY. */
vis_status cose_verify(const cose_signature *s, gnutls_pubkey_t key, byte_span payload,
                       bool *genuine, vis_error *err);

#endif
