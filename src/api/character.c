/* api/character.c - vis_character.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"
#include "api/handles.h"
#include "base/status.h"

#include <stdlib.h>

VIS_API void vis_character_options_init(vis_character_options *options, size_t size)
{
    const vis_character_options defaults = {.size = size, .cache_bytes = -1};
    api_give(options, size, &defaults, sizeof defaults);
}

VIS_API vis_status vis_character_open(const char *path, const vis_character_options *options,
                                      vis_character **out, vis_error *err)
{
    *out = NULL;
    vis_character_options given = vis_character_options_defaults();
    VIS_TRY(api_take(options, &given, sizeof given, "vis_character_options", err));
    VIS_TRY(api_given(path, "the path of the character", err));
    VIS_TRY(api_in_range("vis_character_options.fps", given.fps, -1, API_MAX_FPS, err));
    VIS_TRY(api_in_range("`threads`", given.threads, 0, API_MAX_THREADS, err));
    VIS_TRY(api_in_range("`smooth`", given.smooth, 0, API_MAX_SMOOTH, err));
    character_options inner = character_defaults();
    if (given.fps != 0) inner.fps = given.fps > 0 ? given.fps : 0;
    if (given.cache_bytes >= 0) inner.cache_bytes = (size_t)given.cache_bytes;
    inner.threads = given.threads;
    inner.resample_footage = given.resample_footage;
    inner.parsing = given.parsing;
    inner.smooth = given.smooth;
    inner.log = given.log;
    vis_character *c = calloc(1, sizeof *c);
    if (!c) return vis_fail_memory(err, "a character");
    vis_status status = character_open(path, &inner, &c->inner, err);
    c->holders = 1;
    if (status == VIS_OK)
        *out = c;
    else
        free(c);
    return status;
}

void api_character_hold(vis_character *c)
{
    __atomic_add_fetch(&c->holders, 1, __ATOMIC_RELAXED);
}

void api_character_release(vis_character *c)
{
    if (!c || __atomic_sub_fetch(&c->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    character_close(c->inner);
    free(c);
}

VIS_API void vis_character_close(vis_character *c)
{
    if (!c) return;
    __atomic_store_n(&c->closed, true, __ATOMIC_RELEASE);
    api_character_release(c);
}

VIS_API void vis_character_get_info_sized(const vis_character *c, vis_character_info *out,
                                          size_t size)
{
    const character_info *in = character_facts(c->inner);
    const vis_character_info info = {
        .kind = in->kind == CHARACTER_DATASET   ? "dataset"
                : in->kind == CHARACTER_PACKAGE ? "package"
                : in->kind == CHARACTER_AVATAR  ? "avatar"
                                                : "crops",
        .frames = in->frames,
        .width = in->width,
        .height = in->height,
        .fps = in->fps,
        .features_ave = in->features_ave,
        .features_hubert = in->features_hubert,
        .features_wenet = in->features_wenet,
        .audio = in->audio,
    };
    api_give(out, size, &info, sizeof info);
}
