/* audio/features_foreign.h - what is given as features and cannot be read as such.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_FEATURES_FOREIGN_H
#define AUDIO_FEATURES_FOREIGN_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* A file that is no .npy, by its first bytes: VIS_OK when it may be raw numbers, else an error that
 * says what it is and which command makes features of it. Raw numbers can begin with anything: a
 * `.bin` is refused only where there is no doubt. */
vis_status features_check_kind(const char *path, const uint8_t *bytes, size_t size, vis_error *err);

/* The command that gives an array of this shape the form of feature rows, as the end of a message:
 * "; drop ...: python3 -c ...". "" when there is none. Of [T, 512] and the like with an axis of
 * length 1 too many, of [2 T, 1024] and of an array whose axes are swapped. */
const char *features_shape_remedy(int rank, const int64_t *dim);

#endif
