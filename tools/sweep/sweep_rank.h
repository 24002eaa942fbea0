/* sweep/sweep_rank.h - the order of checkpoints, and what it means in words.
 *
 * One figure ranks: the mean PSNR in the mask, of the held-out frames where there are any, else of
 * all. A checkpoint is a tie with the best of those not yet ranked when it is behind it by less
 * than SWEEP_TIE, or by less than other frames could change (sweep_margin). Within a tie the
 * mouth's PSNR of the same frames ranks: differences that small in the mask are skin and light, and
 * the mouth is what one looks at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_RANK_H
#define SWEEP_SWEEP_RANK_H

#include "sweep/sweep.h"

#define SWEEP_TIE 0.1 /* dB */

/* The figures that rank: held out where there are any. */
const sweep_figures *sweep_deciding(const sweep_row *row);

/* dB that rows a and b must be apart in the mask to count as different: twice the standard error of
 * their differences frame by frame (trained or `held` frames), and SWEEP_TIE at least. */
double sweep_margin(const sweep_result *r, int a, int b, bool held);

/* Fills order, scored, later, and the rank and tied of every row. Overfitting is a row later than
 * the best that paints trained frames better, and held-out ones worse, each by the margin or more;
 * the last of them is `later`. */
void sweep_rank(sweep_result *r);

/* The answer in a sentence or two; NULL when out of memory, "" where nothing was scored. The
 * caller's to free. */
char *sweep_words(const sweep_result *r);

/* The same of the overfitting; "" without. */
char *sweep_overfit_words(const sweep_result *r);

#endif
