/* api/renderer.c - vis_renderer: frames in the order of a clip, pulled from features or pushed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/renderer.h"

#include "api/checks.h"
#include "api/handles.h"
#include "audio/window.h"
#include "base/memory_limit.h"
#include "base/status.h"
#include "face/order.h"

#include <stdlib.h>

#define CACHE_DEFAULT ((size_t)2 << 30) /* at most; a quarter of the memory that is free */

struct vis_renderer {
    const vis_model *model;
    vis_character *character;
    vis_renderer_options options;
    thread_pool *pool;
    renderer *inner;
    vis_features *features; /* the caller's; what `windows` reads */
    window_source *windows;
    float *window;
    int64_t next; /* output frame */
};

const resize_mode *api_interpolation(vis_interpolation wanted, resize_mode *mode)
{
    switch (wanted) {
    case VIS_INTERPOLATION_DEFAULT:
        return NULL;
    case VIS_LINEAR:
        *mode = RESIZE_LINEAR;
        return mode;
    case VIS_CUBIC:
        *mode = RESIZE_CUBIC;
        return mode;
    case VIS_AREA:
        *mode = RESIZE_AREA;
        return mode;
    }
    return NULL;
}

int64_t api_cache_bytes(int64_t asked)
{
    if (asked >= 0) return asked;
    size_t quarter = memory_left() / 4;
    return (int64_t)(quarter < CACHE_DEFAULT ? quarter : CACHE_DEFAULT);
}

size_t api_kept_share(int64_t cache_bytes)
{
    return (size_t)(cache_bytes - cache_bytes / 4);
}

VIS_API vis_renderer_options vis_renderer_options_defaults(void)
{
    return (vis_renderer_options){.cache_bytes = -1};
}

/* Straight runs show frame i under row i: the bounce over start ... last, begun one frame early. */
static int footage_of(const vis_renderer *r, int64_t i)
{
    int count = character_facts(r->character->inner)->frames;
    if (r->options.straight)
        return footage_index(i - r->options.start - 1, (int)r->options.start, count);
    return footage_index(i, r->options.footage_start, count);
}

static vis_status check_start(const vis_renderer *r, vis_error *err)
{
    const vis_renderer_options *o = &r->options;
    const character_info *facts = character_facts(r->character->inner);
    int64_t first = o->straight ? o->start : o->footage_start;
    VIS_TRY(api_in_range("--start", o->start, 0, API_MAX_FRAME, err));
    if (first < 0 || first >= facts->frames)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the footage has frames 0 to %d; %lld is not among them", facts->path,
                        facts->frames - 1, (long long)first);
    return VIS_OK;
}

static vis_status announce(const vis_renderer *r, vis_error *err)
{
    const vis_renderer_options *o = &r->options;
    character *c = r->character->inner;
    if (o->straight) return character_plan(c, (int)o->start, -1, -1, err);
    return character_plan(c, o->footage_start, o->start, -1, err);
}

static vis_status set_up(vis_renderer *r, vis_error *err)
{
    VIS_TRY(check_start(r, err));
    VIS_TRY(api_check_resizing(r->options.crop, r->options.paste, err));
    resize_mode crop, paste;
    renderer_options inner = {.crop_mode = api_interpolation(r->options.crop, &crop),
                              .paste_mode = api_interpolation(r->options.paste, &paste),
                              .kept_bytes = r->options.cache_bytes < 0
                                                ? api_kept_share(api_cache_bytes(-1))
                                                : (size_t)r->options.cache_bytes,
                              .any_output = r->options.any_output};
    VIS_TRY(thread_pool_create(r->options.threads, &r->pool, err));
    VIS_TRY(renderer_create(r->model->inner, r->character->inner, r->pool, &inner, &r->inner, err));
    return announce(r, err);
}

VIS_API vis_status vis_renderer_create(const vis_model *m, vis_character *c,
                                       const vis_renderer_options *options, vis_renderer **out,
                                       vis_error *err)
{
    *out = NULL;
    VIS_TRY(api_given(m, "vis_model", err));
    VIS_TRY(api_given(c, "vis_character", err));
    vis_renderer *r = calloc(1, sizeof *r);
    if (!r) return vis_fail_memory(err, "a renderer");
    r->model = m;
    r->character = c;
    r->options = options ? *options : vis_renderer_options_defaults();
    r->next = r->options.start;
    vis_status status = set_up(r, err);
    if (status == VIS_OK)
        *out = r;
    else
        vis_renderer_close(r);
    return status;
}

VIS_API vis_fast vis_renderer_fast(const vis_renderer *r)
{
    return api_fast(renderer_fast(r->inner));
}

VIS_API void vis_renderer_close(vis_renderer *r)
{
    if (!r) return;
    window_source_free(r->windows);
    free(r->window);
    renderer_free(r->inner);
    thread_pool_destroy(r->pool);
    free(r);
}

VIS_API vis_status vis_renderer_push(vis_renderer *r, const float *window, vis_frame *frame,
                                     vis_error *err)
{
    render_frame drawn;
    VIS_TRY(api_given(window, "the window", err));
    /* a bounce may go on for ever; straight runs are short and meet a frame once */
    VIS_TRY(renderer_draw(r->inner, footage_of(r, r->next), r->options.straight ? 0 : KEPT_UNKNOWN,
                          window, &drawn, err));
    *frame = (vis_frame){
        .index = r->next++,
        .footage = drawn.footage,
        .rect = {drawn.rect[0], drawn.rect[1], drawn.rect[2], drawn.rect[3]},
        .image_size = r->model->inner->info.image_size,
        .visual = drawn.visual,
        .audio = window,
        .output = drawn.output,
        .pixels = drawn.picture->data,
        .width = drawn.picture->width,
        .height = drawn.picture->height,
        .stride = drawn.picture->stride,
        .network_ms = drawn.network_ms,
    };
    return VIS_OK;
}

static vis_status bind_features(vis_renderer *r, vis_features *features, vis_error *err)
{
    if (r->features == features) return VIS_OK;
    if (r->features)
        return vis_fail(err, VIS_ERR_USAGE,
                        "a renderer reads one source of features; make another renderer");
    const model_info *info = &r->model->inner->info;
    if (feature_source_row_size(features->source) != info->row_size)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: wants %s features of %d numbers a row, not %s features of %d",
                        info->path, audio_mode_name(info->mode), info->row_size,
                        vis_features_mode(features), feature_source_row_size(features->source));
    VIS_TRY(window_source_create(features->source, info->window_rows, r->options.start, &r->windows,
                                 err));
    r->window = malloc(sizeof(float) * (size_t)window_source_size(r->windows));
    if (!r->window) {
        window_source_free(r->windows);
        r->windows = NULL;
        return vis_fail_memory(err, "a feature window");
    }
    r->features = features;
    return VIS_OK;
}

VIS_API vis_status vis_renderer_next(vis_renderer *r, vis_features *features, vis_frame *frame,
                                     bool *got, vis_error *err)
{
    VIS_TRY(api_given(features, "vis_features", err));
    VIS_TRY(bind_features(r, features, err));
    VIS_TRY(window_source_next(r->windows, r->window, got, err));
    return *got ? vis_renderer_push(r, r->window, frame, err) : VIS_OK;
}
