/* sweep/sweep.h - which of many checkpoints paints this character best.
 *
 * Checkpoints are opened one after the other, so that memory does not grow with their number, and
 * paint the same footage frames under the declared contract. Each painted frame is scored against
 * the filmed one:
 *
 *   psnr, ssim   in the mouth rectangle ("mask"), means over frames (paint/score.h)
 *   mouth        dB in the tenth of the mask's blocks that moves most as filmed
 *                (sweep/sweep_frames.h): the same blocks for every checkpoint
 *   sharpness    painted / filmed fine detail, and delta_e, the lasting shift of colour
 *                (paint/appearance.h)
 *   response     levels by which the face changes when only the sound does (paint/score.h)
 *
 * How they are ranked says sweep/sweep_rank.h. A checkpoint that cannot be scored is a row with
 * its error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include "media/picture.h"
#include "viseme/viseme.h"

#define SWEEP_MAX 256   /* checkpoints */
#define SWEEP_FRAMES 32 /* default */
#define SWEEP_STRIP 63  /* faces in the strip beside the filmed one */

typedef struct sweep_options {
    const char *const *path; /* [paths]: .pth, .onnx, folders of N.pth */
    int paths;
    const char *audio_mode; /* NULL: not given */
    const char *character;
    vis_speech speech;   /* empty: the character's own features */
    int frames;          /* to score, evenly spread; of each part with hold_out; -1: all */
    int64_t hold_out;    /* the last N footage frames were kept out of training; 0: none */
    bool strip;          /* paint one frame with every checkpoint */
    int64_t strip_frame; /* which; -1: the one on which checkpoints differ most */
    bool resample_footage;
    vis_interpolation crop, paste;
    int threads;
    vis_log log;
    vis_progress_fn progress; /* counts paintings */
    void *progress_user;
} sweep_options;

/* Means over the frames of one part of the footage; NAN over none. */
typedef struct sweep_figures {
    int frames;
    double psnr, ssim, mouth; /* dB, -, dB */
} sweep_figures;

/* One checkpoint. */
typedef struct sweep_row {
    char *path;
    char *label;    /* as much of the path as tells it from the others; owned, like path */
    int64_t number; /* N of N.pth or N.onnx, -1: another name */
    char sha256[65];
    vis_status status; /* VIS_OK: it was scored; else why not, and */
    char *error;       /* the line that says it; owned */
    sweep_figures trained, held;
    double *psnr; /* [frames + held_frames] of each frame; owned */
    double sharpness, delta_e, response;
    int rank;  /* 1: the best; 0: not scored */
    bool tied; /* with a neighbour in rank: the mouth decided */
} sweep_row;

/* One frame through the checkpoints, faces as the network sees them, [S, S]. */
typedef struct sweep_strip {
    int64_t frame; /* -1: none was painted */
    picture filmed, face[SWEEP_STRIP];
    int row[SWEEP_STRIP]; /* whose face it is, ascending */
    double psnr[SWEEP_STRIP];
    int count;
} sweep_strip;

/* All of it is owned; released with sweep_free. */
typedef struct sweep_result {
    sweep_row *row; /* [rows], in the natural order of their labels */
    int rows;
    int order[SWEEP_MAX]; /* rows by rank; those that were not scored last */
    int scored;
    int later;               /* a row after the best that shows overfitting; -1: none */
    int64_t *frame;          /* [frames + held_frames]: the held-out ones last */
    int frames, held_frames; /* scored */
    const char *kind, *mode; /* of the checkpoints: "328 U-Net", "ave"; static */
    sweep_strip strip;
} sweep_result;

sweep_options sweep_defaults(void);

/* *out is overwritten, to be released also on failure. When no checkpoint could be scored, the
 * first one's error; else what the footage, its features, or memory says; VIS_ERR_CANCELLED. */
vis_status sweep_run(const sweep_options *options, sweep_result *out, vis_error *err);
void sweep_free(sweep_result *r);

#endif
