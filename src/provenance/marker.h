/* provenance/marker.h - what videos that are made here say about themselves, and their signature.
 *
 * A marker is what a job's or a server's videos have in common; a marking is one video's: its tags,
 * its XMP packet, its identity, and the seal that mp4_finish sets last.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_MARKER_H
#define PROVENANCE_MARKER_H

#include "base/status.h"
#include "media/mp4_finish.h"
#include "media/video_marks.h"
#include "provenance/parent.h"

#include <stdbool.h>

/* Texts are copied. As in vis_render_options (viseme.h). */
typedef struct marker_options {
    bool no_sign;
    const char *sign_key, *sign_certificate; /* PEM files; NULL, both: a key made for each video */
    const char *mark_id;                     /* NULL: another for each video */
    const char *aigc_producer, *aigc_id;     /* NULL, both: no such field */
} marker_options;

/* Any number of threads. */
typedef struct marker marker;

/* Checks all of it, files included: VIS_ERR_USAGE, and as credential_load. */
vis_status marker_open(const marker_options *options, marker **out, vis_error *err);
void marker_close(marker *m); /* no marking may be left; NULL is fine */

/* One thread at a time. */
typedef struct marking marking;

/* For a video whose lips the checkpoint of that SHA-256 (hexadecimal) paints, a text that must
 * outlive the marking, as must what it is made of (NULL: nothing that says so). VIS_ERR_MEMORY, VIS_ERR_INTERNAL. */
vis_status marking_open(marker *m, const char *model_sha256, const parent *of, marking **out,
                        vis_error *err);

/* Is what a video is made from to be looked at? Where nothing is signed it is not. */
bool marker_signs(const marker *m);
void marking_close(marking *m); /* NULL is fine */

/* The marking's. */
const video_marks *marking_tags(const marking *m);
const mp4_seal *marking_seal(const marking *m); /* NULL: not to be signed */

/* What to tell whoever had it made; "" where it is not signed. */
const char *marking_manifest(const marking *m); /* "urn:c2pa:" and a UUID */
const char *marking_signer(const marking *m);   /* in words: a key of its own, or whose */

#endif
