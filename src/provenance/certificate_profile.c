/* provenance/certificate_profile.c - which certificates may sign claims: C2PA specification 2.2,
 * certificate profile.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/c2pa.h"
#include "provenance/certificate.h"
#include "provenance/room.h"

#include <string.h>

#define EKU_DOCUMENTS "1.3.6.1.5.5.7.3.36"
#define EKU_ANY "2.5.29.37.0"
#define EXTENSIONS_MAX 64
#define OID_MAX 128
enum { RSA_BITS = 2048 };

/* A certificate under examination: what is wrong with it, and whether memory ran out. */
typedef struct examination {
    gnutls_x509_crt_t crt;
    const char *why;
    bool purpose; /* its extended key usage is right */
    bool out_of_memory;
} examination;

static int seen(examination *e, int rc)
{
    if (rc == GNUTLS_E_MEMORY_ERROR) e->out_of_memory = true;
    return rc;
}

static void demand(examination *e, bool right, const char *otherwise)
{
    if (!right && !e->why) e->why = otherwise;
}

static void check_signature(examination *e)
{
    switch (seen(e, gnutls_x509_crt_get_signature_algorithm(e->crt))) {
    case GNUTLS_SIGN_ECDSA_SHA256:
    case GNUTLS_SIGN_ECDSA_SHA384:
    case GNUTLS_SIGN_ECDSA_SHA512:
    case GNUTLS_SIGN_RSA_SHA256:
    case GNUTLS_SIGN_RSA_SHA384:
    case GNUTLS_SIGN_RSA_SHA512:
    case GNUTLS_SIGN_RSA_PSS_SHA256:
    case GNUTLS_SIGN_RSA_PSS_SHA384:
    case GNUTLS_SIGN_RSA_PSS_SHA512:
    case GNUTLS_SIGN_EDDSA_ED25519:
        return;
    default:
        demand(e, false, "it was signed with an algorithm that is not allowed");
    }
}

static bool curve_allowed(examination *e)
{
    gnutls_ecc_curve_t curve;
    gnutls_datum_t x = {0}, y = {0};
    if (seen(e, gnutls_x509_crt_get_pk_ecc_raw(e->crt, &curve, &x, &y)) < 0) return false;
    gnutls_free(x.data);
    gnutls_free(y.data);
    return curve == GNUTLS_ECC_CURVE_SECP256R1 || curve == GNUTLS_ECC_CURVE_SECP384R1 ||
           curve == GNUTLS_ECC_CURVE_SECP521R1;
}

static void check_key(examination *e)
{
    unsigned bits = 0;
    switch (seen(e, gnutls_x509_crt_get_pk_algorithm(e->crt, &bits))) {
    case GNUTLS_PK_RSA:
    case GNUTLS_PK_RSA_PSS:
        demand(e, bits >= RSA_BITS, "its RSA key has fewer than 2048 bits");
        return;
    case GNUTLS_PK_ECDSA:
        demand(e, curve_allowed(e), "its key is on a curve that is not allowed");
        return;
    case GNUTLS_PK_EDDSA_ED25519:
        return;
    default:
        demand(e, false, "its key is of a kind that is not allowed");
    }
}

static void check_unique_ids(examination *e)
{
    char id[OID_MAX];
    size_t size = sizeof id;
    int rc = gnutls_x509_crt_get_issuer_unique_id(e->crt, id, &size);
    demand(e, seen(e, rc) < 0 && rc != GNUTLS_E_SHORT_MEMORY_BUFFER, "it has a unique identifier");
    size = sizeof id;
    rc = gnutls_x509_crt_get_subject_unique_id(e->crt, id, &size);
    demand(e, seen(e, rc) < 0 && rc != GNUTLS_E_SHORT_MEMORY_BUFFER, "it has a unique identifier");
}

static void check_usage(examination *e)
{
    unsigned critical, authority = 0, usage = 0;
    int depth;
    int rc = seen(e, gnutls_x509_crt_get_basic_constraints(e->crt, &critical, &authority, &depth));
    demand(e, rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE || (rc >= 0 && !authority),
           "it is a certificate of an authority, which issues others");
    rc = seen(e, gnutls_x509_crt_get_key_usage(e->crt, &usage, &critical));
    demand(e, rc >= 0 && (usage & GNUTLS_KEY_DIGITAL_SIGNATURE),
           "its key usage does not allow signatures");
    demand(e, !(usage & GNUTLS_KEY_KEY_CERT_SIGN), "its key usage is that of an authority");
}

/* Extended key usage: for claims, e-mail or documents; stamps of time and answers on revocation are
 * trades of their own. */
static void check_purpose(examination *e)
{
    bool signs = false, special = false, any = false;
    int count = 0;
    for (; count < EXTENSIONS_MAX; count++) {
        char oid[OID_MAX];
        size_t size = sizeof oid;
        unsigned critical;
        if (seen(e, gnutls_x509_crt_get_key_purpose_oid(e->crt, (unsigned)count, oid, &size,
                                                        &critical)) < 0)
            break;
        any |= strcmp(oid, EKU_ANY) == 0;
        if (strcmp(oid, C2PA_EKU_CLAIM_SIGNING) == 0 || strcmp(oid, C2PA_EKU_EMAIL) == 0 ||
            strcmp(oid, EKU_DOCUMENTS) == 0)
            signs = true;
        if (strcmp(oid, GNUTLS_KP_TIME_STAMPING) == 0 || strcmp(oid, GNUTLS_KP_OCSP_SIGNING) == 0)
            special = true;
    }
    e->purpose = signs && !special && !any;
    demand(e, count > 0, "it has no extended key usage");
    demand(e, e->purpose, "its extended key usage is not that of who signs claims");
}

static void check_extensions(examination *e)
{
    static const char *const known[] = {"2.5.29.14", "2.5.29.15",         "2.5.29.17",
                                        "2.5.29.18", "2.5.29.19",         "2.5.29.30",
                                        "2.5.29.31", "2.5.29.32",         "2.5.29.35",
                                        "2.5.29.37", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.12"};
    bool authority_key = false;
    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        char oid[OID_MAX];
        size_t size = sizeof oid;
        unsigned critical = 0;
        bool found = false;
        if (seen(e, gnutls_x509_crt_get_extension_info(e->crt, i, oid, &size, &critical)) < 0)
            break;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found |= strcmp(oid, known[k]) == 0;
        if (strcmp(oid, "2.5.29.35") == 0) authority_key = true;
        demand(e, found || !critical, "it has a critical extension that is not known");
    }
    demand(e, authority_key, "it does not say which key signed it (authority key identifier)");
}

vis_status certificate_profile(gnutls_x509_crt_t crt, const char **why, bool *purpose,
                               vis_error *err)
{
    examination e = {.crt = crt};
    VIS_TRY(gnutls_room(err));
    demand(&e, gnutls_x509_crt_get_version(crt) == 3, "it is not of X.509's version 3");
    check_signature(&e);
    check_key(&e);
    check_unique_ids(&e);
    check_usage(&e);
    check_purpose(&e);
    check_extensions(&e);
    *why = e.why;
    *purpose = e.purpose;
    return e.out_of_memory ? vis_fail_memory(err, "a certificate") : VIS_OK;
}
