/* compare/compare.h - two results compared, frame by frame.
 *
 * Both sides (sides/side.h) are read, or run on the same inputs (sides/feed.h), side by side;
 * of each frame only its figures are kept. What does not correspond is refused, not averaged over:
 * other counts or names, sizes, starts, characters, input faces, and pictures that fit better at
 * another offset (VIS_ERR_MISMATCH, which names what and where). docs/compare.md explains all of it
 * to users.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "compare/frame_compare.h"
#include "sides/node_compare.h"

#define COMPARE_NOTES 8
#define COMPARE_NOTE 256
#define COMPARE_FRAMES 10    /* default for footage */
#define COMPARE_FURTHEST 100 /* frames that a report lists */
#define COMPARE_SYNTHETIC 3  /* default for synthetic inputs */

typedef enum compare_nodes {
    COMPARE_NODES_AUTO, /* two checkpoints that are less than numerically equal */
    COMPARE_NODES_NEVER,
    COMPARE_NODES_ALWAYS,
} compare_nodes;

typedef struct compare_options {
    const char *a, *b;      /* paths of the sides */
    const char *audio_mode; /* for checkpoints that cannot tell */
    const char *character, *data;
    vis_speech speech;
    int64_t start;  /* -1: what a folder says of itself, else 0 */
    int64_t frames; /* -1: default */
    int threads;
    compare_nodes nodes;
    vis_log log;
    vis_progress_fn progress;
    void *progress_user;
} compare_options;

typedef struct compare_result {
    const char *path_a, *path_b;   /* of the files compared */
    const char *what_a, *what_b;   /* "checkpoint", "tensors", "pictures", "video" */
    char label_a[64], label_b[64]; /* short names for pictures */
    char inputs[512];              /* what checkpoints were fed, in words; "" for files alone */
    bool composited;               /* their paintings stand in the frames of a character */
    int64_t start;
    compared_frame *frame;              /* [count] */
    int64_t count, worst;               /* worst: index of the frame that is furthest apart */
    int64_t furthest[COMPARE_FURTHEST]; /* indices, worst first */
    int n_furthest;
    compare_totals totals;
    bool values, pixels;
    verdict verdict;                        /* of the worst frame */
    char note[COMPARE_NOTES][COMPARE_NOTE]; /* what else must be known */
    int notes;
    bool called_out; /* a note says that figures contradict the pixels: the answer is no */
    bool has_nodes;
    node_comparison nodes;
} compare_result;

typedef struct comparison comparison;

/* VIS_ERR_USAGE, VIS_ERR_MISMATCH, and what opening and running say. */
vis_status comparison_run(const compare_options *options, comparison **out, vis_error *err);
void comparison_free(comparison *c); /* NULL is fine */

const compare_result *comparison_result(const comparison *c);

/* Both sides of frame i once more, for pictures of it. Live until the next call. */
vis_status comparison_frame(comparison *c, int64_t i, side_frame *a, side_frame *b, vis_error *err);

/* The `limit` frames that are furthest apart, worst first (the first ones where all are equal).
 * Returns how many. */
int comparison_worst(const comparison *c, int64_t *index, int limit);

/* Why the verdict is what it is, by the figures of the worst frame: a sentence without a full stop
 * into `text`; "" where everything is the same. */
void compare_reason(const compare_result *r, char *text, size_t size);

/* PSNR over all frames (of the mean of their MSE) and mean SSIM; NAN without pictures. */
double compare_psnr(const compare_result *r);
double compare_ssim(const compare_result *r);

#endif
