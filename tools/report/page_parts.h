/* report/page_parts.h - inside of a page, for the files that write its parts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_PAGE_PARTS_H
#define REPORT_PAGE_PARTS_H

#include "report/markup.h"
#include "report/page.h"

/* What may come next: words and plots, rows of the open table, pictures of the open row. */
typedef enum page_place { PAGE_IN_FLOW, PAGE_IN_TABLE, PAGE_IN_PICTURES } page_place;

struct page {
    buffer bytes;
    markup m;
    page_place place;
    int columns;  /* of the open table */
    int rows;     /* so far */
    buffer cells; /* of the open table, each with its terminator: caption, columns, and by rows a
                     letter for the tone ('0' + tone) and the cells */
    buffer png;   /* of the last picture */
};

/* Is the page there, unbroken, and at this place? A call at the wrong place breaks it. */
bool page_at(page *p, page_place place);

/* The word of a tone in class names, "good", and its little drawing, <svg class="`class`">. */
const char *page_tone_name(page_tone tone);
void page_symbol(page *p, const char *class, page_tone tone);

#endif
