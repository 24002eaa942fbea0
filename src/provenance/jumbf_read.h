/* provenance/jumbf_read.h - boxes of JUMBF (ISO/IEC 19566-5) that a stranger wrote, read where they
 * lie.
 *
 * A superbox begins with a description box, which gives its type and label; content boxes and
 * further superboxes follow. Boxes whose sizes do not fit end the search, as if they were not there.
 * Nothing is read deeper than the caller asks: a manifest store is JUMBF_DEPTH superboxes deep.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_JUMBF_READ_H
#define PROVENANCE_JUMBF_READ_H

#include "provenance/cbor_read.h"

#define JUMBF_DEPTH 4 /* store, manifest, its assertions, one assertion */

typedef struct jumbf_box {
    char type[5];      /* the first four bytes; "" where the other twelve are not C2PA's */
    byte_span label;   /* may be empty */
    byte_span content; /* all behind its own header: what is hashed */
    byte_span inside;  /* what is behind the description */
} jumbf_box;

/* The next superbox of `in` from `*at` on (0 at first), which is moved behind it. False: no more. */
bool jumbf_next(byte_span in, size_t *at, jumbf_box *out);

/* The first superbox of a type; of a label. Either may be NULL: any. */
bool jumbf_find(byte_span in, const char *type, const char *label, jumbf_box *out);

bool jumbf_label_is(const jumbf_box *box, const char *label);

/* The contents of the first content box of a type, "cbor". */
bool jumbf_content(const jumbf_box *box, const char type[5], byte_span *out);

#endif
