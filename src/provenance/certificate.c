/* provenance/certificate.c - the certificates of who signed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/certificate.h"

#include "base/memory.h"
#include "provenance/room.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static vis_status add_certificate(const cbor_item *item, certificate_chain *chain, bool *added,
                                  vis_error *err)
{
    byte_span der;
    gnutls_x509_crt_t crt;
    *added = false;
    if (!cbor_read_bytes(item, &der) || der.size > CERTIFICATE_MAX_SIZE) return VIS_OK;
    VIS_TRY(gnutls_room(err));
    if (gnutls_x509_crt_init(&crt) < 0) return vis_fail_memory(err, "a certificate");
    const gnutls_datum_t bytes = {(uint8_t *)der.data, (unsigned)der.size};
    int rc = gnutls_x509_crt_import(crt, &bytes, GNUTLS_X509_FMT_DER);
    if (rc >= 0) {
        chain->crt[chain->count++] = crt;
        *added = true;
        return VIS_OK;
    }
    gnutls_x509_crt_deinit(crt);
    return rc == GNUTLS_E_MEMORY_ERROR ? vis_fail_memory(err, "a certificate") : VIS_OK;
}

vis_status certificate_chain_read(const cbor_item *chain, certificate_chain *out, bool *readable,
                                  vis_error *err)
{
    cbor_item item;
    bool added = true;
    *out = (certificate_chain){0};
    *readable = false;
    if (chain->kind == CBOR_BYTES) VIS_TRY(add_certificate(chain, out, &added, err));
    cbor_walk walk = cbor_walk_begin(chain);
    while (added && out->count < CERTIFICATE_CHAIN_MAX && cbor_walk_next(&walk, &item))
        VIS_TRY(add_certificate(&item, out, &added, err));
    *readable = out->count > 0;
    return VIS_OK;
}

void certificate_chain_free(certificate_chain *chain)
{
    for (int i = 0; i < chain->count; i++)
        gnutls_x509_crt_deinit(chain->crt[i]);
    *chain = (certificate_chain){0};
}

bool certificate_valid_now(gnutls_x509_crt_t crt)
{
    time_t now = time(NULL), from = gnutls_x509_crt_get_activation_time(crt),
           to = gnutls_x509_crt_get_expiration_time(crt);
    return from != (time_t)-1 && to != (time_t)-1 && from <= now && now <= to;
}

vis_status certificate_key(gnutls_x509_crt_t crt, gnutls_pubkey_t *out, vis_error *err)
{
    *out = NULL;
    gnutls_pubkey_t key;
    VIS_TRY(gnutls_room(err));
    if (gnutls_pubkey_init(&key) < 0) return vis_fail_memory(err, "a public key");
    int rc = gnutls_pubkey_import_x509(key, crt, 0);
    if (rc >= 0) {
        *out = key;
        return VIS_OK;
    }
    gnutls_pubkey_deinit(key);
    return rc == GNUTLS_E_MEMORY_ERROR ? vis_fail_memory(err, "a public key") : VIS_OK;
}

typedef int (*name_reader)(gnutls_x509_crt_t crt, const char *oid, unsigned index, unsigned raw,
                           void *out, size_t *size);

static void read_name(name_reader read, gnutls_x509_crt_t crt, const char *oid,
                      char out[CERTIFICATE_NAME / 2 - 4])
{
    size_t size = CERTIFICATE_NAME / 2 - 4;
    if (read(crt, oid, 0, 0, out, &size) < 0) out[0] = 0;
}

static void full_name(name_reader read, gnutls_x509_crt_t crt, char out[CERTIFICATE_NAME])
{
    char name[CERTIFICATE_NAME / 2 - 4], of[CERTIFICATE_NAME / 2 - 4];
    read_name(read, crt, GNUTLS_OID_X520_COMMON_NAME, name);
    read_name(read, crt, GNUTLS_OID_X520_ORGANIZATION_NAME, of);
    if (name[0] && of[0])
        snprintf(out, CERTIFICATE_NAME, "%s (%s)", name, of);
    else
        snprintf(out, CERTIFICATE_NAME, "%s", name[0] ? name : of);
    text_make_printable(out);
}

void certificate_subject(gnutls_x509_crt_t crt, char out[CERTIFICATE_NAME])
{
    full_name(gnutls_x509_crt_get_dn_by_oid, crt, out);
}

void certificate_issuer(gnutls_x509_crt_t crt, char out[CERTIFICATE_NAME])
{
    full_name(gnutls_x509_crt_get_issuer_dn_by_oid, crt, out);
}
