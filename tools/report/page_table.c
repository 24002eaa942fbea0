/* report/page_table.c - tables: kept by cells until they end, when it is known which columns hold
 * numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/page_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 4 /* characters of what may follow a number: "dB", "px", "/255", "%" */

static void keep(page *p, const char *text)
{
    if (!text) text = "";
    if (p->m.status == VIS_OK)
        p->m.status = buffer_append(&p->cells, text, strlen(text) + 1, &p->m.error);
}

void page_table(page *p, const char *caption, const char *const *columns, int count)
{
    if (!page_at(p, PAGE_IN_FLOW)) return;
    p->place = PAGE_IN_TABLE;
    p->columns = count;
    p->rows = 0;
    p->cells.size = 0;
    keep(p, caption);
    for (int i = 0; i < count; i++)
        keep(p, columns[i]);
}

void page_row(page *p, page_tone tone, const char *const *cells)
{
    if (!page_at(p, PAGE_IN_TABLE)) return;
    keep(p, (const char[]){(char)('0' + tone), '\0'});
    for (int i = 0; i < p->columns; i++)
        keep(p, cells[i]);
    p->rows++;
}

static const char *next(const char *cell)
{
    return cell + strlen(cell) + 1;
}

/* What stands for a number that is not there. */
static bool is_blank(const char *cell)
{
    static const char *const blanks[] = {"", "-", "\xE2\x80\x93", "\xE2\x80\x94", "n/a", "none"};
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (strcmp(cell, blanks[i]) == 0) return true;
    return false;
}

/* A number, perhaps with signs before it and a short unit after it. */
static bool is_number(const char *cell)
{
    static const char *const words[] = {"inf", "-inf", "nan", "\xE2\x88\x9E", "-nan"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(cell, words[i]) == 0) return true;
    while (*cell && !isalnum((unsigned char)*cell) && *cell != '.') /* + - < ~ and those of UTF-8 */
        cell++;
    if (!isdigit((unsigned char)*cell) && *cell != '.') return false;
    cell += strspn(cell, "0123456789.,");
    if (*cell == 'e' || *cell == 'E') {
        cell += 1 + strspn(cell + 1, "+-");
        cell += strspn(cell, "0123456789");
    }
    if (*cell == ' ') cell++;
    return text_characters(cell) <= UNIT && !strchr(cell, ' ');
}

/* Does the column whose first cell of rows is `cell` hold numbers and nothing else? */
static bool is_numeric(const page *p, const char *cell)
{
    bool any = false;
    for (int row = 0; row < p->rows; row++) {
        if (!is_number(cell) && !is_blank(cell)) return false;
        any = any || is_number(cell);
        for (int i = 0; row + 1 < p->rows && i <= p->columns; i++)
            cell = next(cell);
    }
    return any;
}

static void put_cell(page *p, const char *tag, bool numeric, page_tone mark, const char *cell)
{
    const char *scope = tag[1] == 'h' ? " scope=\"col\"" : "";
    markup_print(&p->m, "<%s%s%s>", tag, scope, numeric ? " class=\"number\"" : "");
    if (mark != PAGE_PLAIN) page_symbol(p, "mark", mark);
    markup_text(&p->m, cell);
    markup_print(&p->m, "</%s>", tag);
}

static const char *put_row(page *p, const bool *numeric, const char *cell)
{
    page_tone tone = (page_tone)(*cell - '0');
    cell = next(cell);
    if (tone == PAGE_PLAIN)
        markup_raw(&p->m, "<tr>");
    else
        markup_print(&p->m, "<tr class=\"%s\">", page_tone_name(tone));
    for (int i = 0; i < p->columns; i++, cell = next(cell))
        put_cell(p, "td", numeric[i], i == 0 ? tone : PAGE_PLAIN, cell);
    markup_raw(&p->m, "</tr>\n");
    return cell;
}

static void put_table(page *p, bool *numeric)
{
    const char *caption = (const char *)p->cells.data, *column = next(caption), *cell = column;
    for (int i = 0; i < p->columns; i++)
        cell = next(cell);
    const char *first = p->rows ? next(cell) : NULL;
    for (int i = 0; i < p->columns; i++) {
        numeric[i] = first && is_numeric(p, first);
        if (first) first = next(first);
    }
    markup_raw(&p->m, "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"");
    markup_text(&p->m, *caption ? caption : "table");
    markup_raw(&p->m, "\">\n<table>\n");
    if (*caption) {
        markup_raw(&p->m, "<caption>");
        markup_text(&p->m, caption);
        markup_raw(&p->m, "</caption>\n");
    }
    markup_raw(&p->m, "<thead><tr>");
    for (int i = 0; i < p->columns; i++, column = next(column))
        put_cell(p, "th", numeric[i], PAGE_PLAIN, column);
    markup_raw(&p->m, "</tr></thead>\n<tbody>\n");
    for (int row = 0; row < p->rows; row++)
        cell = put_row(p, numeric, cell);
    markup_raw(&p->m, "</tbody>\n</table>\n</div>\n");
}

void page_table_end(page *p)
{
    if (!page_at(p, PAGE_IN_TABLE)) return;
    p->place = PAGE_IN_FLOW;
    bool *numeric = calloc((size_t)p->columns + 1, sizeof *numeric);
    if (!numeric)
        p->m.status = vis_fail_memory(&p->m.error, "a table");
    else
        put_table(p, numeric);
    free(numeric);
}
