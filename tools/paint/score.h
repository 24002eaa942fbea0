/* paint/score.h - how near painted frames come to the frames they should be.
 *
 * Two measures: over the mouth rectangle ("mask") as it lies in the frame, and over the mouth
 * proper: those blocks of the face that change when nothing but the sound does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_SCORE_H
#define PAINT_SCORE_H

#include "measure/metrics.h"
#include "paint/painter.h"

#define SCORE_BLOCK 8 /* pixels */

/* Blocks of the S x S face, 1 where it belongs to the mouth. */
typedef struct mouth_map {
    int side;             /* blocks a row, S / SCORE_BLOCK */
    unsigned char *block; /* [side, side]; owned */
    int count;            /* blocks chosen */
    double levels; /* rms change of these blocks' means, in levels of 255, when only the window
                      changes: how much the network listens */
} mouth_map;

/* Running sums; zero-initialised is empty. Decibels are averaged over frames, not errors: a few
 * frames in which the lips come early or late differ so much that they would speak for all. */
typedef struct score {
    int frames;
    double psnr_sum, ssim_sum, mouth_sum;
} score;

/* dB that a frame without any difference counts as: not so many that one exact frame would speak
 * for all. */
#define SCORE_EXACT 60.0

/* The mouth rectangle of a frame whose crop square is `rect`. */
region score_mask_region(const face_geometry *g, const int rect[4]);

/* Adds a painted frame. `target` is the whole frame it should be, `target_face` [S, S] its face as
 * the network sees it. `map` may be NULL; `with_ssim` costs time. VIS_ERR_MEMORY. */
vis_status score_add(score *s, const face_geometry *g, const mouth_map *map, const example *e,
                     const painted *p, const picture *target, const picture *target_face,
                     bool with_ssim, vis_error *err);

/* Means over the frames, NAN when there are none (no map, no SSIM asked for). */
double score_psnr(const score *s);       /* dB, of the mask */
double score_mouth_psnr(const score *s); /* dB, of the mouth */
double score_ssim(const score *s);       /* of the mask */

/* Finds the mouth: some of the `count` examples are painted under `base` with windows from all over
 * the features; the tenth of the mask's blocks that changes most is the mouth. Released with
 * mouth_map_free. */
vis_status mouth_map_find(painter *p, examples *e, const contract *base, const int64_t *index,
                          int count, mouth_map *out, vis_error *err);
void mouth_map_free(mouth_map *map);

#endif
