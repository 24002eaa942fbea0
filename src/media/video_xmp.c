/* media/video_xmp.c - the XMP packet that says how a video was made.
 *
 * Packet wrapper and RDF form: ISO 16684-1. Iptc4xmpExt:DigitalSourceType, AISystemUsed and
 * AISystemVersionUsed: IPTC Photo and Video Metadata standards, extension schema; the source type's
 * value is a term of IPTC's vocabulary of that name, given as its address.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_xmp.h"

#include <stdbool.h>
#include <string.h>

#define SOURCE_TYPES "http://cv.iptc.org/newscodes/digitalsourcetype/"

/* Length of the valid UTF-8 sequence at `s`, 0 when there is none. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    int length = s[0] >= 0xC2 && s[0] < 0xE0   ? 2
                 : s[0] >= 0xE0 && s[0] < 0xF0 ? 3
                 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                               : 0;
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80) return 0; /* the terminator, too, ends here */
    /* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return length;
}

/* Appends text as XML character data; what XML cannot hold becomes '?'. */
static vis_status append_text(buffer *out, const char *text, vis_error *err)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        const char *entity = *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '&' ? "&amp;" : NULL;
        int length = utf8_length(s);
        bool control = *s < 0x20 && *s != '\t' && *s != '\n';
        if (entity)
            VIS_TRY(buffer_append(out, entity, strlen(entity), err));
        else if (length == 0 || control)
            VIS_TRY(buffer_append(out, "?", 1, err));
        else
            VIS_TRY(buffer_append(out, s, (size_t)length, err));
        s += length ? length : 1;
    }
    return VIS_OK;
}

/* One property: what stands before the text, the text, what stands behind it; nothing for NULL. */
static vis_status append_property(buffer *out, const char *before, const char *text,
                                  const char *after, vis_error *err)
{
    if (!text) return VIS_OK;
    VIS_TRY(buffer_append(out, before, strlen(before), err));
    VIS_TRY(append_text(out, text, err));
    return buffer_append(out, after, strlen(after), err);
}

vis_status video_xmp(const video_marks *marks, buffer *out, vis_error *err)
{
    if (!marks->digital_source_type && !marks->creator && !marks->model_sha256) return VIS_OK;
    VIS_TRY(
        buffer_print(out, err,
                     "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                     "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                     "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                     "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
                     " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
                     " xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">\n"));
    VIS_TRY(append_property(out, "<Iptc4xmpExt:DigitalSourceType>" SOURCE_TYPES,
                            marks->digital_source_type, "</Iptc4xmpExt:DigitalSourceType>\n", err));
    VIS_TRY(append_property(out, "<xmp:CreatorTool>", marks->creator, "</xmp:CreatorTool>\n", err));
    VIS_TRY(append_property(out,
                            "<xmpMM:InstanceID xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\">",
                            marks->instance_id, "</xmpMM:InstanceID>\n", err));
    VIS_TRY(append_property(out, "<Iptc4xmpExt:AISystemUsed>", marks->creator,
                            "</Iptc4xmpExt:AISystemUsed>\n", err));
    VIS_TRY(append_property(out, "<Iptc4xmpExt:AISystemVersionUsed>checkpoint SHA-256 ",
                            marks->model_sha256, "</Iptc4xmpExt:AISystemVersionUsed>\n", err));
    VIS_TRY(append_property(out, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">",
                            marks->description, "</rdf:li></rdf:Alt></dc:description>\n", err));
    return buffer_print(out, err,
                        "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>");
}
