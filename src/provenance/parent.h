/* provenance/parent.h - what a video is made from, where that says something of itself: footage
 * whose own manifest goes into the new one, as its ingredient.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_PARENT_H
#define PROVENANCE_PARENT_H

#include "base/buffer.h"
#include "base/log.h"
#include "provenance/c2pa.h"

typedef struct parent {
    buffer manifests; /* all of its store, as they lie in it */
    char *label;      /* of the active one, whose contents and signature have these digests: */
    uint8_t manifest[C2PA_HASH_BYTES], signature[C2PA_HASH_BYTES];
    buffer results; /* what came of checking it: the value of validationResults, CBOR */
} parent;

/* Reads and checks the store of the video `path`. *out is NULL where it has none, or, with a
 * warning, one that cannot be taken over: broken, or in a form that is not read. VIS_ERR_OPEN,
 * VIS_ERR_MEMORY. */
vis_status parent_read(const char *path, const vis_log *log, parent **out, vis_error *err);
void parent_free(parent *p); /* NULL is fine */

#endif
