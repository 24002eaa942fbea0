/* provenance/jumbf_write.h - superboxes of a manifest store.
 *
 * Format (ISO/IEC 19566-5): a superbox is `size, "jumb"`, a description box, then what it holds. The
 * description box (jumd) has a type of 16 bytes, one byte of toggles, the label and a zero byte.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_JUMBF_WRITE_H
#define PROVENANCE_JUMBF_WRITE_H

#include "base/buffer.h"

/* A superbox begins, `type` the four letters of its type; mp4_end (media/mp4_tables.h) ends it with
 * what this left in *start. */
vis_status jumbf_begin(buffer *out, const char type[5], const char *label, size_t *start,
                       vis_error *err);

/* A superbox whose content is one box of CBOR. */
vis_status jumbf_write_cbor(buffer *out, const char type[5], const char *label, const buffer *cbor,
                            vis_error *err);

#endif
