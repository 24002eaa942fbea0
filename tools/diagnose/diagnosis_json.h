/* diagnose/diagnosis_json.h - a diagnosis for machines.
 *
 *   verdict    "healthy" or "faults"
 *   findings   [{code, stage, title, text, advice, number, threshold, unit, severity}], ranked
 *   model      {path, kind, audio_mode, sha256, parameters}; null without one
 *   data       sides and trembling of the face squares, rates and lengths
 *   contracts  [{code, words, psnr, ssim, mouth, cost}]: the declared one first; cost in dB of PSNR
 *   sound      {levels, foreign, lag, shifts: [{frames, psnr}]}
 *   painting   the measures of paint/appearance.h; per_frame: dB
 * Figures that do not exist (no pixels differ, nothing to measure) are null.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_DIAGNOSIS_JSON_H
#define DIAGNOSE_DIAGNOSIS_JSON_H

#include "diagnose/diagnose.h"

#include <jansson.h>

/* The caller's to release; NULL when out of memory. */
json_t *diagnosis_json(const diagnosis *d);

#endif
