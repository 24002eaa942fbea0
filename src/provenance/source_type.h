/* provenance/source_type.h - what IPTC's and C2PA's words for the origin of a medium say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_SOURCE_TYPE_H
#define PROVENANCE_SOURCE_TYPE_H

#include <stdbool.h>

/* The last word of a term given as an address, or as a word; points into it. */
const char *source_type_word(const char *term);

/* Made or changed by an algorithm that learned, or synthetic otherwise. */
bool source_type_machine_made(const char *term);

/* What the term means, for a reader without training; NULL: a word that is not known. */
const char *source_type_meaning(const char *term);

/* The first term of IPTC's list that stands for something machine-made in a free text; NULL: none. */
const char *source_type_in_text(const char *text);

#endif
