/* provenance/credential_load.c - a key and its chain from PEM files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/file.h"
#include "provenance/credential_internal.h"
#include "provenance/signer_profile.h"

#include <string.h>

#define PEM_MAX (256u << 10)
#define KEY_ID_MAX 64

/* ---- The key ---- */

static bool says(const buffer *text, const char *what)
{
    return text->size > 0 && memmem(text->data, text->size, what, strlen(what));
}

static vis_status explain_key(const buffer *text, int rc, const char *path, vis_error *err)
{
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, "a key");
    if (says(text, "ENCRYPTED"))
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "%s: the key is encrypted, and nobody is asked for a password here; "
                        "decrypt it: openssl pkey -in KEY.pem -out DECRYPTED.pem",
                        path);
    if (says(text, "CERTIFICATE"))
        return vis_fail(err, VIS_ERR_FORMAT, "%s: holds a certificate where a key is expected",
                        path);
    return vis_fail(err, VIS_ERR_FORMAT, "%s: holds no private key in PEM (%s)", path,
                    gnutls_strerror(rc));
}

static vis_status parse_key(const buffer *text, const char *path, gnutls_x509_privkey_t *out,
                            vis_error *err)
{
    const gnutls_datum_t pem = {text->data, (unsigned)text->size};
    int rc = gnutls_x509_privkey_init(out);
    if (rc != 0) return credential_fail(rc, VIS_ERR_FORMAT, path, "a key", err);
    rc = gnutls_x509_privkey_import2(*out, &pem, GNUTLS_X509_FMT_PEM, NULL,
                                     GNUTLS_PKCS_PLAIN | GNUTLS_PKCS_NULL_PASSWORD);
    if (rc == 0) return VIS_OK;
    gnutls_x509_privkey_deinit(*out);
    return explain_key(text, rc, path, err);
}

static vis_status read_key(const char *path, gnutls_x509_privkey_t *out, vis_error *err)
{
    buffer text;
    buffer_init(&text, PEM_MAX);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK) status = parse_key(&text, path, out, err);
    if (text.data) explicit_bzero(text.data, text.size);
    buffer_free(&text);
    return status;
}

/* ---- The chain ---- */

typedef struct certificates {
    gnutls_x509_crt_t *one;
    unsigned count;
} certificates;

static void free_certificates(certificates *all)
{
    for (unsigned i = 0; i < all->count; i++)
        gnutls_x509_crt_deinit(all->one[i]);
    gnutls_free(all->one);
}

static vis_status parse_certificates(const buffer *text, const char *path, certificates *out,
                                     vis_error *err)
{
    const gnutls_datum_t pem = {text->data, (unsigned)text->size};
    int rc = gnutls_x509_crt_list_import2(&out->one, &out->count, &pem, GNUTLS_X509_FMT_PEM, 0);
    if (rc >= 0 && out->count > 0) return VIS_OK;
    *out = (certificates){0};
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, "certificates");
    if (says(text, "PRIVATE KEY") && !says(text, "CERTIFICATE"))
        return vis_fail(err, VIS_ERR_FORMAT, "%s: holds a key where certificates are expected",
                        path);
    return vis_fail(err, VIS_ERR_FORMAT, "%s: holds no certificate in PEM (%s)", path,
                    gnutls_strerror(rc));
}

static vis_status read_certificates(const char *path, certificates *out, vis_error *err)
{
    buffer text;
    buffer_init(&text, PEM_MAX);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK) status = parse_certificates(&text, path, out, err);
    buffer_free(&text);
    return status;
}

/* Without a root, which readers have or have not. */
static int chain_length(const certificates *all)
{
    gnutls_x509_crt_t last = all->one[all->count - 1];
    bool root = all->count > 1 && gnutls_x509_crt_check_issuer(last, last);
    return (int)all->count - root;
}

static vis_status take_chain(credential *c, const certificates *all, const char *path,
                             vis_error *err)
{
    int count = chain_length(all);
    if (count > CREDENTIAL_MAX_CHAIN)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: %d certificates; %d at most are written", path,
                        count, CREDENTIAL_MAX_CHAIN);
    VIS_TRY(signer_profile_check(all->one, count, path, err));
    for (int i = 0; i < count; i++)
        VIS_TRY(credential_add(c, all->one[i], err));
    return VIS_OK;
}

/* ---- Both ---- */

static bool belong_together(gnutls_x509_privkey_t key, gnutls_x509_crt_t certificate)
{
    uint8_t a[KEY_ID_MAX], b[KEY_ID_MAX];
    size_t a_size = sizeof a, b_size = sizeof b;
    return gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, a, &a_size) == 0 &&
           gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, b, &b_size) == 0 &&
           a_size == b_size && memcmp(a, b, a_size) == 0;
}

static vis_status check_pair(gnutls_x509_privkey_t key, const certificates *all,
                             const char *key_path, const char *path, vis_error *err)
{
    if (belong_together(key, all->one[0])) return VIS_OK;
    for (unsigned i = 1; i < all->count; i++)
        if (belong_together(key, all->one[i]))
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "%s: the key's own certificate is number %u; it must come first", path,
                            i + 1);
    return vis_fail(err, VIS_ERR_MISMATCH, "%s: is not the key of the certificate in %s", key_path,
                    path);
}

static vis_status load_with(credential *c, gnutls_x509_privkey_t key, const char *key_path,
                            const char *path, vis_error *err)
{
    certificates all = {0};
    vis_status status = read_certificates(path, &all, err);
    if (status == VIS_OK) status = check_pair(key, &all, key_path, path, err);
    if (status == VIS_OK) status = take_chain(c, &all, path, err);
    free_certificates(&all);
    return status;
}

static vis_status load_all(credential *c, const char *key_path, const char *path, vis_error *err)
{
    gnutls_x509_privkey_t key;
    VIS_TRY(read_key(key_path, &key, err));
    vis_status status = load_with(c, key, key_path, path, err);
    if (status == VIS_OK) return credential_take_key(c, key, key_path, err);
    gnutls_x509_privkey_deinit(key);
    return status;
}

vis_status credential_load(const char *key, const char *certificate, credential **out,
                           vis_error *err)
{
    *out = NULL;
    credential *c = credential_has_room() ? credential_new() : NULL;
    if (!c) return vis_fail_memory(err, "a key");
    vis_status status = load_all(c, key, certificate, err);
    if (status == VIS_OK)
        *out = c;
    else
        credential_free(c);
    return status;
}
