/* provenance/c2pa.h - names and numbers of C2PA manifests in MP4 files, for writers and readers.
 *
 * After the C2PA technical specification 2.2. A manifest store lies in a `uuid` box at the top level
 * of the file, made of JUMBF boxes (ISO 19566-5) around CBOR (RFC 8949).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_C2PA_H
#define PROVENANCE_C2PA_H

#include <stdint.h>

/* The outer box: D8FEC3D6-1B0E-483C-9297-5828877EC481. */
#define C2PA_BOX_UUID                                                                              \
    {                                                                                              \
        0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4,  \
            0x81                                                                                   \
    }
#define C2PA_PURPOSE "manifest"

/* A superbox's type is four letters and these. */
#define JUMBF_TYPE_TAIL                                                                            \
    {                                                                                              \
        0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71                     \
    }

#define C2PA_STORE "c2pa"
#define C2PA_MANIFEST "c2ma"
#define C2PA_ASSERTIONS "c2as"
#define C2PA_CLAIM "c2cl"
#define C2PA_SIGNATURE "c2cs"

#define C2PA_LABEL_ASSERTIONS "c2pa.assertions"
#define C2PA_LABEL_ACTIONS "c2pa.actions.v2"
#define C2PA_LABEL_HASH "c2pa.hash.bmff.v3"
#define C2PA_LABEL_INGREDIENT "c2pa.ingredient.v3"
#define C2PA_LABEL_CLAIM "c2pa.claim.v2"
#define C2PA_LABEL_SIGNATURE "c2pa.signature"

#define C2PA_SOURCE_COMPOSITE                                                                      \
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

/* Extended key usage of who signs claims; today's validators ask for that of e-mail instead. */
#define C2PA_EKU_CLAIM_SIGNING "1.3.6.1.4.1.62558.2.1"
#define C2PA_EKU_EMAIL "1.3.6.1.5.5.7.3.4"

#define C2PA_HASH_BYTES 32 /* SHA-256 */

#endif
