/* inside/handles.c - the public handles, opened.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inside/handles.h"

#include "api/context.h"
#include "api/handles.h"

const model *inside_model(const vis_model *m)
{
    return m->inner;
}

feature_source *inside_rows(vis_features *f)
{
    return f->source;
}

const resize_mode *inside_interpolation(vis_interpolation wanted, resize_mode *mode)
{
    return api_interpolation(wanted, mode);
}

vis_fast inside_fast(const nn_fast *fast)
{
    return api_fast(fast);
}

void inside_cached(const vis_stream *s, int64_t *hits, int64_t *misses)
{
    activation_cache_figures f;
    scene_cached(api_stream_scene(s), &f);
    *hits = f.hits;
    *misses = f.misses;
}
