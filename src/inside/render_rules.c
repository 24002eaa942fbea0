/* inside/render_rules.c - the rules of the rooms below.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inside/render_rules.h"

#include "api/handles.h"
#include "audio/window.h"
#include "face/character.h"
#include "media/spooled_pipe.h"
#include "media/video_out.h"

const char *render_presets(void)
{
    return VIDEO_PRESETS;
}

vis_status render_keep_sound(const char *path, vis_error *err)
{
    spooled_pipe *for_good;
    return spooled_pipe_open(path, &for_good, err);
}

vis_status render_check_apart(const vis_character *c, const char *output, vis_error *err)
{
    return character_check_apart(character_facts(c->inner), output, err);
}

void render_warn_fewer(const vis_log *log, int64_t made, int64_t asked)
{
    window_warn_fewer(log, made, asked);
}
