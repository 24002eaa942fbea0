/* unit/verify/test_cose.c - a signature over a claim, of the fuzz targets' corpus, and what is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/file.h"
#include "provenance/certificate.h"
#include "provenance/cose.h"

#include <stdlib.h>
#include <string.h>

static const char *corpus;
static buffer claim, signature;

static void read_kept(const char *name, buffer *out)
{
    char *path = path_join(corpus, name);
    buffer_init(out, 1 << 16);
    assert_int_equal(file_read(path, out, NULL), VIS_OK);
    free(path);
}

static int begin(void **state)
{
    read_kept("cbor/claim", &claim);
    read_kept("cose/signature", &signature);
    return 0;
}

static int end(void **state)
{
    buffer_free(&claim);
    buffer_free(&signature);
    return 0;
}

static byte_span bytes_of(const buffer *b)
{
    return (byte_span){b->data, b->size};
}

/* Whether the signature's own certificate made it over these bytes. */
static bool is_genuine(byte_span said, byte_span payload)
{
    cose_signature s;
    certificate_chain chain;
    gnutls_pubkey_t key = NULL;
    bool readable, genuine = false;
    if (!cose_read(said, &s)) return false;
    assert_int_equal(certificate_chain_read(&s.chain, &chain, &readable, NULL), VIS_OK);
    if (readable) assert_int_equal(certificate_key(chain.crt[0], &key, NULL), VIS_OK);
    if (key) assert_int_equal(cose_verify(&s, key, payload, &genuine, NULL), VIS_OK);
    if (key) gnutls_pubkey_deinit(key);
    certificate_chain_free(&chain);
    return genuine;
}

static void test_a_genuine_one(void **state)
{
    cose_signature s;
    assert_true(cose_read(bytes_of(&signature), &s));
    assert_string_equal(cose_algorithm_name(s.algorithm), "ES256");
    assert_false(s.time_stamp);
    assert_true(is_genuine(bytes_of(&signature), bytes_of(&claim)));
}

/* Under a sanitizer some bytes are enough. */
static void test_one_changed_bit_of_what_was_signed(void **state)
{
    for (size_t i = 0; i < claim.size; i += 7) {
        claim.data[i] ^= 1;
        assert_false(is_genuine(bytes_of(&signature), bytes_of(&claim)));
        claim.data[i] ^= 1;
    }
}

static void test_one_changed_bit_of_the_signature(void **state)
{
    for (size_t i = 0; i < signature.size; i += 7) {
        signature.data[i] ^= 1;
        assert_false(is_genuine(bytes_of(&signature), bytes_of(&claim)));
        signature.data[i] ^= 1;
    }
}

static void test_what_is_cut_off(void **state)
{
    cose_signature s;
    for (size_t size = 0; size < signature.size; size++)
        assert_false(cose_read((byte_span){signature.data, size}, &s));
}

static void test_what_is_no_signature(void **state)
{
    cose_signature s;
    static const char *const cases[] = {
        "\x80",                             /* an empty array */
        "\x84\x41\xa0\xa0\xf6",             /* three parts of four */
        "\x84\x41\xa0\xa0\x41\x00\x41\x00", /* a payload of its own */
        "\x84\x41\x80\xa0\xf6\x41\x00",     /* a protected header that is no map */
        "\x84\xa0\xa0\xf6\x41\x00",         /* one that is no byte string */
        "\xd1\x84\x41\xa0\xa0\xf6\x41\x00", /* another tag */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_false(cose_read((byte_span){(const uint8_t *)cases[i], strlen(cases[i])}, &s));
    assert_true(cose_read((byte_span){(const uint8_t *)"\x84\x41\xa0\xa0\xf6\x41\x00", 7}, &s));
    assert_null(cose_algorithm_name(s.algorithm));
}

static void test_a_signer_is_trusted_by_nobody_at_first(void **state)
{
    cose_signature s;
    certificate_chain chain;
    trust_anchors *anchors;
    bool readable, trusted = true, purpose;
    const char *why;
    assert_true(cose_read(bytes_of(&signature), &s));
    assert_int_equal(certificate_chain_read(&s.chain, &chain, &readable, NULL), VIS_OK);
    assert_true(readable);
    assert_int_equal(certificate_profile(chain.crt[0], &why, &purpose, NULL), VIS_OK);
    assert_true(purpose && !why);
    assert_int_equal(trust_anchors_open(NULL, &anchors, NULL), VIS_OK);
    assert_int_equal(trust_anchors_check(anchors, &chain, &trusted, NULL), VIS_OK);
    assert_false(trusted);
    trust_anchors_close(anchors);
    certificate_chain_free(&chain);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_genuine_one),
        cmocka_unit_test(test_one_changed_bit_of_what_was_signed),
        cmocka_unit_test(test_one_changed_bit_of_the_signature),
        cmocka_unit_test(test_what_is_cut_off),
        cmocka_unit_test(test_what_is_no_signature),
        cmocka_unit_test(test_a_signer_is_trusted_by_nobody_at_first),
    };
    if (argc < 2) return 1;
    corpus = argv[1];
    return cmocka_run_group_tests(tests, begin, end);
}
