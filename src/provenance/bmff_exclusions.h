/* provenance/bmff_exclusions.h - which bytes of an MP4 file the hash of a manifest leaves out.
 *
 * C2PA specification 2.2, hash of BMFF-based assets: each exclusion names boxes by a path of types,
 * "/moov[1]/trak[2]", and may ask for a length, a version, flags and bytes of them; it excludes the
 * box, or subsets of it. Both the list and the file are a stranger's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_BMFF_EXCLUSIONS_H
#define PROVENANCE_BMFF_EXCLUSIONS_H

#include "provenance/cbor_read.h"

#define BMFF_MAX_EXCLUSIONS 64
#define BMFF_MAX_RANGES 1024
#define BMFF_MAX_BOXES (1 << 20) /* of the file that are looked at, for all exclusions together */
#define BMFF_PATH_DEPTH 8

typedef struct bmff_range {
    int64_t start, end; /* offsets in the file */
} bmff_range;

typedef struct bmff_ranges {
    int count;
    bmff_range range[BMFF_MAX_RANGES]; /* ascending, apart from one another */
    bool additional; /* there are exclusions beside those that every manifest has */
    bool media;      /* parts of what is shown and heard (moov, mdat, moof) are among them */
} bmff_ranges;

typedef enum bmff_read {
    BMFF_READ,
    BMFF_MALFORMED, /* the list is not as the specification says */
    BMFF_BEYOND,    /* more than the limits above: not checked */
} bmff_read;

/* The ranges that `exclusions`, an array, leave out of the open file. */
bmff_read bmff_exclusions_read(int fd, int64_t file_size, const cbor_item *exclusions,
                               bmff_ranges *out);

#endif
