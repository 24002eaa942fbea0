/* provenance/verify.h - everything that a video says of how it was made, read and checked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_VERIFY_H
#define PROVENANCE_VERIFY_H

#include "media/input_file.h"
#include "provenance/store_check.h"
#include "provenance/xmp_read.h"

#define COMMENT_TEXT 1024

typedef enum marks_verdict {
    MARKS_NONE,
    MARKS_MACHINE_MADE, /* a mark says so, and everything that was found is intact */
    MARKS_BROKEN,
    MARKS_NOT_CHECKED, /* one was found that cannot be checked to its end */
    MARKS_OTHER,       /* an intact one that says nothing of the kind */
} marks_verdict;

typedef struct video_marks {
    marks_verdict verdict;
    /* Plain metadata, which anybody can write and remove: */
    mark_state metadata;
    xmp_marks xmp;
    char comment[COMMENT_TEXT]; /* "": none */
    char aigc[COMMENT_TEXT];    /* the mark of China's rules (GB 45438), JSON as it stands there */
    bool metadata_machine_made;
    /* Content credentials: */
    mark_state c2pa;
    bool c2pa_present;    /* there are some, whether they can be checked or not */
    const char *c2pa_why; /* where it is not "found": in words; NULL: its codes say all */
    store_marks store;
} video_marks;

/* VIS_ERR_OPEN, VIS_ERR_FORMAT, VIS_ERR_UNSUPPORTED: not a video that can be read; VIS_ERR_MEMORY. */
vis_status video_marks_read(input_file video, const trust_anchors *anchors, video_marks *out,
                            vis_error *err);

#endif
