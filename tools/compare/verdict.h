/* compare/verdict.h - are two results the same: one word of four, and the thresholds behind it.
 *
 * docs/compare.md says the same to users. A run is judged by its worst frame: nothing is averaged
 * over frames.
 *
 *   bit-identical       every number, every byte is the same
 *   numerically equal   tensors: max |a - b| <= 5e-5 and mean <= 2e-6 (of float32 values of the
 *                       order of 1, what rounding in another order leaves); pictures: at most 1/255
 *                       apart, and at least 99.9 % of the bytes equal
 *   visually equal      PSNR >= 40 dB and SSIM >= 0.99, over the whole picture and over the part of
 *                       it that differs, so that a large still background hides nothing
 *   different           anything else; also whatever holds NaN or infinities on one side only
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef COMPARE_VERDICT_H
#define COMPARE_VERDICT_H

#include "base/status.h"

#include <stdbool.h>

#define VERDICT_TENSOR_MAX 5e-5
#define VERDICT_TENSOR_MEAN 2e-6
#define VERDICT_PIXEL_MAX 1 /* of 255 */
#define VERDICT_PIXEL_SAME 0.999
#define VERDICT_PSNR 40.0 /* dB */
#define VERDICT_SSIM 0.99

/* From worst to best, so that they compare as numbers. */
typedef enum verdict {
    VERDICT_DIFFERENT,
    VERDICT_VISUAL,
    VERDICT_NUMERIC,
    VERDICT_BITS,
} verdict;

/* Tensors alone: they cannot be visually equal. `identical`: every value the same; `max` and `mean`
 * of |a - b|; NaN in either counts as different. */
verdict verdict_of_tensors(bool identical, double max, double mean);

/* Pictures: the furthest two bytes (0 to 255), the share of equal ones, and PSNR in dB and SSIM,
 * each the worse of the whole picture and the part that differs (NAN: too small to have one, which
 * then decides nothing). */
verdict verdict_of_pictures(int max, double same, double psnr, double ssim);

/* A network's output and the picture made of it: the tensors say whether the numbers are equal; the
 * picture can still make it visually equal. */
verdict verdict_of_both(verdict tensors, verdict pictures);

const char *verdict_name(verdict v);    /* "bit-identical", ... */
const char *verdict_word(verdict v);    /* for programs: "bit", "numeric", "visual", "different" */
const char *verdict_meaning(verdict v); /* a sentence for people who did not read the docs */

/* "bit", "numeric" or "visual"; VIS_ERR_USAGE for another word. */
vis_status verdict_parse(const char *word, verdict *out, vis_error *err);

#endif
