/* fuzz/cose.c - a signature as a claim has it, checked with the first certificate that it brings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "provenance/certificate.h"
#include "provenance/cose.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cose_signature s;
    certificate_chain chain;
    gnutls_pubkey_t key;
    vis_error err = {0};
    bool readable, genuine;
    if (!cose_read((byte_span){data, size}, &s)) return 0;
    cose_algorithm_name(s.algorithm);
    if (certificate_chain_read(&s.chain, &chain, &readable, &err) != VIS_OK) abort();
    if (readable && certificate_key(chain.crt[0], &key, &err) != VIS_OK) abort();
    if (readable && key) {
        if (cose_verify(&s, key, (byte_span){data, size}, &genuine, &err) != VIS_OK) abort();
        if (genuine) abort(); /* nobody can have signed what holds his signature */
        gnutls_pubkey_deinit(key);
    }
    certificate_chain_free(&chain);
    return 0;
}
