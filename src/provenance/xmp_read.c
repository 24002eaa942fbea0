/* provenance/xmp_read.c - what an XMP packet says of how a video was made.
 *
 * No parser of XML: a property is its name and the text behind it, up to what cannot be in it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/xmp_read.h"

#include <string.h>

static const uint8_t *find(const uint8_t *at, const uint8_t *end, const char *what)
{
    size_t size = strlen(what);
    return (size_t)(end - at) >= size ? memmem(at, (size_t)(end - at), what, size) : NULL;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text of an element that begins at `at`, which is behind its name: of <p>text</p>, or of the
 * first resource or text within. */
static byte_span element_text(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *open = memchr(at, '>', (size_t)(end - at));
    if (!open) return (byte_span){0};
    const uint8_t *resource = find(at, open, "rdf:resource=");
    if (resource && open - resource > 14) {
        const uint8_t *text = resource + 14;
        const uint8_t *quote = memchr(text, text[-1], (size_t)(open - text));
        return quote ? (byte_span){text, (size_t)(quote - text)} : (byte_span){0};
    }
    const uint8_t *text = open + 1, *close = memchr(text, '<', (size_t)(end - text));
    return close ? (byte_span){text, (size_t)(close - text)} : (byte_span){0};
}

/* Of an attribute, p = "text". */
static byte_span attribute_text(const uint8_t *at, const uint8_t *end)
{
    while (at < end && is_space(*at))
        at++;
    if (end - at < 2 || (*at != '"' && *at != '\'')) return (byte_span){0};
    const uint8_t *close = memchr(at + 1, *at, (size_t)(end - at - 1));
    return close ? (byte_span){at + 1, (size_t)(close - at - 1)} : (byte_span){0};
}

static byte_span trim(byte_span s)
{
    while (s.size && is_space(s.data[0]))
        s.data++, s.size--;
    while (s.size && is_space(s.data[s.size - 1]))
        s.size--;
    return s;
}

/* Of a property that stands more than once, the first that has a text. */
static void read_property(byte_span packet, const char *name, char out[MARK_TEXT])
{
    const uint8_t *at = packet.data, *end = at + packet.size;
    out[0] = 0;
    while (!out[0] && (at = find(at, end, name))) {
        at += strlen(name);
        while (at < end && is_space(*at))
            at++;
        if (at == end) return;
        byte_span text = *at == '=' ? attribute_text(at + 1, end) : element_text(at, end);
        marks_text(trim(text), out);
    }
}

void xmp_read(byte_span packet, xmp_marks *out)
{
    memset(out, 0, sizeof *out);
    if (packet.size == 0) return;
    read_property(packet, ":DigitalSourceType", out->source_type);
    read_property(packet, "xmp:CreatorTool", out->tool);
    read_property(packet, "dcterms:provenance", out->elsewhere);
}
