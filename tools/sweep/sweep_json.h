/* sweep/sweep_json.h - a sweep as JSON.
 *
 *   best, verdict, overfitting       the answer: a label; words; words or null
 *   character, kind, audio_mode      what was swept
 *   ranked_by                        "trained" or "held_out": whose PSNR ranks
 *   tie_db                           differences below this are a tie in any case
 *   frames, held_out_frames          numbers of the frames scored
 *   checkpoints                      by rank, those with an error last: rank (null), tied,
 *                                    checkpoint, path, number, sha256, error (null), trained and
 *                                    held_out {frames, psnr, ssim, mouth_psnr} or null, margin_db
 *                                    (behind the best by less it is a tie), sharpness, delta_e,
 *                                    response, psnr_per_frame (frames, then held_out_frames)
 *   by_name                          places in checkpoints of those scored, by natural order of names
 *   version                          of viseme
 *   strip                            {frame, psnr: {label: dB}} or null
 *
 * What could not be measured is null. The caller owns what comes back; NULL when out of memory, or
 * when a file name is not UTF-8.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SWEEP_SWEEP_JSON_H
#define SWEEP_SWEEP_JSON_H

#include "sweep/sweep.h"

#include <jansson.h>

json_t *sweep_json(const sweep_result *r, const char *character);

#endif
