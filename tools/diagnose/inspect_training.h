/* diagnose/inspect_training.h - what a network has learnt, judged by the faces that it paints.
 *
 * Findings of stage FINDING_TRAINING, from an appearance measured under the right contract:
 *   undertrained      it cannot repeat its own footage: error left after recolouring, or blotches
 *   blur              fine detail is missing
 *   colour-shift      lasting shift of colours
 *   seam              a step along the edge of the painted square, beyond what shifted colours make
 *   jitter            brightness or place of what is painted jumps from frame to frame
 *   mouth-jitter      only the mouth trembles
 *   moves-in-silence  the painted mouth moves while the filmed one rests
 *   still-mouth       the painted mouth hardly moves while the filmed one speaks
 *   ignores-audio     hardly anything changes when only the sound does
 *
 * The first is a cause and the others are its marks as well, so where it is found it leads them:
 * its severity is added to the worst of theirs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_INSPECT_TRAINING_H
#define DIAGNOSE_INSPECT_TRAINING_H

#include "diagnose/finding.h"
#include "paint/appearance.h"

/* How a network answers to sound. */
typedef struct response {
    double levels; /* rms change of the mouth's block means, in levels of 255, when only the window
                      changes; NAN: not measured */
    double gain;   /* dB by which the mouth is nearer to the filmed one with its own sound than with
                      sound from elsewhere; NAN: not measured */
} response;

/* `audio` NULL: not measured. VIS_ERR_MEMORY. */
vis_status inspect_training(const appearance_result *r, const response *audio, findings *list,
                            vis_error *err);

#endif
