/* inside/filmed.c - the character behind its handle.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inside/filmed.h"

#include "api/handles.h"

const char *filmed_path(const vis_character *c)
{
    return character_facts(c->inner)->path;
}

vis_status filmed_parent(const vis_character *c, const vis_log *log, parent **out, vis_error *err)
{
    *out = NULL;
    if (!character_video(c->inner)) return VIS_OK;
    return parent_read(character_facts(c->inner)->footage, log, out, err);
}

bool filmed_resampled(const vis_character *c)
{
    return character_facts(c->inner)->resampled;
}

vis_status filmed_plan(vis_character *c, int first, int64_t length, vis_error *err)
{
    return character_plan(c->inner, first, -1, length, err);
}

vis_status filmed_frame(vis_character *c, int n, const picture **frame, vis_error *err)
{
    return character_frame(c->inner, n, frame, err);
}

void filmed_release(vis_character *c, const picture *frame)
{
    character_release(c->inner, frame);
}

void filmed_rect(const vis_character *c, int n, int rect[4])
{
    character_rect(c->inner, n, rect);
}
