/* compare/figures.h - figures that somebody wrote down: can they be of the same pixels?
 *
 * A column is what one program said of its output: range, mean, standard deviation, and perhaps how
 * far its pixels lie from those of the first column. For the same pixels a and b these always hold
 * (triangle inequality of the 1-norm and of the 2-norm):
 *
 *   |mean(a) - mean(b)| <= mean |a - b|
 *   |std(a) - std(b)|   <= rms(a - b) <= sqrt(max |a - b| * mean |a - b|)
 *
 * Figures that break them are of other frames, or of pixels prepared otherwise. Where no pixel
 * difference is given, half a step of 8-bit rounding is granted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_FIGURES_H
#define COMPARE_FIGURES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define FIGURES_MAX_COLUMNS 64
#define FIGURES_MAX_FRAMES 1000000
#define FIGURES_NAME 128
#define FIGURES_GRANTED 0.5           /* of 1/255: without pixel differences */
#define FIGURES_ROUNDING (255 * 1e-6) /* of 1/255: two means written with six decimals */
#define FIGURES_DIFF_ROUNDING 0.005   /* of 1/255: a pixel difference written with two */

/* Values are in [0, 1]; pixel differences in /255. NAN: not given; mean and std always are. */
typedef struct figure_column {
    char name[FIGURES_NAME];
    double min, max, mean, std;
    double max_diff, mean_diff;     /* to the first column's pixels */
    int64_t start;                  /* of a summary.json: its first frame; -1: not said */
    char character[FIGURES_NAME];   /* of a summary.json: the folder's last name; "": not said */
    double *frame_mean, *frame_std; /* [frames] of a summary.json; owned; NULL: none */
    int64_t frames;
} figure_column;

/* Zero-initialised is valid and empty. */
typedef struct figures {
    figure_column *column; /* owned, as all in it */
    int count;
} figures;

void figures_free(figures *f);

/* Appends the columns of a file: JSON {"columns": [{"name", "mean", "std", ...}, ...]}, CSV with a
 * header row of those names, or the summary.json of `viseme frames` (one column: its "output", and
 * its frames). VIS_ERR_OPEN, VIS_ERR_FORMAT, VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status figures_read(const char *path, figures *f, vis_error *err);

/* Columns that say themselves that they are of other frames (start, count, character) are refused:
 * VIS_ERR_MISMATCH. Fewer than two columns: VIS_ERR_USAGE. */
vis_status figures_check(const figures *f, vis_error *err);

/* What is found of one column beside the first. Steps are |differences| in /255. */
typedef struct figure_judgement {
    bool consistent;
    double mean_step, std_step;
    double mean_percent, std_percent; /* relative to the first column, signed */
    double mean_allowed, std_allowed; /* what the pixels explain */
    bool pixels;                      /* by the pixel differences given, not by what is granted */
    int64_t frame; /* the frame for which this is so (worst of a summary.json); -1: over all */
} figure_judgement;

/* Judges column `i` (1, ...) by the first: over all, and frame by frame where both have frames; the
 * worst counts. */
figure_judgement figures_judge(const figures *f, int i);

/* Does a difference of two means (or standard deviations), in /255, say more than the pixels do?
 * `allowed`: mean |a - b| (or rms), in /255. */
bool figures_unexplained(double difference, double allowed);

#endif
