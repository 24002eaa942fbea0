/* provenance/credential_make.c - a key and a certificate of the profile, made here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/c2pa.h"
#include "provenance/credential_internal.h"
#include "provenance/signer_profile.h"

#include <gnutls/crypto.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define NOBODY "nobody vouches: a key made for one video"
#define CLOCKS_APART (24 * 60 * 60)       /* seconds by which a reader's clock may be behind */
#define END_OF_TIME INT64_C(253402300799) /* 9999-12-31T23:59:59Z, "no end" in X.509 */
#define SERIAL_BYTES 16
#define KEY_ID_BYTES 20
#define SIGNATURE_BYTES 71
#define SIGNING_TRIES 100 /* every other one fits */

static int set_serial(gnutls_x509_crt_t c)
{
    uint8_t serial[SERIAL_BYTES];
    int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] = (serial[0] & 0x7F) | 0x40; /* positive, and of one length */
    return rc == 0 ? gnutls_x509_crt_set_serial(c, serial, sizeof serial) : rc;
}

static int set_names(gnutls_x509_crt_t c, const char *common_name)
{
    int rc = gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                           (unsigned)strlen(common_name));
    if (rc != 0) return rc;
    return gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, NOBODY,
                                         sizeof NOBODY - 1);
}

static int set_times(gnutls_x509_crt_t c)
{
    int rc = gnutls_x509_crt_set_activation_time(c, time(NULL) - CLOCKS_APART);
    if (rc != 0) return rc;
    time_t end = sizeof end >= 8 ? (time_t)END_OF_TIME : GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION;
    return gnutls_x509_crt_set_expiration_time(c, end);
}

static int set_uses(gnutls_x509_crt_t c)
{
    int rc = gnutls_x509_crt_set_basic_constraints(c, 0, -1);
    if (rc == 0) rc = gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (rc == 0) rc = gnutls_x509_crt_set_key_purpose_oid(c, C2PA_EKU_EMAIL, 0);
    if (rc == 0) rc = gnutls_x509_crt_set_key_purpose_oid(c, C2PA_EKU_CLAIM_SIGNING, 0);
    return rc;
}

/* Its own is the authority's. */
static int set_key_ids(gnutls_x509_crt_t c)
{
    uint8_t id[KEY_ID_BYTES];
    size_t size = sizeof id;
    int rc = gnutls_x509_crt_get_key_id(c, GNUTLS_KEYID_USE_SHA1, id, &size);
    if (rc == 0) rc = gnutls_x509_crt_set_subject_key_id(c, id, size);
    if (rc == 0) rc = gnutls_x509_crt_set_authority_key_id(c, id, size);
    return rc;
}

/* In DER a signature takes 70 to 72 bytes, mostly 71: one with the others, so that the certificates
 * of all videos, and with them the places of all that comes behind, are of one size. */
static int sign(gnutls_x509_crt_t c, gnutls_x509_privkey_t key)
{
    for (int i = 0; i < SIGNING_TRIES; i++) {
        uint8_t signature[CREDENTIAL_MAX_SIGNATURE];
        size_t size = sizeof signature;
        int rc = gnutls_x509_crt_sign2(c, c, key, GNUTLS_DIG_SHA256, 0);
        if (rc == 0) rc = gnutls_x509_crt_get_signature(c, (char *)signature, &size);
        if (rc != 0 || size == SIGNATURE_BYTES) return rc;
    }
    return 0;
}

static int fill(gnutls_x509_crt_t c, gnutls_x509_privkey_t key, const char *common_name)
{
    int rc = gnutls_x509_crt_set_version(c, 3);
    if (rc == 0) rc = set_serial(c);
    if (rc == 0) rc = set_times(c);
    if (rc == 0) rc = set_names(c, common_name);
    if (rc == 0) rc = gnutls_x509_crt_set_key(c, key);
    if (rc == 0) rc = set_uses(c);
    if (rc == 0) rc = set_key_ids(c);
    return rc == 0 ? sign(c, key) : rc;
}

/* A value that finds no memory is left out of a certificate by libtasn1, which does not say so. */
static bool is_whole(gnutls_x509_crt_t c)
{
    uint8_t id[KEY_ID_BYTES], serial[SERIAL_BYTES];
    size_t id_size = sizeof id, serial_size = sizeof serial;
    unsigned wrong = 1;
    return signer_profile_check(&c, 1, "", NULL) == VIS_OK &&
           gnutls_x509_crt_get_subject_key_id(c, id, &id_size, NULL) == 0 &&
           gnutls_x509_crt_get_serial(c, serial, &serial_size) == 0 &&
           serial_size == SERIAL_BYTES && gnutls_x509_crt_get_expiration_time(c) > time(NULL) &&
           gnutls_x509_crt_verify(c, &c, 1, GNUTLS_VERIFY_DISABLE_CA_SIGN, &wrong) == 0 &&
           wrong == 0;
}

static vis_status read_back(const credential *made, vis_error *err)
{
    gnutls_x509_crt_t c;
    int rc = gnutls_x509_crt_init(&c);
    if (rc != 0) return vis_fail_memory(err, "a certificate");
    rc = gnutls_x509_crt_import(c, &made->chain[0], GNUTLS_X509_FMT_DER);
    bool whole = rc == 0 && is_whole(c);
    gnutls_x509_crt_deinit(c);
    return whole ? VIS_OK : vis_fail_memory(err, "a certificate");
}

static vis_status add_certificate(credential *c, gnutls_x509_privkey_t key, const char *common_name,
                                  vis_error *err)
{
    gnutls_x509_crt_t certificate;
    int rc = gnutls_x509_crt_init(&certificate);
    if (rc != 0) return credential_fail(rc, VIS_ERR_INTERNAL, common_name, "a certificate", err);
    rc = fill(certificate, key, common_name);
    vis_status status =
        rc == 0 ? credential_add(c, certificate, err)
                : credential_fail(rc, VIS_ERR_INTERNAL, common_name, "a certificate", err);
    gnutls_x509_crt_deinit(certificate);
    return status == VIS_OK ? read_back(c, err) : status;
}

static vis_status make_all(credential *c, const char *common_name, vis_error *err)
{
    gnutls_x509_privkey_t key;
    int rc = gnutls_x509_privkey_init(&key);
    if (rc != 0) return credential_fail(rc, VIS_ERR_INTERNAL, common_name, "a key", err);
    rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    vis_status status = rc == 0 ? add_certificate(c, key, common_name, err)
                                : credential_fail(rc, VIS_ERR_INTERNAL, common_name, "a key", err);
    if (status == VIS_OK) return credential_take_key(c, key, common_name, err);
    gnutls_x509_privkey_deinit(key);
    return status;
}

vis_status credential_make(const char *common_name, credential **out, vis_error *err)
{
    *out = NULL;
    credential *c = credential_has_room() ? credential_new() : NULL;
    if (!c) return vis_fail_memory(err, "a key");
    c->made = true;
    vis_status status = make_all(c, common_name, err);
    if (status == VIS_OK)
        *out = c;
    else
        credential_free(c);
    return status;
}
