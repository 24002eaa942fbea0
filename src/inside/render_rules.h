/* inside/render_rules.h - what vis_render_video does with its inputs, for commands that do the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INSIDE_RENDER_RULES_H
#define INSIDE_RENDER_RULES_H

#include "viseme/viseme.h"

/* The values of `preset`, as choices (base/choices.h). */
const char *render_presets(void);

/* Sound that comes through a pipe is read whole and kept to the end of the process, so that it can
 * be read more than once; other files are left alone. VIS_ERR_OPEN, VIS_ERR_LIMIT, VIS_ERR_WRITE,
 * VIS_ERR_MEMORY. */
vis_status render_keep_sound(const char *path, vis_error *err);

/* VIS_ERR_USAGE where `output` is a file that is read of the character, or would lie in one of its
 * folders of numbered files. */
vis_status render_check_apart(const vis_character *c, const char *output, vis_error *err);

/* For who was asked for `asked` frames (-1: all): a warning where the features ended before. */
void render_warn_fewer(const vis_log *log, int64_t made, int64_t asked);

#endif
