/* provenance/cose.c - a signature in COSE as claims have it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/cose.h"

#include "base/buffer.h"
#include "provenance/room.h"

#include <gnutls/crypto.h>

enum { TAG_SIGN1 = 18, LABEL_ALGORITHM = 1, LABEL_CHAIN = 33, PARTS = 4 };
#define COSE_MAX_SIGNED (64u << 20) /* bytes: no claim is that long */
#define COSE_MAX_SIGNATURE 2048     /* bytes: RSA of 16384 bits */

/* The algorithms of C2PA, and GnuTLS's name of each for the kind of key that a certificate has. */
static const struct {
    int64_t number;
    const char *name;
    gnutls_pk_algorithm_t key;
    gnutls_sign_algorithm_t scheme;
} algorithms[] = {
    {-7, "ES256", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA256},
    {-35, "ES384", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA384},
    {-36, "ES512", GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SHA512},
    {-37, "PS256", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
    {-38, "PS384", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384},
    {-39, "PS512", GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512},
    {-37, "PS256", GNUTLS_PK_RSA_PSS, GNUTLS_SIGN_RSA_PSS_SHA256},
    {-38, "PS384", GNUTLS_PK_RSA_PSS, GNUTLS_SIGN_RSA_PSS_SHA384},
    {-39, "PS512", GNUTLS_PK_RSA_PSS, GNUTLS_SIGN_RSA_PSS_SHA512},
    {-8, "EdDSA", GNUTLS_PK_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED25519},
};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

static bool is_given(const cbor_item *item)
{
    return item->kind != CBOR_NONE && !cbor_is_null(item);
}

/* Before version 2.1 of the specification the chain could stand in the unprotected header, where
 * anybody could change it, and be named in letters. */
static cbor_item find_chain(const cbor_item *protected_map, const cbor_item *unprotected)
{
    cbor_item chain = cbor_read_number_key(protected_map, LABEL_CHAIN);
    if (!is_given(&chain)) chain = cbor_read_key(protected_map, "x5chain");
    if (!is_given(&chain)) chain = cbor_read_number_key(unprotected, LABEL_CHAIN);
    if (!is_given(&chain)) chain = cbor_read_key(unprotected, "x5chain");
    return chain;
}

static bool has_time_stamp(const cbor_item *unprotected)
{
    const cbor_item first = cbor_read_key(unprotected, "sigTst"),
                    second = cbor_read_key(unprotected, "sigTst2");
    return is_given(&first) || is_given(&second);
}

bool cose_read(byte_span content, cose_signature *out)
{
    cbor_item whole, part[PARTS], map;
    *out = (cose_signature){0};
    if (!cbor_read_whole(content, &whole)) return false;
    if (whole.kind == CBOR_TAG && whole.number == TAG_SIGN1) whole = cbor_untagged(&whole);
    if (whole.kind != CBOR_ARRAY || (!whole.open && whole.number != PARTS)) return false;
    cbor_walk walk = cbor_walk_begin(&whole);
    for (int i = 0; i < PARTS; i++)
        if (!cbor_walk_next(&walk, &part[i])) return false;
    if (!cbor_read_bytes(&part[0], &out->protected_map) || part[1].kind != CBOR_MAP ||
        !cbor_is_null(&part[2]) || !cbor_read_bytes(&part[3], &out->signature))
        return false;
    if (!cbor_read_whole(out->protected_map, &map) || map.kind != CBOR_MAP) return false;
    const cbor_item algorithm = cbor_read_number_key(&map, LABEL_ALGORITHM);
    cbor_read_integer(&algorithm, &out->algorithm);
    out->chain = find_chain(&map, &part[1]);
    out->time_stamp = has_time_stamp(&part[1]);
    return true;
}

const char *cose_algorithm_name(int64_t algorithm)
{
    for (int i = 0; i < ALGORITHMS; i++)
        if (algorithms[i].number == algorithm) return algorithms[i].name;
    return NULL;
}

static vis_status append_bytes(buffer *out, byte_span bytes, vis_error *err)
{
    uint8_t head[5] = {0x5A}; /* a byte string; its length follows in four bytes */
    size_t size = 5;
    if (bytes.size < 24) {
        head[0] = (uint8_t)(0x40 + bytes.size);
        size = 1;
    } else if (bytes.size < 256) {
        head[0] = 0x58, head[1] = (uint8_t)bytes.size;
        size = 2;
    } else if (bytes.size < 65536) {
        head[0] = 0x59, head[1] = (uint8_t)(bytes.size >> 8), head[2] = (uint8_t)bytes.size;
        size = 3;
    } else {
        for (int i = 0; i < 4; i++)
            head[1 + i] = (uint8_t)(bytes.size >> (24 - 8 * i));
    }
    VIS_TRY(buffer_append(out, head, size, err));
    return buffer_append(out, bytes.data, bytes.size, err);
}

/* What was signed: ["Signature1", protected header, no external data, payload]. */
static vis_status make_signed(const cose_signature *s, byte_span payload, buffer *out,
                              vis_error *err)
{
    static const uint8_t begin[] = "\x84\x6ASignature1", nothing = 0x40;
    VIS_TRY(buffer_append(out, begin, sizeof begin - 1, err));
    VIS_TRY(append_bytes(out, s->protected_map, err));
    VIS_TRY(buffer_append(out, &nothing, 1, err));
    return append_bytes(out, payload, err);
}

static vis_status verify_der(gnutls_pubkey_t key, gnutls_sign_algorithm_t scheme,
                             const buffer *said, const gnutls_datum_t *signature, bool *genuine,
                             vis_error *err)
{
    const gnutls_datum_t data = {said->data, (unsigned)said->size};
    int rc = gnutls_pubkey_verify_data2(key, scheme, 0, &data, signature);
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, "a signature");
    *genuine = rc >= 0;
    return VIS_OK;
}

