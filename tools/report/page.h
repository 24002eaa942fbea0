/* report/page.h - a judge's JSON as one self-contained HTML page to look at.
 *
 * All pages are one template, the files of report/page/: its scripts draw what the JSON says, and
 * say it in words; here it is only put into the page, with the pictures that go with it. Nothing in
 * it can end the element that holds it, and the page's policy lets no script run but its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/buffer.h"
#include "media/picture.h"

#include <jansson.h>

#define PAGE_MAX_BYTES (256u << 20)

typedef struct page {
    buffer bytes;     /* the page so far */
    buffer png;       /* of the last picture: the memory serves all */
    const char *next; /* of the template */
    int pictures;
} page;

/* A page of the kind `report`, which is the name of the script that draws it ("compare"); `json` is
 * the name of the file beside it that holds the same facts. Both are plain words. To be released
 * with page_free also on failure. VIS_ERR_MEMORY. */
vis_status page_begin(const char *report, const char *json, page *out, vis_error *err);
void page_free(page *p);

/* Adds a picture, losslessly, under a name (a plain word) and a number that the script looks it up
 * by. VIS_ERR_MEMORY; VIS_ERR_LIMIT beyond PAGE_MAX_BYTES. */
vis_status page_picture(page *p, const char *name, int64_t number, const picture *shown,
                        vis_error *err);

/* Puts in the facts, which are used up (NULL: they could not be made), and writes the page, whole
 * or not at all. VIS_ERR_MEMORY, VIS_ERR_LIMIT, VIS_ERR_WRITE. */
vis_status page_save(page *p, json_t *facts, const char *path, vis_error *err);

#endif
