/* diagnose/diagnosis_json.h - a diagnosis for machines.
 *
 *   verdict    "healthy" or "faults"
 *   headline   the answer in one line
 *   checkpoint, outputs, character   what was asked about; null where it was not given
 *   version    of viseme
 *   findings   [{code, stage, title, text, advice, number, threshold, unit, severity}], ranked
 *   model      {path, kind, audio_mode, sha256, parameters}; null without one
 *   data       sides and trembling of the face squares, rates and lengths
 *   contracts  [{code, words, psnr, ssim, mouth, cost}]: the declared one first; cost in dB of PSNR
 *   contract   the nearest contract in words
 *   nearest    {psnr, contract, look}: its PSNR; the entry of contracts that it is (null: several
 *              deviations together); the frame that pictures of all contracts show
 *   sound      {levels, foreign, lag, shifts: [{frames, psnr}]}
 *   painting   the measures of paint/appearance.h; per_frame: dB, from
 *              first_frame on
 * Figures that do not exist (no pixels differ, nothing to measure) are null.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_DIAGNOSIS_JSON_H
#define DIAGNOSE_DIAGNOSIS_JSON_H

#include "diagnose/diagnose.h"

#include <jansson.h>

/* `options` are those of the run. The caller's to release; NULL when out of memory. */
json_t *diagnosis_json(const diagnosis *d, const diagnose_options *options);

#endif
