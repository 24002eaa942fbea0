/* provenance/credential.c - how keys sign.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/credential_internal.h"

#include "base/memory.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RSA_MIN_BITS 2048
#define ROOM (1u << 20) /* bytes; more than a certificate takes */

credential *credential_new(void)
{
    credential *c = calloc(1, sizeof *c);
    if (c) pthread_mutex_init(&c->lock, NULL);
    return c;
}

bool credential_has_room(void)
{
    void *room = aligned_malloc(ROOM, 1);
    aligned_free(room);
    return room != NULL;
}

void credential_free(credential *c)
{
    if (!c) return;
    if (c->key) gnutls_privkey_deinit(c->key);
    for (int i = 0; i < c->certificates; i++)
        gnutls_free(c->chain[i].data);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

vis_status credential_fail(int rc, vis_status otherwise, const char *name, const char *what,
                           vis_error *err)
{
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, what);
    return vis_fail(err, otherwise, "%s: %s: %s", name, what, gnutls_strerror(rc));
}

/* ---- The key ---- */

typedef struct curve_signing {
    gnutls_ecc_curve_t curve;
    int cose;
    gnutls_sign_algorithm_t algorithm;
    size_t number_size;
} curve_signing;

static const curve_signing curves[] = {
    {GNUTLS_ECC_CURVE_SECP256R1, -7, GNUTLS_SIGN_ECDSA_SHA256, 32},
    {GNUTLS_ECC_CURVE_SECP384R1, -35, GNUTLS_SIGN_ECDSA_SHA384, 48},
    {GNUTLS_ECC_CURVE_SECP521R1, -36, GNUTLS_SIGN_ECDSA_SHA512, 66},
};

static bool choose_curve(credential *c)
{
    gnutls_ecc_curve_t curve;
    if (gnutls_privkey_export_ecc_raw(c->key, &curve, NULL, NULL, NULL) != 0) return false;
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        const curve_signing *s = &curves[i];
        if (s->curve != curve) continue;
        c->cose = s->cose;
        c->algorithm = s->algorithm;
        c->number_size = s->number_size;
        c->signature_size = 2 * s->number_size;
        return true;
    }
    return false;
}

static bool choose_whole(credential *c, int cose, gnutls_sign_algorithm_t algorithm, size_t size)
{
    c->cose = cose;
    c->algorithm = algorithm;
    c->signature_size = size;
    return true;
}

static bool choose_algorithm(credential *c)
{
    unsigned bits = 0;
    switch (gnutls_privkey_get_pk_algorithm(c->key, &bits)) {
    case GNUTLS_PK_ECDSA:
        return choose_curve(c);
    case GNUTLS_PK_RSA:
        return bits >= RSA_MIN_BITS && bits <= CREDENTIAL_MAX_SIGNATURE * 8 &&
               choose_whole(c, -37, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, (bits + 7) / 8);
    case GNUTLS_PK_EDDSA_ED25519:
        return choose_whole(c, -8, GNUTLS_SIGN_EDDSA_ED25519, 64);
    default:
        return false;
    }
}

vis_status credential_take_key(credential *c, gnutls_x509_privkey_t key, const char *name,
                               vis_error *err)
{
    int rc = gnutls_privkey_init(&c->key);
    if (rc == 0) rc = gnutls_privkey_import_x509(c->key, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
    if (rc != 0) {
        gnutls_x509_privkey_deinit(key);
        return credential_fail(rc, VIS_ERR_FORMAT, name, "a key", err);
    }
    if (choose_algorithm(c)) return VIS_OK;
    return vis_fail(
        err, VIS_ERR_UNSUPPORTED,
        "%s: with such a key C2PA does not sign; give one on the curve P-256 (or P-384, "
        "P-521, Ed25519), or RSA of 2048 bits or more",
        name);
}

/* ---- Certificates ---- */

/* "" where the certificate has none. */
static void read_name(gnutls_x509_crt_t certificate, const char *oid, char *out, size_t size)
{
    if (gnutls_x509_crt_get_dn_by_oid(certificate, oid, 0, 0, out, &size) != 0) *out = '\0';
}

static void describe(credential *c, gnutls_x509_crt_t certificate)
{
    char common[80], organisation[80];
    read_name(certificate, GNUTLS_OID_X520_COMMON_NAME, common, sizeof common);
    read_name(certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, organisation, sizeof organisation);
    bool both = *common && *organisation && strcmp(common, organisation) != 0;
    snprintf(c->name, sizeof c->name, "%s%s%s", *common ? common : organisation, both ? ", " : "",
             both ? organisation : "");
    text_make_printable(c->name);
    time_t end = gnutls_x509_crt_get_expiration_time(certificate);
    struct tm day;
    if (gmtime_r(&end, &day)) strftime(c->until, sizeof c->until, "%Y-%m-%d", &day);
}

vis_status credential_add(credential *c, gnutls_x509_crt_t certificate, vis_error *err)
{
    if (c->certificates == 0) describe(c, certificate);
    int rc = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &c->chain[c->certificates]);
    if (rc != 0) return credential_fail(rc, VIS_ERR_INTERNAL, "provenance", "a certificate", err);
    c->certificates++;
    return VIS_OK;
}

