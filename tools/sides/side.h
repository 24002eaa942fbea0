/* sides/side.h - one side of a comparison: a checkpoint that is run here, tensors, or pictures.
 *
 *   checkpoint  .pth, .onnx, or a folder of N.pth: gives the output for each frame it is fed
 *   tensors     a .npy, a folder of *.npy, or a folder of raw tensors (metadata.json and *.bin); a
 *               tensor of rank 4 is taken row by row
 *   pictures    a folder of numbered pictures (output_frame_0000.png, ..., or any one series), a
 *               single picture, or a video
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SIDES_SIDE_H
#define SIDES_SIDE_H

#include "sides/feed.h"

#define SIDE_MAX_FRAMES 1000000
#define SIDE_NAME 160

typedef enum side_kind { SIDE_MODEL, SIDE_TENSORS, SIDE_PICTURES } side_kind;

/* One frame of a side; all of it belongs to the side and lives until its next frame. */
typedef struct side_frame {
    char name[SIDE_NAME]; /* what a person calls it: "output_frame_0003.png", "out.npy [3]" */
    int64_t number;       /* as in its name, or its position */
    const float *values;  /* NULL: a picture alone */
    int rank;
    int64_t dim[TENSOR_MAX_RANK];
    const picture *shown; /* NULL: a tensor that is no picture */
    const picture *input; /* before: the footage, or the face that the network saw; NULL: unknown */
    const picture *face;  /* the face that the network saw, [S, S]; NULL: unknown */
} side_frame;

typedef struct side side;

/* Opens whatever `path` is. VIS_ERR_OPEN, VIS_ERR_UNSUPPORTED (nothing of the above; a folder with
 * several series of pictures), VIS_ERR_FORMAT, VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status side_open(const char *path, const vis_model_options *options, int threads, side **out,
                     vis_error *err);
void side_close(side *s); /* NULL is fine */

side_kind side_kind_of(const side *s);
const char *side_path(const side *s);
const char *side_what(const side *s); /* "checkpoint", "tensors", "pictures", "video" */

/* Frames there are; -1 for a checkpoint, which has as many as it is fed. */
int64_t side_count(const side *s);

/* The name of frame i, without reading it (checkpoints: ""). */
void side_frame_name(const side *s, int64_t i, char name[SIDE_NAME], int64_t *number);

/* Which comes first of frame i of one side and frame k of another of the same kind: < 0, 0 (the
 * same name or number), > 0. */
int side_compare_frames(const side *a, int64_t i, const side *b, int64_t k);

/* Are the frames of a folder matched by their names (tensors) or their numbers (pictures)? */
bool side_has_names(const side *s);

/* Frame i. Checkpoints are run on `fed`, which others do not need (NULL). */
vis_status side_get(side *s, int64_t i, const feed_frame *fed, side_frame *out, vis_error *err);

/* Width and height of the first picture of a side of pictures. */
vis_status side_picture_size(const side *s, int *width, int *height, vis_error *err);

/* ---- Checkpoints ---- */

/* The model of a side; NULL for others. Belongs to the side. */
vis_model *side_model(const side *s);

/* Makes a checkpoint ready for inputs of these shapes, in its own order; its input k is number
 * order[k] of what is fed. `whole`: its pictures are whole frames, the output pasted into the
 * footage; else the output alone. `geometry`: of a U-Net, else NULL; it and the pool must outlive
 * the side. */
vis_status side_prepare(side *s, const graph_shape *shapes, int count, const int *order, bool whole,
                        const face_geometry *geometry, thread_pool *pool, vis_error *err);

/* The 8-bit picture of values [3, H, W] in [0, 1], planes B, G, R: value x 255 + rounding,
 * truncated
 * (`rounding` 0 as when an output is pasted; 0.5 to get back what was divided by 255). */
vis_status side_picture_of(const float *values, int width, int height, float rounding, picture *out,
                           vis_error *err);

#endif
