/* stream/label.h - a text on every frame that says what it is.
 *
 * White letters on a black plate in the upper right corner, so that they can be read on any
 * picture; a twentieth of the shorter side high, smaller only where the text would not fit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_LABEL_H
#define STREAM_LABEL_H

#include "media/picture.h"

#define LABEL_EU "AI MODIFIED" /* of the icons of the EU's Code of Practice, the one that fits */
#define LABEL_MAX 64           /* letters */

typedef struct label {
    picture plate; /* without data: there is no label */
    int x, y;      /* of its upper left corner in the frame */
} label;

/* "eu" stands for LABEL_EU. VIS_ERR_USAGE: letters that there are none of (beyond ASCII), none at
 * all, too many of them, or frames too small for them. VIS_ERR_MEMORY. */
vis_status label_check(const char *text, vis_error *err);
vis_status label_make(const char *text, int width, int height, label *out, vis_error *err);

void label_draw(const label *l, picture *frame);
void label_free(label *l);

#endif
