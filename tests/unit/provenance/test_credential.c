/* A key and certificate made here: the profile that C2PA asks for; signatures are of one length and
 * right, also where r or s begins with zeros. Files that are none are refused with a line that says
 * why (what openssl makes, good and bad: tests/parity/test_provenance_write.py).
 * SPDX-License-Identifier: Apache-2.0 */
#include "../media/support.h"
#include "base/file.h"
#include "provenance/c2pa.h"
#include "provenance/credential.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

static credential *make(void)
{
    vis_error err;
    credential *c;
    if (credential_make("viseme test", &c, &err) != VIS_OK) fail_msg("%s", err.message);
    return c;
}

static gnutls_x509_crt_t certificate_of(const credential *c)
{
    gnutls_x509_crt_t out;
    size_t size;
    const void *der = credential_certificate(c, 0, &size);
    const gnutls_datum_t data = {(unsigned char *)der, (unsigned)size};
    assert_int_equal(gnutls_x509_crt_init(&out), 0);
    assert_int_equal(gnutls_x509_crt_import(out, &data, GNUTLS_X509_FMT_DER), 0);
    return out;
}

static void test_profile(void **state)
{
    credential *c = make();
    gnutls_x509_crt_t x = certificate_of(c);
    unsigned critical = 0, authority = 1, usage = 0;
    char oid[64];
    assert_int_equal(credential_certificates(c), 1);
    assert_int_equal(credential_algorithm(c), -7);
    assert_int_equal(credential_signature_size(c), 64);
    assert_true(credential_is_made(c));
    assert_int_equal(gnutls_x509_crt_get_version(x), 3);
    assert_true(gnutls_x509_crt_get_basic_constraints(x, &critical, &authority, NULL) >= 0);
    assert_int_equal(authority, 0);
    assert_int_equal(gnutls_x509_crt_get_key_usage(x, &usage, &critical), 0);
    assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);
    assert_int_equal(critical, 1);
    static const char *const purposes[] = {C2PA_EKU_EMAIL, C2PA_EKU_CLAIM_SIGNING};
    for (unsigned i = 0; i < 2; i++) {
        size_t size = sizeof oid;
        assert_int_equal(gnutls_x509_crt_get_key_purpose_oid(x, i, oid, &size, NULL), 0);
        assert_string_equal(oid, purposes[i]);
    }
    uint8_t own[64], authoritys[64];
    size_t own_size = sizeof own, size = sizeof authoritys;
    assert_int_equal(gnutls_x509_crt_get_subject_key_id(x, own, &own_size, NULL), 0);
    assert_int_equal(gnutls_x509_crt_get_authority_key_id(x, authoritys, &size, NULL), 0);
    assert_int_equal(size, own_size);
    assert_memory_equal(own, authoritys, size);
    assert_true(gnutls_x509_crt_get_activation_time(x) < time(NULL));
    size_t length;
    const void *der = credential_certificate(c, 0, &length);
    assert_non_null(memmem(der, length, "99991231235959Z", 15));
    gnutls_x509_crt_deinit(x);
    credential_free(c);
}

static void test_each_is_another(void **state)
{
    credential *a = make(), *b = make();
    size_t a_size, b_size;
    const void *a_der = credential_certificate(a, 0, &a_size);
    const void *b_der = credential_certificate(b, 0, &b_size);
    assert_true(a_size != b_size || memcmp(a_der, b_der, a_size) != 0);
    credential_free(a);
    credential_free(b);
}

/* Of 256 bits each, so that among 600 signatures some number most surely begins with a zero byte
 * (all have none once in 100), and half of them need one in front in DER. */
static void test_signatures(void **state)
{
    credential *c = make();
    gnutls_x509_crt_t x = certificate_of(c);
    gnutls_pubkey_t key;
    bool short_one = false;
    assert_int_equal(gnutls_pubkey_init(&key), 0);
    assert_int_equal(gnutls_pubkey_import_x509(key, x, 0), 0);
    for (int i = 0; i < 600; i++) {
        uint8_t s[64];
        vis_error err;
        assert_int_equal(credential_sign(c, &i, sizeof i, s, &err), VIS_OK);
        short_one = short_one || s[0] == 0 || s[32] == 0;
        const gnutls_datum_t data = {(unsigned char *)&i, sizeof i}, r = {s, 32}, t = {s + 32, 32};
        gnutls_datum_t der;
        assert_int_equal(gnutls_encode_rs_value(&der, &r, &t), 0);
        assert_true(gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &der) >= 0);
        gnutls_free(der.data);
    }
    if (!short_one) print_message("no number began with a zero byte this time\n");
    gnutls_pubkey_deinit(key);
    gnutls_x509_crt_deinit(x);
    credential_free(c);
}

static void expect_refused(const char *key, const char *certificate, vis_status status,
                           const char *words)
{
    vis_error err;
    credential *c;
    assert_int_equal(credential_load(key, certificate, &c, &err), status);
    assert_null(c);
    if (!strstr(err.message, words)) fail_msg("no \"%s\" in: %s", words, err.message);
}

static const char *write_text(const char *name, const char *text)
{
    const char *path = test_path(name);
    assert_int_equal(file_write(path, text, strlen(text), NULL), VIS_OK);
    return path;
}

static void test_no_files(void **state)
{
    const char *nothing = test_path("missing.pem");
    expect_refused(nothing, nothing, VIS_ERR_OPEN, "missing.pem");
    const char *text = write_text("text.pem", "no key\n");
    expect_refused(text, text, VIS_ERR_FORMAT, "holds no private key");
    const char *encrypted = write_text("encrypted.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    expect_refused(encrypted, text, VIS_ERR_UNSUPPORTED, "encrypted");
    const char *swapped = write_text("certificate.pem", "-----BEGIN CERTIFICATE-----\n");
    expect_refused(swapped, text, VIS_ERR_FORMAT, "holds a certificate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_each_is_another),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_no_files),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
