/* report/page.h - one self-contained HTML page: words, tables, pictures inline, plots as SVG.
 *
 * A page is written from top to bottom by the calls below and saved at the end. It opens offline:
 * no script, no font, no file beside it. Texts are escaped. The first failure (memory, or the limit
 * of PAGE_MAX_BYTES) sticks and is returned by page_save, so that the calls between need no checks;
 * all of them take NULL for the page and then do nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "media/picture.h"
#include "report/plot.h"

#include <stdbool.h>

#define PAGE_MAX_BYTES (256u << 20)

typedef struct page page;

typedef enum page_tone { PAGE_GOOD, PAGE_FAIR, PAGE_BAD, PAGE_PLAIN } page_tone;

/* A page titled `title`; `subtitle` (may be NULL) stands below it, smaller. Released with
 * page_free; NULL is fine there. */
vis_status page_create(const char *title, const char *subtitle, page **out, vis_error *err);
void page_free(page *p);

/* A coloured box: the answer in a few words, and a sentence or two about it. */
void page_verdict(page *p, page_tone tone, const char *headline, const char *text);

void page_heading(page *p, const char *text);
void page_text(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A table. Columns of numbers (each with a short unit, if any: "31.4 dB", "-1e-7", "3 %"; or "-" or
 * nothing, where there is none) stand to the right. page_row takes as many texts as there are
 * columns; a tone other than PAGE_PLAIN marks the row. `caption` may be NULL. */
void page_table(page *p, const char *caption, const char *const *columns, int count);
void page_row(page *p, page_tone tone, const char *const *cells);
void page_table_end(page *p);

/* Pictures side by side, wrapping where the window ends: page_pictures, then any number of
 * page_picture, then page_pictures_end. A picture is kept losslessly (PNG); `width` in CSS pixels,
 * 0: its own. Enlarged ones show their pixels. */
void page_pictures(page *p);
void page_picture(page *p, const picture *shown, int width, const char *caption);
void page_pictures_end(page *p);

/* A plot (report/plot.h) with a caption (may be NULL). */
void page_plot(page *p, const plot *shown, const char *caption);

/* Small print at the end: what was run, on what. Text by lines. */
void page_footer(page *p, const char *text);

/* Completes the page and writes it, whole or not at all. The page must still be freed. */
vis_status page_save(page *p, const char *path, vis_error *err);

#endif
