/* diagnose/search.h - which contract a checkpoint wants, and what each mistake costs.
 *
 * Frames are painted under the declared contract and under every deviation and scored against the
 * frames they should be: filmed ones, where audio and picture belong together; or those that
 * another program made, to learn how it made them. Where a deviation comes nearer, the search goes
 * on from there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_SEARCH_H
#define DIAGNOSE_SEARCH_H

#include "paint/score.h"

#define SEARCH_GAIN 1.0       /* dB by which a deviation must win to be believed */
#define SEARCH_SOUND_GAIN 3.0 /* at the mouth, for what it hears, against filmed frames */
#define SEARCH_SHIFTS 8       /* frames that audio may lag or lead */
#define SEARCH_LOOK 192       /* pixels */
#define SEARCH_ROUNDS 3       /* deviations that may stand together */

/* The frame that an example should be; NULL in *frame: there is none, skip it. */
typedef vis_status (*search_target)(void *user, const example *e, const picture **frame,
                                    vis_error *err);

typedef struct search_input {
    painter *painter;
    examples *examples;
    const int64_t *index; /* [count] examples to use, ascending */
    int count;
    search_target target; /* NULL: the filmed frame itself */
    void *user;
    vis_progress_fn progress; /* may be NULL; counts paintings */
    void *progress_user;
} search_input;

/* One contract tried. */
typedef struct search_trial {
    const deviation *deviation; /* NULL: the declared contract */
    contract tried;
    bool elsewhere; /* its shift goes round the clip: sound that surely belongs to other frames */
    score sums;
    double psnr, ssim, mouth; /* dB in the mask, SSIM in the mask, dB at the mouth */
    picture look; /* the square of one painted frame, [SEARCH_LOOK, SEARCH_LOOK]; owned */
} search_trial;

typedef struct search_result {
    search_trial *trial; /* [trials]: the declared contract, then each deviation alone; owned */
    int trials;
    contract best;           /* declared, or with what was found */
    search_trial best_trial; /* its scores */
    const deviation *wanted[SEARCH_ROUNDS];
    double gain[SEARCH_ROUNDS]; /* dB that each won over those before it; at the mouth for sound */
    int n_wanted;               /* deviations in `best` */
    mouth_map mouth;            /* under `best`; owned */
    double shift[2 * SEARCH_SHIFTS + 1]; /* dB at the mouth with the audio k - SEARCH_SHIFTS frames
                                            later, under `best` */
    picture target_look;                 /* the same square as it should be; owned */
    int64_t look_index;                  /* of the example that the looks are of */
    int lag;        /* the best of them, in frames: positive when the rows that belong to
                       a frame stand later in the features */
    double foreign; /* dB at the mouth with windows from elsewhere */
} search_result;

/* Zero-initialise nothing: *out is overwritten and released with search_free also on failure.
 * VIS_ERR_CANCELLED, VIS_ERR_MEMORY, and what reading frames says. */
vis_status search_run(const search_input *in, search_result *out, vis_error *err);
void search_free(search_result *r);

#endif
