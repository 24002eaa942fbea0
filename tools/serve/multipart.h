/* serve/multipart.h - a form with files, as browsers send it (multipart/form-data, RFC 7578).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_MULTIPART_H
#define SERVE_MULTIPART_H

#include "viseme/status.h"

#include <stddef.h>
#include <stdint.h>

#define MULTIPART_BOUNDARY_MAX 70 /* characters: RFC 2046 */
#define MULTIPART_PARTS_MAX 16

/* Bytes of the body. */
typedef struct multipart_part {
    const uint8_t *bytes; /* NULL: there is no such part */
    size_t size;
} multipart_part;

/* The boundary that a Content-Type names. VIS_ERR_FORMAT: it is no form, or names none. */
vis_status multipart_boundary(const char *type, char boundary[MULTIPART_BOUNDARY_MAX + 1],
                              vis_error *err);

/* The part of that name; of several the first. VIS_ERR_FORMAT: the body is no such form. */
vis_status multipart_find(const uint8_t *body, size_t size, const char *boundary, const char *name,
                          multipart_part *out, vis_error *err);

#endif
