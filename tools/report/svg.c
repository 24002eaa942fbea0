/* report/svg.c - lines, texts and paths.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/svg.h"

#include <math.h>
#include <stdlib.h>

#define LETTER 6.7 /* pixels, of the 12-pixel font */
#define BASELINE 4 /* pixels from the middle of the letters down to the line they stand on */

/* Tenths as whole numbers: printf's %f writes a comma in some locales. */
static void put_number(markup *m, const char *before, double v)
{
    long tenths = lround(v * 10);
    markup_print(m, tenths % 10 ? "%s%s%ld.%ld" : "%s%s%ld", before, tenths < 0 ? "-" : "",
                 labs(tenths) / 10, labs(tenths) % 10);
}

static void put_attribute(markup *m, const char *name, double v)
{
    markup_print(m, " %s=", name);
    put_number(m, "\"", v);
    markup_raw(m, "\"");
}

void svg_line(markup *m, const char *class, double x1, double y1, double x2, double y2)
{
    markup_print(m, "<line class=\"%s\"", class);
    put_attribute(m, "x1", x1);
    put_attribute(m, "y1", y1);
    put_attribute(m, "x2", x2);
    put_attribute(m, "y2", y2);
    markup_raw(m, "/>\n");
}

static void begin_text(markup *m, const char *class, svg_anchor anchor)
{
    static const char *const names[] = {"start", "middle", "end"};
    markup_print(m, "<text class=\"%s\" text-anchor=\"%s\"", class, names[anchor]);
}

void svg_text(markup *m, const char *class, double x, double y, svg_anchor anchor, const char *text)
{
    begin_text(m, class, anchor);
    put_attribute(m, "x", x);
    put_attribute(m, "y", y + BASELINE);
    markup_raw(m, ">");
    markup_text(m, text);
    markup_raw(m, "</text>\n");
}

void svg_text_cut(markup *m, const char *class, double x, double y, int most, const char *text)
{
    begin_text(m, class, SVG_END);
    put_attribute(m, "x", x);
    put_attribute(m, "y", y + BASELINE);
    markup_raw(m, ">");
    markup_text_short(m, text, most);
    if (text_characters(text) > most) {
        markup_raw(m, "<title>");
        markup_text(m, text);
        markup_raw(m, "</title>");
    }
    markup_raw(m, "</text>\n");
}

void svg_text_upwards(markup *m, const char *class, double x, double y, const char *text)
{
    begin_text(m, class, SVG_MIDDLE);
    markup_raw(m, " transform=\"translate(");
    put_number(m, "", x + BASELINE);
    put_number(m, " ", y);
    markup_raw(m, ") rotate(-90)\">");
    markup_text(m, text);
    markup_raw(m, "</text>\n");
}

void svg_path(markup *m, const char *class, int series)
{
    markup_print(m, "<path class=\"%s", class);
    if (series >= 0) markup_print(m, " s%d", series);
    markup_raw(m, "\" d=\"");
}

void svg_move(markup *m, double x, double y)
{
    put_number(m, "M", x);
    put_number(m, " ", y);
}

void svg_draw(markup *m, double x, double y)
{
    put_number(m, "L", x);
    put_number(m, " ", y);
}

void svg_dot(markup *m, double x, double y)
{
    svg_move(m, x, y);
    markup_raw(m, "h0"); /* as wide as the round ends of its line */
}

void svg_box(markup *m, double x1, double y1, double x2, double y2)
{
    svg_move(m, x1, y1);
    put_number(m, "H", x2);
    put_number(m, "V", y2);
    put_number(m, "H", x1);
    markup_raw(m, "Z");
}

void svg_path_end(markup *m)
{
    markup_raw(m, "\"/>\n");
}

double svg_width(const char *text)
{
    return text_characters(text) * LETTER;
}
