/* report/page.c - the page from its head to its end, and everything but the tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "base/file.h"
#include "report/page_parts.h"
#include "report/style.h"

#include <stdlib.h>

#define PNG_MAX_BYTES (size_t) PICTURE_MAX_FILE

bool page_at(page *p, page_place place)
{
    if (!p || p->m.status != VIS_OK) return false;
    if (p->place == place) return true;
    p->m.status = vis_fail(&p->m.error, VIS_ERR_INTERNAL,
                           "a page's table or row of pictures was not begun or not ended");
    return false;
}

const char *page_tone_name(page_tone tone)
{
    static const char *const names[] = {"good", "fair", "bad", "plain"};
    return names[tone];
}

/* A tick, an exclamation mark, a cross, an i: each in its own outline, so that the tones differ
 * without their colours too. */
void page_symbol(page *p, const char *class, page_tone tone)
{
    static const char *const shapes[] = {
        "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7.5 12.5l3 3 6-6.5\"/>",
        "<path d=\"M12 2.5L22.5 21h-21z\"/><path d=\"M12 9.5v5M12 17.8v.1\"/>",
        "<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/><path d=\"M8.7 8.7l6.6 6.6M15.3 8.7l-6.6 6.6\"/>",
        "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 11v5.5M12 7.4v.1\"/>",
    };
    static const char *const meanings[] = {"good", "fair", "bad", "note"};
    markup_print(&p->m,
                 "<svg class=\"symbol %s\" viewBox=\"0 0 24 24\" role=\"img\">"
                 "<title>%s</title>%s</svg>",
                 class, meanings[tone], shapes[tone]);
}

static void put_head(page *p, const char *title, const char *subtitle)
{
    markup *m = &p->m;
    markup_raw(m, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"generator\" content=\"viseme\">\n<title>");
    markup_text(m, title);
    markup_raw(m, "</title>\n<style>\n");
    style_colors(m);
    markup_raw(m, style_of_pages);
    markup_raw(m, style_of_plots);
    markup_raw(m, "</style>\n</head>\n<body>\n<main>\n<h1>");
    markup_text(m, title);
    markup_raw(m, "</h1>\n");
    if (!subtitle) return;
    markup_raw(m, "<p class=\"subtitle\">");
    markup_text(m, subtitle);
    markup_raw(m, "</p>\n");
}

vis_status page_create(const char *title, const char *subtitle, page **out, vis_error *err)
{
    *out = NULL;
    page *p = calloc(1, sizeof *p);
    if (!p) return vis_fail_memory(err, "a page");
    buffer_init(&p->bytes, PAGE_MAX_BYTES);
    buffer_init(&p->cells, PAGE_MAX_BYTES);
    buffer_init(&p->png, PNG_MAX_BYTES);
    p->m = markup_begin(&p->bytes);
    put_head(p, title, subtitle);
    *out = p;
    return VIS_OK;
}

void page_free(page *p)
{
    if (!p) return;
    buffer_free(&p->bytes);
    buffer_free(&p->cells);
    buffer_free(&p->png);
    free(p);
}

/* <tag>escaped text</tag> */
static void put_element(page *p, const char *tag, const char *text)
{
    markup_print(&p->m, "<%s>", tag);
    markup_text(&p->m, text);
    markup_print(&p->m, "</%s>\n", tag);
}

void page_verdict(page *p, page_tone tone, const char *headline, const char *text)
{
    if (!page_at(p, PAGE_IN_FLOW)) return;
    markup_print(&p->m, "<section class=\"verdict %s\">\n", page_tone_name(tone));
    page_symbol(p, "", tone);
    markup_raw(&p->m, "<div>");
    put_element(p, "strong", headline);
    if (text && *text) put_element(p, "p", text);
    markup_raw(&p->m, "</div>\n</section>\n");
}

void page_heading(page *p, const char *text)
{
    if (page_at(p, PAGE_IN_FLOW)) put_element(p, "h2", text);
}

void page_text(page *p, const char *format, ...)
{
    if (!page_at(p, PAGE_IN_FLOW)) return;
    va_list arguments;
    va_start(arguments, format);
    markup_raw(&p->m, "<p>");
    markup_text_print(&p->m, format, arguments);
    markup_raw(&p->m, "</p>\n");
    va_end(arguments);
}

void page_pictures(page *p)
{
    if (!page_at(p, PAGE_IN_FLOW)) return;
    p->place = PAGE_IN_PICTURES;
    markup_raw(&p->m, "<div class=\"pictures\">\n");
}

static void put_image(page *p, const picture *shown, int width, const char *caption)
{
    markup *m = &p->m;
    int64_t height = ((int64_t)shown->height * width + shown->width / 2) / shown->width;
    markup_print(m, "<img%s width=\"%d\" height=\"%lld\" alt=\"",
                 width > shown->width ? " class=\"enlarged\"" : "", width,
                 (long long)(height > 0 ? height : 1));
    markup_text(m, caption);
    markup_raw(m, "\" src=\"data:image/png;base64,");
    markup_base64(m, p->png.data, p->png.size);
    markup_raw(m, "\">\n");
}

void page_picture(page *p, const picture *shown, int width, const char *caption)
{
    if (!page_at(p, PAGE_IN_PICTURES)) return;
    p->png.size = 0; /* the memory serves all pictures */
    p->m.status = picture_encode_png(shown, &p->png, &p->m.error);
    if (p->m.status != VIS_OK) return;
    if (width <= 0) width = shown->width;
    markup_print(&p->m, "<figure style=\"width:%dpx\">\n", width);
    put_image(p, shown, width, caption);
    if (caption) put_element(p, "figcaption", caption);
    markup_raw(&p->m, "</figure>\n");
}

void page_pictures_end(page *p)
{
    if (!page_at(p, PAGE_IN_PICTURES)) return;
    p->place = PAGE_IN_FLOW;
    markup_raw(&p->m, "</div>\n");
}

void page_plot(page *p, const plot *shown, const char *caption)
{
    if (!page_at(p, PAGE_IN_FLOW)) return;
    markup_raw(&p->m, "<figure class=\"chart\">\n");
    if (p->m.status == VIS_OK) p->m.status = plot_svg(shown, &p->bytes, &p->m.error);
    if (caption) put_element(p, "figcaption", caption);
    markup_raw(&p->m, "</figure>\n");
}

void page_footer(page *p, const char *text)
{
    if (page_at(p, PAGE_IN_FLOW)) put_element(p, "footer", text);
}

vis_status page_save(page *p, const char *path, vis_error *err)
{
    if (!p) return vis_fail(err, VIS_ERR_INTERNAL, "%s: there is no page to write", path);
    page_at(p, PAGE_IN_FLOW);
    size_t written = p->bytes.size;
    markup_raw(&p->m, "</main>\n</body>\n</html>\n");
    vis_status status = p->m.status;
    if (status == VIS_ERR_LIMIT)
        vis_fail(err, status, "%s: the page would be larger than %u MB; show fewer pictures", path,
                 PAGE_MAX_BYTES >> 20);
    else if (status != VIS_OK)
        vis_fail(err, status, "%s: %s", path, p->m.error.message);
    else
        status = file_write(path, p->bytes.data, p->bytes.size, err);
    p->bytes.size = written; /* so that it could be saved again */
    return status;
}
