/* provenance/credential.h - a key and the certificates that say whose it is, for signing claims.
 *
 * Certificates have the profile that C2PA asks of who signs (C2PA specification 2.2, section 14):
 * X.509 version 3, no authority, key usage digitalSignature (critical), an extended key usage for
 * it, an authority key identifier, no critical extension that nobody knows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_CREDENTIAL_H
#define PROVENANCE_CREDENTIAL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CREDENTIAL_MAX_CHAIN 8
#define CREDENTIAL_MAX_SIGNATURE 1024 /* bytes: RSA of 8192 bits */
#define CREDENTIAL_NAME_MAX 160

/* Any number of threads may sign with it. */
typedef struct credential credential;

/* A P-256 key made now and a certificate for it, signed by itself, valid to the end of time since
 * there will be no time stamp. The key is nowhere but in here. `common_name`: at most 64 bytes.
 * VIS_ERR_MEMORY, VIS_ERR_INTERNAL (no randomness). */
vis_status credential_make(const char *common_name, credential **out, vis_error *err);

/* From PEM files: a key that is not encrypted, and its chain, whose end entity comes first; a root
 * at its end is left out. Keys that C2PA knows: P-256, P-384, P-521, RSA of 2048 bits and more,
 * Ed25519. VIS_ERR_OPEN; VIS_ERR_FORMAT; VIS_ERR_MISMATCH (key and certificates do not belong
 * together); VIS_ERR_UNSUPPORTED (not of the profile, or not valid today); VIS_ERR_LIMIT,
 * VIS_ERR_MEMORY. */
vis_status credential_load(const char *key, const char *certificate, credential **out,
                           vis_error *err);

void credential_free(credential *c); /* NULL is fine; the key is overwritten */

/* COSE's number of the signature algorithm (RFC 9053), and how long a signature is. */
int credential_algorithm(const credential *c);
size_t credential_signature_size(const credential *c);

/* The chain's certificates in DER, which are the credential's. */
int credential_certificates(const credential *c);
const void *credential_certificate(const credential *c, int index, size_t *size);

/* Whose it is, for people: the names in the certificate; "" without. From a file or made? The last
 * day of a loaded one, "2027-01-31". */
const char *credential_name(const credential *c);
bool credential_is_made(const credential *c);
const char *credential_until(const credential *c);

/* Writes credential_signature_size bytes, as COSE has them: r and s one behind the other, not DER. */
vis_status credential_sign(credential *c, const void *bytes, size_t size, uint8_t *signature,
                           vis_error *err);

#endif
