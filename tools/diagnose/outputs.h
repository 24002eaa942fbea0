/* diagnose/outputs.h - frames that another program made of a character, laid beside its footage.
 *
 * The first frame stands on footage frame `start`. Whether the footage then runs straight on (as
 * `viseme frames` has it) or bounces from its second frame on (as `viseme render` and the originals
 * do) is seen from the pixels outside the face, which nobody repaints.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_OUTPUTS_H
#define DIAGNOSE_OUTPUTS_H

#include "sides/side.h"

typedef struct outputs outputs;

/* rms levels outside the face up to which a frame stands on the footage frame laid beside it: 0 of
 * PNGs, 1 to 4 of videos, 10 and more of other footage. */
#define OUTPUTS_APART 8.0

/* A folder of numbered pictures or a video; whole frames. VIS_ERR_MISMATCH (pictures of another
 * size than the footage), and what side_open says. The character must outlive it. */
vis_status outputs_open(const char *path, vis_character *c, int64_t start, int threads,
                        outputs **out, vis_error *err);
void outputs_close(outputs *o); /* NULL is fine */

int64_t outputs_count(const outputs *o);
bool outputs_bounce(const outputs *o);  /* do they stand on the bounce? */
double outputs_apart(const outputs *o); /* rms levels outside the face, at the better order */

/* The footage frame under frame j. */
int outputs_footage(const outputs *o, int64_t j);

/* Frame j, 0 <= j < count; belongs to the outputs until the next one. */
vis_status outputs_frame(outputs *o, int64_t j, const picture **frame, vis_error *err);

#endif
