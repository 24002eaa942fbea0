/* inside/filmed.h - a character's footage, frame by frame: the pixels and the square of the face.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INSIDE_FILMED_H
#define INSIDE_FILMED_H

#include "base/log.h"
#include "media/picture.h"
#include "provenance/parent.h"
#include "viseme/viseme.h"

/* The folder it was opened from; belongs to the character. */
const char *filmed_path(const vis_character *c);

/* The manifest of the video that it is; as parent_read. */
vis_status filmed_parent(const vis_character *c, const vis_log *log, parent **out, vis_error *err);

/* Is the source frame nearest in time shown instead of every one? */
bool filmed_resampled(const vis_character *c);

/* Announces that frames will be asked for straight on from `first`, back and forth at the ends
 * (ping_pong_index of face/ping_pong.h, from -1 on), `length` of them (-1: no end known). Others may be
 * asked for; they come later. VIS_ERR_USAGE when `first` is not a frame. */
vis_status filmed_plan(vis_character *c, int first, int64_t length, vis_error *err);

/* Borrows frame n (0 <= n < frames), which stays as it is until it is given back with
 * filmed_release, once for each borrowing (NULL is fine). VIS_ERR_USAGE, VIS_ERR_MISMATCH (a frame
 * of another size), and what decoding says. */
vis_status filmed_frame(vis_character *c, int n, const picture **frame, vis_error *err);
void filmed_release(vis_character *c, const picture *frame);

/* The square of the face in frame n: x1, y1, x2, y2, clipped to the frame. */
void filmed_rect(const vis_character *c, int n, int rect[4]);

#endif
