/* diagnose/diagnose.h - why does it look bad: runtime, data, contract, checkpoint or training.
 *
 * With a checkpoint and a character the footage is the truth: the network repaints faces whose
 * mouths are known to say what is heard. With frames that another program made (`outputs`), these
 * are judged against the footage, and with a checkpoint as well they are explained: under which
 * contract viseme makes the same frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include "diagnose/finding.h"
#include "diagnose/inspect_data.h"
#include "diagnose/search.h"
#include "paint/appearance.h"
#include "viseme/viseme.h"

typedef struct diagnose_options {
    const char *model;      /* NULL only with `outputs` */
    int checkpoint;         /* which N of a folder; -1: the highest */
    const char *audio_mode; /* NULL: not given */
    const char *against;    /* the same network in another file, e.g. its export; NULL: none */
    const char *character;  /* required */
    vis_speech speech;      /* what is heard on the footage; empty: the character's own features */
    const char *outputs;    /* frames or a video that another program made; NULL: none */
    int64_t start;          /* feature row and footage frame of the first of them */
    int frames;             /* examples to try contracts on; 0: DIAGNOSE_FRAMES */
    int run;                /* consecutive frames to judge the painting on; 0: DIAGNOSE_RUN */
    vis_interpolation crop, paste;
    int threads;
    vis_log log;
    vis_progress_fn progress;
    void *progress_user;
} diagnose_options;

#define DIAGNOSE_FRAMES 16
#define DIAGNOSE_RUN 128

/* A frame to look at: faces as the network sees them, [S, S]. */
typedef struct diagnosed_frame {
    int64_t number;
    double psnr; /* dB in the mask */
    picture filmed, painted;
} diagnosed_frame;

/* All of it is owned; released with diagnosis_free. Parts that were not reached are zero. */
typedef struct diagnosis {
    findings found; /* ranked: the first is the one to begin with */
    struct {
        char path[1024], kind[64], mode[32], sha256[65];
        int64_t parameters;
    } model; /* path "": none was opened */
    bool has_data;
    data_facts data;
    bool searched;
    search_result search;
    double runtime_difference; /* max |fast - reference kernels|, NAN: not measured */
    bool painted;
    appearance_result looks;
    double *psnr; /* [psnrs] of each frame of the run, dB */
    int64_t psnrs;
    diagnosed_frame best, worst;
    int frames; /* examples used */
} diagnosis;

diagnose_options diagnose_defaults(void);

/* Faults are findings, not errors: an error means that no diagnosis was possible (a file missing,
 * no features for this checkpoint, memory). *out is overwritten, to be released also on failure. */
vis_status diagnose_run(const diagnose_options *options, diagnosis *out, vis_error *err);
void diagnosis_free(diagnosis *d);

#endif
