/* rtc/dtls.c - OpenSSL behind a BIO that is one datagram in, and any number out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/dtls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CIPHERS                                                                                    \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"   \
    "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
#define PROFILES "SRTP_AES128_CM_SHA1_80"
#define KEY_LABEL "EXTRACTOR-dtls_srtp"
#define VALID_SECONDS (10 * 365 * 24 * 3600L) /* nobody looks: the fingerprint is what counts */

struct dtls_identity {
    SSL_CTX *context;
    BIO_METHOD *method;
    char fingerprint[DTLS_FINGERPRINT];
};

struct dtls {
    SSL *ssl;
    char digest_name[16];
    uint8_t digest[EVP_MAX_MD_SIZE];
    int digest_size;
    const uint8_t *in; /* the datagram that is being taken; NULL: none */
    size_t in_size;
    void (*send)(void *user, const uint8_t *bytes, size_t size);
    void *user;
    dtls_state state;
};

/* ---- The way of datagrams ---- */

static int write_out(BIO *b, const char *bytes, int size)
{
    dtls *d = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    if (size > 0) d->send(d->user, (const uint8_t *)bytes, (size_t)size);
    return size;
}

/* What does not fit is gone, as datagrams are. */
static int read_in(BIO *b, char *out, int room)
{
    dtls *d = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    if (!d->in) {
        BIO_set_retry_read(b);
        return -1;
    }
    size_t size = d->in_size < (size_t)room ? d->in_size : (size_t)room;
    memcpy(out, d->in, size);
    d->in = NULL;
    return (int)size;
}

static long control(BIO *b, int command, long number, void *pointer)
{
    switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_DATAGRAM;
    default:
        return 0;
    }
}

static int create(BIO *b)
{
    BIO_set_init(b, 1);
    return 1;
}

static BIO_METHOD *make_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    if (!m) return NULL;
    BIO_meth_set_write(m, write_out);
    BIO_meth_set_read(m, read_in);
    BIO_meth_set_ctrl(m, control);
    BIO_meth_set_create(m, create);
    return m;
}

/* ---- Who we are ---- */

static vis_status fail(vis_error *err, const char *what)
{
    char why[160] = "";
    unsigned long code = ERR_get_error();
    if (code) ERR_error_string_n(code, why, sizeof why);
    ERR_clear_error();
    return vis_fail(err, VIS_ERR_INTERNAL, "WebRTC: %s: %s", what, why);
}

static bool name_it(X509 *certificate)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"viseme", -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *c = X509_new();
    bool fine = c && X509_set_version(c, 2) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(c), 1) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(c), -24 * 3600L) &&
                X509_gmtime_adj(X509_getm_notAfter(c), VALID_SECONDS) &&
                X509_set_pubkey(c, key) == 1 && name_it(c) && X509_sign(c, key, EVP_sha256()) > 0;
    if (fine) return c;
    X509_free(c);
    return NULL;
}

static bool print_fingerprint(const X509 *certificate, char out[DTLS_FINGERPRINT])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return false;
    if (3 * size > DTLS_FINGERPRINT) return false;
    for (unsigned i = 0; i < size; i++)
        snprintf(out + (size_t)3 * i, 4, "%02X%s", digest[i], i + 1 < size ? ":" : "");
    return true;
}

/* Whoever it is: what the certificate must be stands in the offer, and is compared at the end. */
static int accept_any(int fine, X509_STORE_CTX *context)
{
    return 1;
}

static bool set_up(SSL_CTX *c, X509 *certificate, EVP_PKEY *key)
{
    SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION);
    SSL_CTX_set_options(c, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
    SSL_CTX_set_read_ahead(c, 1);
    return SSL_CTX_use_certificate(c, certificate) == 1 && SSL_CTX_use_PrivateKey(c, key) == 1 &&
           SSL_CTX_set_cipher_list(c, CIPHERS) == 1 &&
           SSL_CTX_set_tlsext_use_srtp(c, PROFILES) == 0; /* 0 is success, here alone */
}

static bool fill(dtls_identity *i)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key) : NULL;
    i->context = SSL_CTX_new(DTLS_server_method());
    i->method = make_method();
    bool fine = certificate && i->context && i->method && set_up(i->context, certificate, key) &&
                print_fingerprint(certificate, i->fingerprint);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return fine;
}

