/* provenance/bmff_hash.h - does an MP4 file have the hash that its manifest gives?
 *
 * Assertions c2pa.hash.bmff.v2 and .v3: over each box at the top level, in the order of the file,
 * go its offset (8 bytes, big-endian) and its bytes, but for what exclusions leave out; of a box
 * that is left out altogether, the offset too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_BMFF_HASH_H
#define PROVENANCE_BMFF_HASH_H

#include "base/status.h"
#include "provenance/cbor_read.h"

typedef enum bmff_verdict {
    BMFF_MATCH,
    BMFF_MISMATCH,
    BMFF_HASH_MALFORMED,   /* the assertion is not as the specification says */
    BMFF_HASH_UNSUPPORTED, /* another algorithm, pieces (merkle), or beyond our limits: not checked */
} bmff_verdict;

typedef struct bmff_answer {
    bmff_verdict verdict;
    bool additional; /* exclusions beside those that every manifest has */
    const char *why; /* of MALFORMED and UNSUPPORTED, in words */
} bmff_answer;

/* Checks the assertion's CBOR against the open file. `standard` names the algorithm where the
 * assertion names none. VIS_ERR_OPEN where the file cannot be read, VIS_ERR_MEMORY. `name` for
 * messages. */
vis_status bmff_hash_check(int fd, int64_t file_size, const cbor_item *assertion,
                           byte_span standard, const char *name, bmff_answer *out, vis_error *err);

#endif
