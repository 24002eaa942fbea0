/* api/context.c - vis_context.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/context.h"

#include "api/checks.h"
#include "base/memory_limit.h"
#include "base/status.h"

#include <stdlib.h>

#define CACHE_DEFAULT ((size_t)2 << 30) /* at most; a quarter of the memory that is free */

struct shared_scene {
    shared_scene *next;
    vis_model *model; /* held */
    vis_character *character;
    api_drawing drawing;
    scene *scene;
    int streams;
};

struct vis_context {
    int threads;
    int64_t cache_bytes;
    worker_pool *workers;
    pthread_mutex_t lock; /* of the scenes, also while one is made */
    shared_scene *scenes;
};

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

VIS_API void vis_context_options_init(vis_context_options *options, size_t size)
{
    const vis_context_options defaults = {.size = size, .cache_bytes = -1};
    api_give(options, size, &defaults, sizeof defaults);
}

static vis_status start(vis_context *x, const vis_context_options *o, vis_error *err)
{
    VIS_TRY(api_in_range("vis_context_options.threads", o->threads, 0, API_MAX_THREADS, err));
    VIS_TRY(api_in_range("vis_context_options.workers", o->workers, 0, API_MAX_THREADS, err));
    x->threads = o->threads ? o->threads : thread_default_count();
    x->cache_bytes = o->cache_bytes;
    return worker_pool_share(x->threads, o->workers ? o->workers : SCENE_MAX_WORKERS, &x->workers,
                             err);
}

VIS_API vis_status vis_context_create(const vis_context_options *options, vis_context **out,
                                      vis_error *err)
{
    *out = NULL;
    vis_context_options o = vis_context_options_defaults();
    VIS_TRY(api_take(options, &o, sizeof o, "vis_context_options", err));
    vis_context *x = calloc(1, sizeof *x);
    if (!x) return vis_fail_memory(err, "a context");
    pthread_mutex_init(&x->lock, NULL);
    vis_status status = start(x, &o, err);
    if (status == VIS_OK)
        *out = x;
    else
        vis_context_close(x);
    return status;
}

static void free_scene(shared_scene *s)
{
    scene_free(s->scene);
    api_model_release(s->model);
    api_character_release(s->character);
    free(s);
}

VIS_API void vis_context_close(vis_context *x)
{
    if (!x) return;
    for (shared_scene *next; x->scenes; x->scenes = next) {
        next = x->scenes->next;
        free_scene(x->scenes);
    }
    worker_pool_free(x->workers);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

/* With the lock held: frees scenes that no stream uses and whose model or character the caller has
 * closed, so that none can. */
static void sweep(vis_context *x)
{
    for (shared_scene **at = &x->scenes; *at;) {
        shared_scene *s = *at;
        bool closed = __atomic_load_n(&s->model->closed, __ATOMIC_ACQUIRE) ||
                      __atomic_load_n(&s->character->closed, __ATOMIC_ACQUIRE);
        if (s->streams == 0 && closed) {
            *at = s->next;
            free_scene(s);
        } else {
            at = &s->next;
        }
    }
}

static shared_scene *find(const vis_context *x, const vis_model *m, const vis_character *c,
                          const api_drawing *d)
{
    for (shared_scene *s = x->scenes; s; s = s->next)
        if (s->model == m && s->character == c && s->drawing.crop == d->crop &&
            s->drawing.paste == d->paste && s->drawing.composite == d->composite &&
            s->drawing.tensors == d->tensors)
            return s;
    return NULL;
}

/* With the lock held. */
static vis_status make(vis_context *x, vis_model *m, vis_character *c, const api_drawing *d,
                       shared_scene **out, vis_error *err)
{
    resize_mode crop_mode, paste_mode;
    const renderer_options how = {.crop_mode = api_interpolation(d->crop, &crop_mode),
                                  .paste_mode = api_interpolation(d->paste, &paste_mode),
                                  .seamless = d->composite == VIS_SEAMLESS,
                                  .output_shown = d->tensors,
                                  .cache_bytes = x->cache_bytes < 0
                                                     ? api_kept_share(api_cache_bytes(-1))
                                                     : (size_t)x->cache_bytes};
    shared_scene *s = calloc(1, sizeof *s);
    if (!s) return vis_fail_memory(err, "a scene");
    vis_status status =
        scene_create(m->inner, c->inner, x->workers, x->threads, &how, &s->scene, err);
    if (status != VIS_OK) {
        free(s);
        return status;
    }
    api_model_hold(m);
    api_character_hold(c);
    s->model = m;
    s->character = c;
    s->drawing = *d;
    s->next = x->scenes;
    x->scenes = s;
    *out = s;
    return VIS_OK;
}

vis_status api_scene_of(vis_context *x, vis_model *m, vis_character *c, const api_drawing *d,
                        shared_scene **out, vis_error *err)
{
    vis_status status = VIS_OK;
    pthread_mutex_lock(&x->lock);
    sweep(x);
    *out = find(x, m, c, d);
    if (!*out) status = make(x, m, c, d, out, err);
    if (status == VIS_OK) (*out)->streams++;
    pthread_mutex_unlock(&x->lock);
    return status;
}

void api_scene_release(vis_context *x, shared_scene *s)
{
    if (!s) return;
    pthread_mutex_lock(&x->lock);
    s->streams--;
    sweep(x);
    pthread_mutex_unlock(&x->lock);
}

scene *api_scene(const shared_scene *s)
{
    return s->scene;
}
