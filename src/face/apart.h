/* face/apart.h - results must not replace what a character is made of.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FACE_APART_H
#define FACE_APART_H

#include "face/character.h"

/* VIS_ERR_USAGE where `output` is a file that is read of the character, or would lie in one of its
 * folders of numbered files. */
vis_status character_check_apart(const character_info *c, const char *output, vis_error *err);

#endif
