/* provenance/jumbf_read.c - boxes of JUMBF that a stranger wrote, read where they lie.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/jumbf_read.h"

#include "media/mp4_boxes.h" /* JUMBF's boxes are those of MP4 */
#include "provenance/c2pa.h"

#include <string.h>

enum { TYPE_BYTES = 16, LABEL_PRESENT = 2 };

/* The description box: a type of 16 bytes, toggles, and where they say so a label that ends in 0. */
static bool read_description(byte_span d, jumbf_box *out)
{
    static const uint8_t tail[TYPE_BYTES - 4] = JUMBF_TYPE_TAIL;
    if (d.size < TYPE_BYTES + 1) return false;
    bool known = memcmp(d.data + 4, tail, sizeof tail) == 0;
    memset(out->type, 0, sizeof out->type);
    if (known) memcpy(out->type, d.data, 4);
    if (!(d.data[TYPE_BYTES] & LABEL_PRESENT)) return true;
    const uint8_t *label = d.data + TYPE_BYTES + 1;
    size_t room = d.size - TYPE_BYTES - 1;
    const uint8_t *end = memchr(label, 0, room);
    if (!end) return false;
    out->label = (byte_span){label, (size_t)(end - label)};
    return true;
}

bool jumbf_next(byte_span in, size_t *at, jumbf_box *out)
{
    mp4_box box, description;
    *out = (jumbf_box){0};
    if (!mp4_find(in.data, *at, in.size, "jumb", &box)) return false;
    *at = box.end;
    if (!mp4_find(in.data, box.inside, box.end, "jumd", &description)) return false;
    if (description.start != box.inside) return false;
    byte_span said = {in.data + description.inside, description.end - description.inside};
    out->content = (byte_span){in.data + box.inside, box.end - box.inside};
    out->inside = (byte_span){in.data + description.end, box.end - description.end};
    return read_description(said, out);
}

bool jumbf_label_is(const jumbf_box *box, const char *label)
{
    return box->label.size == strlen(label) && memcmp(box->label.data, label, box->label.size) == 0;
}

bool jumbf_find(byte_span in, const char *type, const char *label, jumbf_box *out)
{
    size_t at = 0;
    while (jumbf_next(in, &at, out))
        if ((!type || strcmp(out->type, type) == 0) && (!label || jumbf_label_is(out, label)))
            return true;
    *out = (jumbf_box){0};
    return false;
}

bool jumbf_content(const jumbf_box *box, const char type[5], byte_span *out)
{
    mp4_box found;
    *out = (byte_span){0};
    if (!mp4_find(box->inside.data, 0, box->inside.size, type, &found)) return false;
    *out = (byte_span){box->inside.data + found.inside, found.end - found.inside};
    return true;
}
