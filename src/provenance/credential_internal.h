/* provenance/credential_internal.h - what makes and loads credentials.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_CREDENTIAL_INTERNAL_H
#define PROVENANCE_CREDENTIAL_INTERNAL_H

#include "provenance/credential.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <pthread.h>

struct credential {
    gnutls_privkey_t key;
    gnutls_datum_t chain[CREDENTIAL_MAX_CHAIN]; /* DER */
    int certificates;
    int cose;
    gnutls_sign_algorithm_t algorithm;
    size_t number_size; /* of r and of s; 0: the signature is one piece */
    size_t signature_size;
    bool made;
    char name[CREDENTIAL_NAME_MAX], until[16];
    pthread_mutex_t lock; /* of the key: GnuTLS does not promise it to threads */
};

credential *credential_new(void); /* NULL when out of memory */

/* Is there room for what GnuTLS is about to do with certificates? Where memory runs out in the
 * middle of it, libtasn1 crashes, or leaves values out; so that is made sure of before. */
bool credential_has_room(void);

/* Takes over the key, also where it fails, and decides how it signs. VIS_ERR_UNSUPPORTED: C2PA
 * knows no such key; `name` for messages. */
vis_status credential_take_key(credential *c, gnutls_x509_privkey_t key, const char *name,
                               vis_error *err);

/* Appends a certificate to the chain; of the first, its names and its last day. */
vis_status credential_add(credential *c, gnutls_x509_crt_t certificate, vis_error *err);

/* The line for a call of GnuTLS that failed; VIS_ERR_MEMORY where it says so, else `otherwise`. */
vis_status credential_fail(int rc, vis_status otherwise, const char *name, const char *what,
                           vis_error *err);

#endif