int credential_algorithm(const credential *c)
{
    return c->cose;
}

size_t credential_signature_size(const credential *c)
{
    return c->signature_size;
}

int credential_certificates(const credential *c)
{
    return c->certificates;
}

const void *credential_certificate(const credential *c, int index, size_t *size)
{
    *size = c->chain[index].size;
    return c->chain[index].data;
}

const char *credential_name(const credential *c)
{
    return c->name;
}

bool credential_is_made(const credential *c)
{
    return c->made;
}

const char *credential_until(const credential *c)
{
    return c->until;
}

/* ---- Signing ---- */

/* A number as DER's integers come, which have a zero in front where the first bit is set, and none
 * of the zeros that they could begin with: right-aligned in `size` bytes. */
static bool put_number(uint8_t *out, size_t size, const gnutls_datum_t *number)
{
    const uint8_t *from = number->data;
    size_t length = number->size;
    for (; length > 0 && *from == 0; from++)
        length--;
    if (length > size) return false;
    memset(out, 0, size - length);
    if (length > 0) memcpy(out + size - length, from, length);
    return true;
}

static int put_numbers(const credential *c, const gnutls_datum_t *der, uint8_t *signature)
{
    gnutls_datum_t r = {0}, s = {0};
    int rc = gnutls_decode_rs_value(der, &r, &s);
    if (rc == 0 && !(put_number(signature, c->number_size, &r) &&
                     put_number(signature + c->number_size, c->number_size, &s)))
        rc = GNUTLS_E_INTERNAL_ERROR;
    gnutls_free(r.data);
    gnutls_free(s.data);
    return rc;
}

static int put_signature(const credential *c, const gnutls_datum_t *made, uint8_t *signature)
{
    if (c->number_size > 0) return put_numbers(c, made, signature);
    if (made->size != c->signature_size) return GNUTLS_E_INTERNAL_ERROR;
    memcpy(signature, made->data, made->size);
    return 0;
}

/* Not every part of a signature's way through libraries says when memory runs out: so it must be
 * right. */
static int check_signature(const credential *c, const gnutls_datum_t *data,
                           const gnutls_datum_t *made)
{
    gnutls_pubkey_t public;
    int rc = gnutls_pubkey_init(&public);
    if (rc != 0) return rc;
    rc = gnutls_pubkey_import_privkey(public, c->key, GNUTLS_KEY_DIGITAL_SIGNATURE, 0);
    if (rc == 0) rc = gnutls_pubkey_verify_data2(public, c->algorithm, 0, data, made);
    gnutls_pubkey_deinit(public);
    return rc < 0 ? rc : 0;
}

vis_status credential_sign(credential *c, const void *bytes, size_t size, uint8_t *signature,
                           vis_error *err)
{
    const gnutls_datum_t data = {(unsigned char *)bytes, (unsigned)size};
    gnutls_datum_t made = {0};
    if (!credential_has_room()) return vis_fail_memory(err, "signing the video");
    pthread_mutex_lock(&c->lock);
    int rc = gnutls_privkey_sign_data2(c->key, c->algorithm, 0, &data, &made);
    if (rc == 0) rc = check_signature(c, &data, &made);
    pthread_mutex_unlock(&c->lock);
    if (rc == 0) rc = put_signature(c, &made, signature);
    gnutls_free(made.data);
    if (rc == 0) return VIS_OK;
    return credential_fail(rc, VIS_ERR_INTERNAL, "provenance", "the video is not signed", err);
}