/* COSE has the two numbers of ECDSA one behind the other, GnuTLS wants them in DER. */
static vis_status verify_ecdsa(const cose_signature *s, gnutls_pubkey_t key,
                               gnutls_sign_algorithm_t scheme, const buffer *said, bool *genuine,
                               vis_error *err)
{
    unsigned half = (unsigned)s->signature.size / 2;
    if (half == 0 || s->signature.size % 2) return VIS_OK;
    const gnutls_datum_t r = {(uint8_t *)s->signature.data, half};
    const gnutls_datum_t v = {(uint8_t *)s->signature.data + half, half};
    gnutls_datum_t der = {0};
    int rc = gnutls_encode_rs_value(&der, &r, &v);
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, "a signature");
    if (rc < 0) return VIS_OK;
    vis_status status = verify_der(key, scheme, said, &der, genuine, err);
    gnutls_free(der.data);
    return status;
}

static vis_status verify(const cose_signature *s, gnutls_pubkey_t key,
                         gnutls_sign_algorithm_t scheme, byte_span payload, bool ecdsa,
                         bool *genuine, vis_error *err)
{
    buffer said;
    buffer_init(&said, COSE_MAX_SIGNED);
    vis_status status = make_signed(s, payload, &said, err);
    const gnutls_datum_t signature = {(uint8_t *)s->signature.data, (unsigned)s->signature.size};
    if (status == VIS_OK)
        status = ecdsa ? verify_ecdsa(s, key, scheme, &said, genuine, err)
                       : verify_der(key, scheme, &said, &signature, genuine, err);
    buffer_free(&said);
    return status;
}

vis_status cose_verify(const cose_signature *s, gnutls_pubkey_t key, byte_span payload,
                       bool *genuine, vis_error *err)
{
    int kind = gnutls_pubkey_get_pk_algorithm(key, NULL);
    *genuine = false;
    VIS_TRY(gnutls_room(err));
    if (s->signature.size > COSE_MAX_SIGNATURE) return VIS_OK;
    if (payload.size + s->protected_map.size > COSE_MAX_SIGNED / 2) return VIS_OK;
    for (int i = 0; i < ALGORITHMS; i++)
        if (algorithms[i].number == s->algorithm && (int)algorithms[i].key == kind)
            return verify(s, key, algorithms[i].scheme, payload, kind == GNUTLS_PK_ECDSA, genuine,
                          err);
    return VIS_OK;
}
