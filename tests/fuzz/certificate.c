/* fuzz/certificate.c - a certificate in DER as a stranger's file brings it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "provenance/certificate.h"

#include <stdlib.h>
#include <string.h>

static void read_chain(const certificate_chain *chain)
{
    char name[CERTIFICATE_NAME];
    const char *why;
    bool purpose;
    gnutls_pubkey_t key;
    vis_error err = {0};
    certificate_subject(chain->crt[0], name);
    if (strlen(name) >= sizeof name || strchr(name, '\n')) abort();
    certificate_issuer(chain->crt[0], name);
    certificate_valid_now(chain->crt[0]);
    target_check(certificate_profile(chain->crt[0], &why, &purpose, &err), &err);
    target_check(certificate_key(chain->crt[0], &key, &err), &err);
    if (key) gnutls_pubkey_deinit(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cbor_item item = {CBOR_BYTES, false, size, data, data + size};
    certificate_chain chain;
    trust_anchors *anchors;
    vis_error err = {0};
    bool readable, trusted;
    if (certificate_chain_read(&item, &chain, &readable, &err) != VIS_OK) abort();
    if (readable) {
        read_chain(&chain);
        if (trust_anchors_open(NULL, &anchors, &err) != VIS_OK) abort();
        target_check(trust_anchors_check(anchors, &chain, &trusted, &err), &err);
        if (trusted) abort();
        trust_anchors_close(anchors);
    }
    certificate_chain_free(&chain);
    return 0;
}
