/* stream/scene.c - one compiled network, and a renderer for each worker.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stream/scene.h"

#include "base/memory_limit.h"

#include <stdlib.h>

struct scene {
    character *character;
    blend_mask *mask; /* NULL: exact */
    compiled_network *compiled;
    worker_pool *workers;
    int renderers;
    renderer **renderer; /* [renderers] */
};

/* All renderers together take at most half of what is left: decoder and encoder want theirs. */
static int renderers_that_fit(const compiled_network *compiled, int workers)
{
    size_t room = memory_left() / 2, each = nn_session_bytes(compiled->program, 1);
    while (workers > 1 && each > room / (size_t)workers)
        workers--;
    return workers;
}

/* The network is measured, in the fast precision, with all threads. */
static vis_status compile(scene *s, const model *m, const renderer_options *options, int threads,
                          vis_error *err)
{
    thread_pool *pool = NULL;
    network_options shared = {0};
    if (threads > 1) VIS_TRY(thread_pool_create(threads, &pool, err));
    vis_status status = renderer_network(m, s->character, options, s->mask, pool, &shared, err);
    if (status == VIS_OK) status = compiled_network_create(m, &shared, &s->compiled, err);
    free(shared.rows);
    thread_pool_destroy(pool);
    return status;
}

static vis_status set_up(scene *s, const model *m, int threads, const renderer_options *options,
                         vis_error *err)
{
    VIS_TRY(renderer_mask(m, s->character, options, &s->mask, err));
    VIS_TRY(compile(s, m, options, threads, err));
    int count = renderers_that_fit(s->compiled, worker_pool_size(s->workers));
    s->renderer = calloc((size_t)count, sizeof(renderer *));
    if (!s->renderer) return vis_fail_memory(err, "renderers");
    for (; s->renderers < count; s->renderers++)
        VIS_TRY(renderer_create(s->compiled, s->character,
                                worker_pool_threads(s->workers, s->renderers), options, s->mask,
                                &s->renderer[s->renderers], err));
    return VIS_OK;
}

vis_status scene_create(const model *m, character *c, worker_pool *workers, int threads,
                        const renderer_options *options, scene **out, vis_error *err)
{
    *out = NULL;
    scene *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a scene");
    s->character = c;
    s->workers = workers;
    vis_status status = set_up(s, m, threads, options, err);
    if (status == VIS_OK)
        *out = s;
    else
        scene_free(s);
    return status;
}

void scene_free(scene *s)
{
    if (!s) return;
    for (int i = 0; i < s->renderers; i++)
        renderer_free(s->renderer[i]);
    free(s->renderer);
    compiled_network_free(s->compiled);
    blend_mask_destroy(s->mask);
    free(s);
}

const model_info *scene_model(const scene *s)
{
    return s->compiled->info;
}

character *scene_character(const scene *s)
{
    return s->character;
}

worker_pool *scene_workers(const scene *s)
{
    return s->workers;
}

const nn_fast *scene_fast(const scene *s)
{
    return nn_fast_of(s->compiled->program);
}

void scene_cached(const scene *s, activation_cache_figures *out)
{
    activation_cache_get(s->compiled->cache, out);
}

int scene_renderers(const scene *s)
{
    return s->renderers;
}

renderer *scene_renderer(const scene *s, int worker)
{
    return s->renderer[worker];
}
