/* provenance/jumbf_write.c - description boxes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/jumbf_write.h"

#include "media/mp4_tables.h"
#include "provenance/c2pa.h"

#include <string.h>

#define TOGGLES "\x03" /* can be asked for; has a label */

static vis_status write_description(buffer *out, const char type[5], const char *label,
                                    vis_error *err)
{
    static const uint8_t tail[] = JUMBF_TYPE_TAIL;
    size_t start;
    VIS_TRY(mp4_begin(out, "jumd", &start, err));
    VIS_TRY(buffer_append(out, type, 4, err));
    VIS_TRY(buffer_append(out, tail, sizeof tail, err));
    VIS_TRY(buffer_append(out, TOGGLES, 1, err));
    VIS_TRY(buffer_append(out, label, strlen(label) + 1, err));
    mp4_end(out, start);
    return VIS_OK;
}

vis_status jumbf_begin(buffer *out, const char type[5], const char *label, size_t *start,
                       vis_error *err)
{
    VIS_TRY(mp4_begin(out, "jumb", start, err));
    return write_description(out, type, label, err);
}

vis_status jumbf_write_cbor(buffer *out, const char type[5], const char *label, const buffer *cbor,
                            vis_error *err)
{
    size_t start, inner;
    VIS_TRY(jumbf_begin(out, type, label, &start, err));
    VIS_TRY(mp4_begin(out, "cbor", &inner, err));
    VIS_TRY(buffer_append(out, cbor->data, cbor->size, err));
    mp4_end(out, inner);
    mp4_end(out, start);
    return VIS_OK;
}
