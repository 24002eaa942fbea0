/* provenance/manifest_check.h - one manifest checked: signature, signer, assertions, actions, and
 * whether it belongs to the file that it lies in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_MANIFEST_CHECK_H
#define PROVENANCE_MANIFEST_CHECK_H

#include "base/status.h"
#include "provenance/claim.h"

/* The file that a manifest lies in. */
typedef struct marked_file {
    const char *name; /* for messages */
    int fd;
    int64_t size;
} marked_file;

/* Fills `out`, and `claim` as far as it can be read (else its version is 0). `file` NULL: the manifest belongs to a file that is not there, and its binding is not
 * looked at. VIS_ERR_OPEN (the file cannot be read), VIS_ERR_MEMORY; what is wrong with the manifest is no
 * error. */
vis_status manifest_check(const jumbf_box *manifest, const marked_file *file,
                          const trust_anchors *anchors, claim *claim, manifest_marks *out,
                          vis_error *err);

#endif