vis_status dtls_identity_make(dtls_identity **out, vis_error *err)
{
    *out = NULL;
    dtls_identity *i = calloc(1, sizeof *i);
    if (!i) return vis_fail_memory(err, "a certificate");
    ERR_clear_error();
    if (!fill(i)) {
        dtls_identity_free(i);
        return fail(err, "no certificate can be made");
    }
    *out = i;
    return VIS_OK;
}

void dtls_identity_free(dtls_identity *i)
{
    if (!i) return;
    SSL_CTX_free(i->context);
    BIO_meth_free(i->method);
    free(i);
}

const char *dtls_fingerprint(const dtls_identity *i)
{
    return i->fingerprint;
}

/* ---- A handshake ---- */

static bool connect_ways(dtls *d, const dtls_identity *i)
{
    BIO *way = BIO_new(i->method);
    d->ssl = way ? SSL_new(i->context) : NULL;
    if (!d->ssl) {
        BIO_free(way);
        return false;
    }
    BIO_set_data(way, d);
    SSL_set_bio(d->ssl, way, way);
    SSL_set_accept_state(d->ssl);
    SSL_set_mtu(d->ssl, DTLS_DATAGRAM);
    return true;
}

vis_status dtls_open(const dtls_identity *i, const char *digest_name, const uint8_t *digest,
                     int digest_size, void (*send)(void *user, const uint8_t *bytes, size_t size),
                     void *user, dtls **out, vis_error *err)
{
    *out = NULL;
    dtls *d = calloc(1, sizeof *d);
    if (!d) return vis_fail_memory(err, "a handshake");
    snprintf(d->digest_name, sizeof d->digest_name, "%s", digest_name);
    d->digest_size = digest_size <= (int)sizeof d->digest ? digest_size : 0;
    memcpy(d->digest, digest, (size_t)d->digest_size);
    d->send = send;
    d->user = user;
    ERR_clear_error();
    if (!connect_ways(d, i)) {
        free(d);
        return fail(err, "no handshake");
    }
    *out = d;
    return VIS_OK;
}

void dtls_close(dtls *d)
{
    if (!d) return;
    ERR_clear_error();
    if (d->state == DTLS_DONE) SSL_shutdown(d->ssl);
    SSL_free(d->ssl);
    free(d);
}

/* Is it who the offer says? */
static bool is_promised(const dtls *d)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const EVP_MD *kind = strcmp(d->digest_name, "sha-512") == 0   ? EVP_sha512()
                         : strcmp(d->digest_name, "sha-384") == 0 ? EVP_sha384()
                                                                  : EVP_sha256();
    X509 *certificate = SSL_get1_peer_certificate(d->ssl);
    bool fine = certificate && X509_digest(certificate, kind, digest, &size) == 1 &&
                (int)size == d->digest_size && memcmp(digest, d->digest, size) == 0;
    X509_free(certificate);
    return fine;
}

/* After a call of OpenSSL. */
static bool is_over(dtls *d, int rc)
{
    int why = SSL_get_error(d->ssl, rc);
    return why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
}

static void shake_hands(dtls *d)
{
    int rc = SSL_do_handshake(d->ssl);
    if (rc == 1)
        d->state = is_promised(d) ? DTLS_DONE : DTLS_FAILED;
    else if (is_over(d, rc))
        d->state = DTLS_FAILED;
}

/* Behind the handshake nothing comes but what is lost of it, and the good-bye. */
static void listen_on(dtls *d)
{
    char bytes[DTLS_DATAGRAM];
    int rc = SSL_read(d->ssl, bytes, sizeof bytes);
    if (rc <= 0 && is_over(d, rc)) d->state = DTLS_FAILED;
}

dtls_state dtls_take(dtls *d, const uint8_t *bytes, size_t size)
{
    if (d->state == DTLS_FAILED) return d->state;
    d->in = bytes;
    d->in_size = size;
    ERR_clear_error();
    if (d->state == DTLS_GOES_ON)
        shake_hands(d);
    else
        listen_on(d);
    d->in = NULL;
    return d->state;
}

dtls_state dtls_tick(dtls *d)
{
    if (d->state != DTLS_GOES_ON) return d->state;
    ERR_clear_error();
    if (DTLSv1_handle_timeout(d->ssl) < 0) d->state = DTLS_FAILED;
    return d->state;
}

bool dtls_keys(dtls *d, uint8_t out[DTLS_KEYS])
{
    ERR_clear_error();
    return SSL_get_selected_srtp_profile(d->ssl) &&
           SSL_export_keying_material(d->ssl, out, DTLS_KEYS, KEY_LABEL, sizeof KEY_LABEL - 1, NULL,
                                      0, 0) == 1;
}
