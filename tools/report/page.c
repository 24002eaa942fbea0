/* report/page.c - the template filled in: {{report}}, {{json}}, {{style}}, {{script}}, their hashes,
 * {{pictures}} and {{facts}}.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "base/file.h"
#include "base/json.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#define PNG_MAX_BYTES (size_t) PICTURE_MAX_FILE
#define GROUPS 1024 /* of base64, three bytes each, appended at a time */

/* report/template.S */
extern const char page_template[], page_style[], page_script[];

static vis_status append(page *p, const char *text, vis_error *err)
{
    return buffer_append(&p->bytes, text, strlen(text), err);
}

static vis_status append_base64(page *p, const uint8_t *bytes, size_t size, vis_error *err)
{
    char text[BASE64_ENCODE_RAW_LENGTH(3 * GROUPS)];
    for (size_t i = 0; i < size; i += (size_t)3 * GROUPS) {
        size_t some = size - i < (size_t)3 * GROUPS ? size - i : (size_t)3 * GROUPS;
        base64_encode_raw(text, some, bytes + i);
        VIS_TRY(buffer_append(&p->bytes, text, BASE64_ENCODE_RAW_LENGTH(some), err));
    }
    return VIS_OK;
}

/* The hash by which the page's policy knows its own style and script. */
static vis_status append_hash(page *p, const char *text, vis_error *err)
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, strlen(text), (const uint8_t *)text);
    sha256_digest(&hash, sizeof digest, digest);
    return append_base64(p, digest, sizeof digest, err);
}

static bool is_named(const char *place, const char *name)
{
    size_t length = strlen(name);
    return strncmp(place, name, length) == 0 && strncmp(place + length, "}}", 2) == 0;
}

/* Appends the template up to the place {{until}} and goes behind it; NULL: to the end. */
static vis_status fill(page *p, const char *until, const char *report, const char *json,
                       vis_error *err)
{
    const char *place;
    while ((place = strstr(p->next, "{{"))) {
        VIS_TRY(buffer_append(&p->bytes, p->next, (size_t)(place - p->next), err));
        place += 2;
        p->next = strstr(place, "}}") + 2;
        if (until && is_named(place, until)) return VIS_OK;
        if (is_named(place, "report")) VIS_TRY(append(p, report, err));
        if (is_named(place, "json")) VIS_TRY(append(p, json, err));
        if (is_named(place, "style")) VIS_TRY(append(p, page_style, err));
        if (is_named(place, "script")) VIS_TRY(append(p, page_script, err));
        if (is_named(place, "style hash")) VIS_TRY(append_hash(p, page_style, err));
        if (is_named(place, "script hash")) VIS_TRY(append_hash(p, page_script, err));
    }
    return append(p, p->next, err);
}

vis_status page_begin(const char *report, const char *json, page *out, vis_error *err)
{
    *out = (page){.next = page_template};
    buffer_init(&out->bytes, PAGE_MAX_BYTES);
    buffer_init(&out->png, PNG_MAX_BYTES);
    return fill(out, "pictures", report, json, err);
}

void page_free(page *p)
{
    buffer_free(&p->bytes);
    buffer_free(&p->png);
}

/* Says what can be done where a page became too large. */
static vis_status too_large(vis_status status, vis_error *err)
{
    if (status != VIS_ERR_LIMIT) return status;
    return vis_fail(err, status, "report.html would be larger than %u MB; show fewer pictures",
                    PAGE_MAX_BYTES >> 20);
}

static vis_status append_picture(page *p, const char *name, int64_t number, const picture *shown,
                                 vis_error *err)
{
    p->png.size = 0;
    VIS_TRY(picture_encode_png(shown, &p->png, err));
    VIS_TRY(buffer_print(&p->bytes, err,
                         "%s{\"name\": \"%s\", \"number\": %lld, \"width\": %d, \"height\": %d, "
                         "\"png\": \"",
                         p->pictures++ ? ",\n" : "", name, (long long)number, shown->width,
                         shown->height));
    VIS_TRY(append_base64(p, p->png.data, p->png.size, err));
    return append(p, "\"}", err);
}

vis_status page_picture(page *p, const char *name, int64_t number, const picture *shown,
                        vis_error *err)
{
    return too_large(append_picture(p, name, number, shown, err), err);
}

/* Bytes of what means something to HTML or ends a line of a script; 0: something else is here.
 * Outside of its texts JSON has none of these, and within them \uXXXX means the same. Line breaks
 * are outside of texts alone: they go, with the indentation behind them. */
static size_t special(const char *c, const char **escaped)
{
    *escaped = *c == '\n'                           ? ""
               : *c == '<'                          ? "\\u003c"
               : *c == '>'                          ? "\\u003e"
               : *c == '&'                          ? "\\u0026"
               : strncmp(c, "\xe2\x80\xa8", 3) == 0 ? "\\u2028"
               : strncmp(c, "\xe2\x80\xa9", 3) == 0 ? "\\u2029"
                                                    : NULL;
    return !*escaped ? 0 : *c == '\n' ? 1 + strspn(c + 1, " ") : *c == '\xe2' ? 3 : 1;
}

static vis_status append_facts(page *p, const char *text, vis_error *err)
{
    const char *from = text, *escaped;
    for (const char *c = text; *c;) {
        size_t length = special(c, &escaped);
        if (length) {
            VIS_TRY(buffer_append(&p->bytes, from, (size_t)(c - from), err));
            VIS_TRY(append(p, escaped, err));
            from = c + length;
        }
        c += length ? length : 1;
    }
    return append(p, from, err);
}

vis_status page_save(page *p, json_t *facts, const char *path, vis_error *err)
{
    char *text;
    VIS_TRY(json_print(facts, &text, err));
    vis_status status = fill(p, "facts", "", "", err);
    if (status == VIS_OK) status = append_facts(p, text, err);
    if (status == VIS_OK) status = fill(p, NULL, "", "", err);
    free(text);
    VIS_TRY(too_large(status, err));
    return file_write(path, p->bytes.data, p->bytes.size, err);
}
