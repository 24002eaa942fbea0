/* provenance/mark_id.h - the identity of a video: a UUID of version 4 (RFC 9562).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_MARK_ID_H
#define PROVENANCE_MARK_ID_H

#include "base/status.h"

#include <stdint.h>

#define MARK_ID_TEXT 37 /* with its terminator */

typedef struct mark_id {
    uint8_t bytes[16];
} mark_id;

/* Random. VIS_ERR_INTERNAL: the system gives no random numbers. */
vis_status mark_id_draw(mark_id *out, vis_error *err);

/* Of 32 hexadecimal digits, in which hyphens may stand; the six bits that say version and variant
 * become theirs. VIS_ERR_USAGE. */
vis_status mark_id_parse(const char *text, mark_id *out, vis_error *err);

/* "25ea3102-d308-4723-8576-c0f4d9e924c1" */
void mark_id_print(const mark_id *id, char text[MARK_ID_TEXT]);

#endif
