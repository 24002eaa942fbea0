/* fuzz/manifests.c - a store of manifests (JUMBF) as a stranger's file holds it: claims, assertions,
 * signature, ingredients, all but the file that it is tied to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "provenance/store_check.h"

#include <stdlib.h>
#include <string.h>

static void check_text(const char *text)
{
    if (strlen(text) >= MARK_TEXT) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static store_marks marks;
    vis_error err = {0};
    trust_anchors *anchors;
    if (trust_anchors_open(NULL, &anchors, &err) != VIS_OK) abort();
    vis_status status = store_check((byte_span){data, size}, NULL, anchors, &marks, &err);
    target_check(status, &err);
    if (status == VIS_OK && marks.state == MARK_FOUND) abort(); /* nothing was bound to a file */
    if (marks.active.trusted) abort();
    for (int i = 0; i < marks.active.codes; i++)
        check_text(marks.active.code[i].where);
    for (int i = 0; i < marks.active.actions; i++)
        check_text(marks.active.action[i].software);
    trust_anchors_close(anchors);
    return 0;
}
