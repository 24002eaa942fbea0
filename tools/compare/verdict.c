/* compare/verdict.c - the thresholds applied, and the words for the outcome.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/verdict.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *word, *meaning;
} words[] = {
    [VERDICT_DIFFERENT] = {"different", "different", "The difference can be seen."},
    [VERDICT_VISUAL] = {"visually equal", "visual",
                        "The numbers differ, but nobody will see it in the pictures."},
    [VERDICT_NUMERIC] = {"numerically equal", "numeric",
                         "They differ by rounding, as the same computation in another order does."},
    [VERDICT_BITS] = {"bit-identical", "bit", "Every value is the same."},
};
#define VERDICTS (sizeof words / sizeof *words)

/* Written so that NaN fails. */
verdict verdict_of_tensors(bool identical, double max, double mean)
{
    if (identical) return VERDICT_BITS;
    if (max <= VERDICT_TENSOR_MAX && mean <= VERDICT_TENSOR_MEAN) return VERDICT_NUMERIC;
    return VERDICT_DIFFERENT;
}

verdict verdict_of_pictures(int max, double same, double psnr, double ssim)
{
    if (max == 0) return VERDICT_BITS;
    if (max <= VERDICT_PIXEL_MAX && same >= VERDICT_PIXEL_SAME) return VERDICT_NUMERIC;
    if (psnr >= VERDICT_PSNR && (isnan(ssim) || ssim >= VERDICT_SSIM)) return VERDICT_VISUAL;
    return VERDICT_DIFFERENT;
}

verdict verdict_of_both(verdict tensors, verdict pictures)
{
    if (tensors >= VERDICT_NUMERIC) return tensors;
    return pictures >= VERDICT_VISUAL ? VERDICT_VISUAL : VERDICT_DIFFERENT;
}

const char *verdict_name(verdict v)
{
    return words[v].name;
}

const char *verdict_word(verdict v)
{
    return words[v].word;
}

const char *verdict_meaning(verdict v)
{
    return words[v].meaning;
}

vis_status verdict_parse(const char *word, verdict *out, vis_error *err)
{
    for (size_t i = VERDICT_VISUAL; i < VERDICTS; i++) {
        if (strcmp(word, words[i].word) != 0) continue;
        *out = (verdict)i;
        return VIS_OK;
    }
    return vis_fail(err, VIS_ERR_USAGE, "--require %s: choose bit, numeric or visual", word);
}
