/* provenance/certificate.h - the certificates of who signed: read, held to C2PA's profile, and
 * followed to those that the user trusts.
 *
 * No certificate is trusted by itself, nothing is asked over a network (so that what was revoked is
 * not known), and time is this machine's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_CERTIFICATE_H
#define PROVENANCE_CERTIFICATE_H

#include "base/status.h"
#include "provenance/cbor_read.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#define CERTIFICATE_CHAIN_MAX 10
#define CERTIFICATE_MAX_SIZE (64u << 10) /* bytes in DER */
#define CERTIFICATE_NAME 192

typedef struct certificate_chain {
    int count;
    gnutls_x509_crt_t crt[CERTIFICATE_CHAIN_MAX]; /* the end entity first */
} certificate_chain;

/* Reads a byte string or an array of them. *readable: false where the end entity is none; others
 * that are none end the chain. To be freed in any case. VIS_ERR_MEMORY. */
vis_status certificate_chain_read(const cbor_item *chain, certificate_chain *out, bool *readable,
                                  vis_error *err);
void certificate_chain_free(certificate_chain *chain);

/* *why: what keeps the certificate from signing claims; NULL: nothing. *purpose: its extended key
 * usage, at least, is right. VIS_ERR_MEMORY. */
vis_status certificate_profile(gnutls_x509_crt_t crt, const char **why, bool *purpose,
                               vis_error *err);

/* Is now within its validity? */
bool certificate_valid_now(gnutls_x509_crt_t crt);

/* Its key; the caller's, released with gnutls_pubkey_deinit; NULL where it is none that is known.
 * VIS_ERR_MEMORY. */
vis_status certificate_key(gnutls_x509_crt_t crt, gnutls_pubkey_t *out, vis_error *err);

/* Who it says it is of, "name (organisation)", or who issued it; "" where it says nothing. */
void certificate_subject(gnutls_x509_crt_t crt, char out[CERTIFICATE_NAME]);
void certificate_issuer(gnutls_x509_crt_t crt, char out[CERTIFICATE_NAME]);

/* Certificates that the user trusts, from a file in PEM; NULL as a path: none. VIS_ERR_OPEN,
 * VIS_ERR_FORMAT, VIS_ERR_LIMIT, VIS_ERR_MEMORY. Closed with trust_anchors_close; NULL is fine. */
typedef struct trust_anchors trust_anchors;
vis_status trust_anchors_open(const char *path, trust_anchors **out, vis_error *err);
void trust_anchors_close(trust_anchors *anchors);

/* *trusted: the chain leads to one of them, and each of its certificates is valid now. */
vis_status trust_anchors_check(const trust_anchors *anchors, const certificate_chain *chain,
                               bool *trusted, vis_error *err);

#endif
