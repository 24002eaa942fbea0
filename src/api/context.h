/* api/context.h - the threads that streams share, and the scenes.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include "api/checks.h"
#include "api/handles.h"
#include "stream/scene.h"

/* A scene in use by so many streams. */
typedef struct shared_scene shared_scene;

/* The scene of this model and character, drawn so; made if there is none yet. Waits for another
 * thread that is making one. To be given back with api_scene_release. */
vis_status api_scene_of(vis_context *context, vis_model *m, vis_character *c,
                        const api_drawing *drawing, shared_scene **out, vis_error *err);
void api_scene_release(vis_context *context, shared_scene *s); /* NULL is fine */
scene *api_scene(const shared_scene *s);
const scene *api_stream_scene(const vis_stream *s);

#endif
