/* provenance/signer_profile.c - one rule after the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/signer_profile.h"

#include "provenance/c2pa.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define OID_MAX 128
#define EKU_ANY "2.5.29.37.0"
#define EKU_DOCUMENT_SIGNING "1.3.6.1.5.5.7.3.36"
#define EKU_TIME_STAMPING "1.3.6.1.5.5.7.3.8"
#define EKU_OCSP_SIGNING "1.3.6.1.5.5.7.3.9"

/* ---- Dates ---- */

static void write_day(time_t t, char day[16])
{
    struct tm parts;
    strcpy(day, "?");
    if (gmtime_r(&t, &parts)) strftime(day, 16, "%Y-%m-%d", &parts);
}

static vis_status check_dates(gnutls_x509_crt_t c, int number, const char *name, vis_error *err)
{
    time_t begin = gnutls_x509_crt_get_activation_time(c);
    time_t end = gnutls_x509_crt_get_expiration_time(c), now = time(NULL);
    char day[16];
    if (now >= begin && now <= end) return VIS_OK;
    write_day(now < begin ? begin : end, day);
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    now < begin ? "%s: certificate %d is valid from %s on; is this machine's clock "
                                  "right?"
                                : "%s: certificate %d has expired, on %s; have a new one issued",
                    name, number, day);
}

/* ---- What it may be used for ---- */

static bool has_purpose(gnutls_x509_crt_t c, const char *wanted)
{
    char oid[OID_MAX];
    for (unsigned i = 0;; i++) {
        size_t size = sizeof oid;
        int rc = gnutls_x509_crt_get_key_purpose_oid(c, i, oid, &size, NULL);
        if (rc != 0) return false;
        if (strcmp(oid, wanted) == 0) return true;
    }
}

static bool is_authority(gnutls_x509_crt_t c)
{
    unsigned authority = 0;
    return gnutls_x509_crt_get_basic_constraints(c, NULL, &authority, NULL) >= 0 && authority;
}

static bool may_sign(gnutls_x509_crt_t c)
{
    unsigned usage = 0, critical = 0;
    return gnutls_x509_crt_get_key_usage(c, &usage, &critical) == 0 && critical &&
           (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) && !(usage & GNUTLS_KEY_KEY_CERT_SIGN);
}

static bool may_sign_claims(gnutls_x509_crt_t c)
{
    return has_purpose(c, C2PA_EKU_EMAIL) || has_purpose(c, EKU_DOCUMENT_SIGNING) ||
           has_purpose(c, C2PA_EKU_CLAIM_SIGNING);
}

static bool mixes_purposes(gnutls_x509_crt_t c)
{
    return has_purpose(c, EKU_ANY) || has_purpose(c, EKU_TIME_STAMPING) ||
           has_purpose(c, EKU_OCSP_SIGNING);
}

/* ---- Form ---- */

static bool names_its_authority_key(gnutls_x509_crt_t c)
{
    uint8_t id[OID_MAX];
    size_t size = sizeof id;
    int rc = gnutls_x509_crt_get_authority_key_id(c, id, &size, NULL);
    return rc == 0 || rc == GNUTLS_E_X509_UNSUPPORTED_EXTENSION; /* by name and number */
}

static bool has_unique_ids(gnutls_x509_crt_t c)
{
    char id[OID_MAX];
    size_t size = sizeof id;
    int rc = gnutls_x509_crt_get_issuer_unique_id(c, id, &size);
    if (rc == 0 || rc == GNUTLS_E_SHORT_MEMORY_BUFFER) return true;
    size = sizeof id;
    rc = gnutls_x509_crt_get_subject_unique_id(c, id, &size);
    return rc == 0 || rc == GNUTLS_E_SHORT_MEMORY_BUFFER;
}

static bool well_signed(gnutls_x509_crt_t c)
{
    int algorithm = gnutls_x509_crt_get_signature_algorithm(c);
    return algorithm > 0 && gnutls_sign_is_secure((gnutls_sign_algorithm_t)algorithm) &&
           algorithm != GNUTLS_SIGN_EDDSA_ED448;
}

/* Those of X.509 and of the Internet's profile of it, RFC 5280, are known. */
static bool is_known(const char *oid)
{
    return strncmp(oid, "2.5.29.", 7) == 0 || strncmp(oid, "1.3.6.1.5.5.7.1.", 16) == 0;
}

static bool has_unknown_critical(gnutls_x509_crt_t c)
{
    char oid[OID_MAX];
    for (unsigned i = 0;; i++) {
        size_t size = sizeof oid;
        unsigned critical = 0;
        if (gnutls_x509_crt_get_extension_info(c, i, oid, &size, &critical) != 0) return false;
        if (critical && !is_known(oid)) return true;
    }
}

static const char *what_is_wrong(gnutls_x509_crt_t c)
{
    if (gnutls_x509_crt_get_version(c) != 3) return "it is not of version 3";
    if (is_authority(c))
        return "it is an authority's; the certificate of the key must come first in the file";
    if (!may_sign(c)) return "its key usage must be digitalSignature alone, and critical";
    if (!may_sign_claims(c))
        return "its extended key usage must hold emailProtection or " C2PA_EKU_CLAIM_SIGNING;
    if (mixes_purposes(c))
        return "its extended key usage holds any, time stamping or OCSP signing as well";
    if (!names_its_authority_key(c)) return "it has no authority key identifier";
    if (has_unique_ids(c)) return "it has unique identifiers, which are not allowed";
    if (!well_signed(c)) return "it is signed with an algorithm that is no longer safe";
    return has_unknown_critical(c) ? "it has a critical extension that nobody knows" : NULL;
}

/* ---- The chain ---- */

static vis_status check_issuer(gnutls_x509_crt_t *chain, int i, const char *name, vis_error *err)
{
    unsigned wrong = 0;
    if (!gnutls_x509_crt_check_issuer(chain[i], chain[i + 1]))
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: certificate %d was not issued by certificate %d; the order is: the "
                        "key's own, who issued it, who issued that",
                        name, i + 1, i + 2);
    int rc = gnutls_x509_crt_verify(chain[i], &chain[i + 1], 1, 0, &wrong);
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, "a certificate");
    if (rc == 0 && wrong == 0) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH, "%s: certificate %d is not signed by certificate %d",
                    name, i + 1, i + 2);
}

vis_status signer_profile_check(gnutls_x509_crt_t *chain, int count, const char *name,
                                vis_error *err)
{
    const char *wrong = what_is_wrong(chain[0]);
    for (int i = 0; i < count; i++)
        VIS_TRY(check_dates(chain[i], i + 1, name, err));
    if (wrong)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: validators would refuse this certificate: %s; docs/provenance.md says "
                        "what they ask for",
                        name, wrong);
    for (int i = 0; i + 1 < count; i++)
        VIS_TRY(check_issuer(chain, i, name, err));
    return VIS_OK;
}
