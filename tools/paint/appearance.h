/* paint/appearance.h - how painted faces differ from filmed ones, over a run of frames.
 *
 * Pictures are padded crops [crop, crop] of one geometry: the filmed one, and the same with the
 * painted face in its inner S x S. Frames are added in order; those that follow each other in time
 * make the temporal measures. Needs no model, so it judges anyone's frames.
 *
 * Each measure answers to one fault and as little as possible to the others.
 *
 * - Recolouring: the gain and offset of each channel that bring painted pixels nearest to filmed
 * ones (least squares over all frames). What is left is no matter of colour.
 * - delta_e: CIEDE2000 between the mean colours over time of 8 x 8 blocks, mean over the blocks: a
 * lasting shift, not the mouth's passing errors.
 * - unevenness: error of those mean colours after recolouring, root mean square of the channels; of
 * the blocks the median. Blur, shifted colours, flicker, shaking, a bad rim and a mouth that is
 * late leave it low; a network that has not learnt to repeat what it is shown has blotches
 * everywhere.
 * - sharpness: energy of fine detail (paint/detail.h).
 * - seam: error of the mean colours of short pieces along the edge of the S x S square (16 pixels
 * along, the outermost 3 across), root mean square. Beyond the edge stand filmed pixels: this is
 * the step that one sees there.
 * - jitter: second differences in time of the error of block means, root mean square divided by
 * sqrt(6) (noise of sigma s from frame to frame has a jitter of s); of the blocks the median, since
 * at the mouth every network errs, now here, now there.
 * - motion, rest, tremble: of the mouth (paint/motion.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_APPEARANCE_H
#define PAINT_APPEARANCE_H

#include "face/geometry.h"
#include "measure/metrics.h"
#include "media/picture.h"
#include "paint/motion.h"
#include "paint/recolour.h"

#include <stdint.h>

typedef struct appearance appearance;

enum { SEAM_TOP, SEAM_RIGHT, SEAM_BOTTOM, SEAM_LEFT, SEAM_SIDES };

/* Measured in the mouth rectangle ("mask") unless said otherwise, in levels of 255 where nothing
 * else is said. NAN: nothing to measure it on. */
typedef struct appearance_result {
    int64_t frames;
    double psnr, ssim;         /* dB of the pooled squared error; mean over frames */
    double psnr_recoloured;    /* dB after recolouring */
    double gain[3], offset[3]; /* which is: filmed = gain x painted + offset; B, G, R */
    double psnr_swapped; /* dB with the painted B and R exchanged: colours in the other order */
    double shift[3];     /* mean of painted - filmed; B, G, R */
    double spread[2];    /* standard deviation of filmed and painted values */
    double delta_e;
    double unevenness;
    double sharpness;             /* painted / filmed */
    double blur;                  /* the sigma in pixels of a blur that would take as much detail */
    double seam, seam_recoloured; /* as it stands; with recoloured painted pixels */
    double seam_side[SEAM_SIDES]; /* each side as it stands */
    double seam_delta_e; /* delta_e of the pieces along the edge: the shift that one sees there */
    double jitter;
    double filmed_motion, painted_motion; /* levels a frame */
    double filmed_rest, rest_motion; /* filmed and painted motion while the filmed mouth rests, as
                                        a share of the filmed motion while it speaks */
    int64_t rest_frames;
    double tremble; /* second differences in time of the speaking mouth, painted / filmed */
    int64_t best_frame, worst_frame; /* numbers given to appearance_add, by squared error */
    double best_psnr, worst_psnr;
} appearance_result;

vis_status appearance_create(const face_geometry *geometry, appearance **out, vis_error *err);
void appearance_free(appearance *a); /* NULL is fine */

/* Adds frame `number`; one more than the last one's follows it in time, any other begins a new run.
 * VIS_ERR_MISMATCH (pictures of another size), VIS_ERR_MEMORY. */
vis_status appearance_add(appearance *a, int64_t number, const picture *filmed,
                          const picture *painted, vis_error *err);

/* PSNR of each frame added so far, in order; belongs to the appearance. */
const double *appearance_psnrs(const appearance *a);

/* What was measured so far. VIS_ERR_USAGE before the first frame, VIS_ERR_MEMORY. */
vis_status appearance_finish(appearance *a, appearance_result *out, vis_error *err);

#endif
