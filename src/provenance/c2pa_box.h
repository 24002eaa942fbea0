/* provenance/c2pa_box.h - where an MP4 file keeps its manifest store, and its XMP packet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_C2PA_BOX_H
#define PROVENANCE_C2PA_BOX_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>

#define C2PA_MAX_STORE (32u << 20) /* bytes; of a larger one nothing is checked */
#define XMP_MAX_PACKET (1u << 20)

typedef struct marked_boxes {
    bool mp4;     /* the file begins as an MP4 file does */
    int stores;   /* boxes that hold manifests; there should be one at most */
    bool foreign; /* or in a way that is not read: an update, in pieces, too large */
    buffer store; /* of the first */
    buffer xmp;   /* the first packet; empty: none */
} marked_boxes;

/* Walks the top level of the open file. To be freed in any case. VIS_ERR_OPEN (cannot be read),
 * VIS_ERR_MEMORY. `name` for messages. */
vis_status marked_boxes_read(int fd, int64_t file_size, const char *name, marked_boxes *out,
                             vis_error *err);
void marked_boxes_free(marked_boxes *boxes);

#endif
