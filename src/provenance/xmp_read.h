/* provenance/xmp_read.h - what an XMP packet says of how a video was made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_XMP_READ_H
#define PROVENANCE_XMP_READ_H

#include "provenance/manifest_marks.h"

typedef struct xmp_marks {
    char source_type[MARK_TEXT]; /* Iptc4xmpExt:DigitalSourceType; "": none */
    char tool[MARK_TEXT];        /* xmp:CreatorTool */
    char elsewhere[MARK_TEXT];   /* dcterms:provenance: where a manifest lies; never fetched */
} xmp_marks;

/* Reads the few properties that are wanted, written as elements or as attributes; whatever else
 * the packet is. */
void xmp_read(byte_span packet, xmp_marks *out);

#endif
