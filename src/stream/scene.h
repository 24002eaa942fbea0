/* stream/scene.h - a network and the character that it renders: compiled and opened once, whoever
 * wants frames of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_SCENE_H
#define STREAM_SCENE_H

#include "render/renderer.h"
#include "stream/worker_pool.h"

#define SCENE_MAX_WORKERS 8 /* each that renders holds a network's working memory */

/* May be used by any number of streams and threads. */
typedef struct scene scene;

/* `m` must be a U-Net whose audio mode is decided. Model, character and workers must outlive the
 * scene, but for the model's graph. `threads` (1 or more) may be used now. Errors as
 * compiled_network_create; VIS_ERR_MEMORY. */
vis_status scene_create(const model *m, character *c, worker_pool *workers, int threads,
                        const renderer_options *options, scene **out, vis_error *err);
void scene_free(scene *s); /* no stream may be left; NULL is fine */

const model_info *scene_model(const scene *s);
character *scene_character(const scene *s);
worker_pool *scene_workers(const scene *s);

/* What became of the fast precision on the character's first frame. */
const nn_fast *scene_fast(const scene *s);

/* How often what the network keeps of footage frames was there. Any thread. */
void scene_cached(const scene *s, activation_cache_figures *out);

/* How many workers, from 0 on, have a renderer: 1 at least, and fewer than there are where memory
 * was too short. */
int scene_renderers(const scene *s);

/* The renderer of one of those, on whose thread alone it may be used. */
renderer *scene_renderer(const scene *s, int worker);

#endif
