/* provenance/store_check.h - all manifests of a file: the active one, and those of what it was made
 * from.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_STORE_CHECK_H
#define PROVENANCE_STORE_CHECK_H

#include "provenance/manifest_check.h"

#define STORE_MAX_MANIFESTS 32

typedef struct store_marks {
    mark_state state;
    bool machine_made; /* the active manifest says so, or an intact one of what it was made from */
    manifest_marks active; /* the last one of the store */
} store_marks;

/* Checks a manifest store. `file` NULL: whether it belongs to its file is not looked at. VIS_ERR_OPEN
 * (the file cannot be read), VIS_ERR_MEMORY; what is wrong with the store is no error. */
vis_status store_check(byte_span store, const marked_file *file, const trust_anchors *anchors,
                       store_marks *out, vis_error *err);

#endif
