/* render/crew.h - the painters of a clip: several renderers over one compiled network, each with a
 * thread of its own.
 *
 * Frames do not depend on one another, so that painting several at once, each by one thread, keeps
 * every processor at work; one frame painted by all threads makes them wait for each other at every
 * step of the network. Every frame is the same either way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_CREW_H
#define RENDER_CREW_H

#include "render/frame_line.h"

#define CREW_MAX 8 /* each holds a network's working memory */

typedef struct crew crew;

/* A painter for each of `threads` (0: all processors), but no more than CREW_MAX or than there are
 * frames to paint (-1: unknown); they have equal shares of the threads. Model, character and
 * options as for renderer_create; model and character must outlive the crew, but for the model's
 * graph. */
vis_status crew_create(const model *m, character *c, int threads, int64_t frames,
                       const renderer_options *options, crew **out, vis_error *err);
void crew_free(crew *all); /* joins first; NULL is fine */
int crew_size(const crew *all);

/* What became of the fast precision on the character's first frame. */
const nn_fast *crew_fast(const crew *all);

/* Starts painting what is ordered in the line; footage frames are given back as soon as they are
 * painted. VIS_ERR_MEMORY when a thread cannot be started: the line is then stopped. */
vis_status crew_start(crew *all, frame_line *line, vis_error *err);

/* Waits until everybody has left the line, which must have ended or stopped. */
void crew_join(crew *all);

#endif
