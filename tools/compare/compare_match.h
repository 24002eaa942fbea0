/* compare/compare_match.h - do the frames of two sides belong together?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_COMPARE_MATCH_H
#define COMPARE_COMPARE_MATCH_H

#include "compare/figures.h"
#include "sides/side.h"

/* A byte of an input face may differ by this much, and this share by more, before the faces are
 * called other ones: programs resize with other roundings. */
#define MATCH_FACE_STEP 3
#define MATCH_FACE_SHARE 0.001

/* What lies beside the frames of a folder: summary.json or metadata.json. */
typedef struct sidecar {
    bool known;
    char file[16];   /* "summary.json" */
    int64_t start;   /* -1: not said */
    figures figures; /* of a summary.json: one column; else empty */
} sidecar;

/* Reads what lies beside a side's frames; nothing there is fine. */
vis_status sidecar_read(const side *s, sidecar *out, vis_error *err);
void sidecar_free(sidecar *c);

/* Both sides say where they begin and of whom they are: VIS_ERR_MISMATCH where that differs. */
vis_status match_sidecars(const side *a, const sidecar *x, const side *b, const sidecar *y,
                          vis_error *err);

/* As many frames, under the same names or numbers; VIS_ERR_MISMATCH names those that only one has.
 * Looks at the first `first` of each only; -1: at all. */
vis_status match_names(const side *a, const side *b, int64_t first, vis_error *err);

/* The input faces of a frame, where both sides know them. */
vis_status match_faces(const side_frame *a, const side_frame *b, vis_error *err);

#endif
