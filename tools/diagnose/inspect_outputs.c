/* diagnose/inspect_outputs.c - colours in the wrong order, values of the wrong range.
 *
 * Thresholds lie between what was measured of the demo's networks on their own footage and of the
 * same pictures with the fault planted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/inspect_outputs.h"

#include "base/memory.h"
#include "diagnose/inspect_training.h"

#include <math.h>

/* dB that exchanging red and blue wins. Good: 17 lost; exchanged: 17 won. */
#define SWAPPED_GAIN 3.0
/* dB that recolouring must win before contrast is called wrong, of pictures that are far off: a
 * tint wins less, and a wrong range leaves 10 to 17 dB. */
#define RANGE_GAIN 3.0
#define RANGE_PSNR 24.0
/* Mean gain. Good 0.99 to 1.00, early 1.04; [-1, 1] shown as [0, 1], and pixels halved, 2.0. */
#define GAIN_MOST 1.25
/* [0, 1] taken for [-1, 1], or stretched around grey, and clipped 0.64 to 0.75. */
#define GAIN_LEAST 0.88
/* Levels: an offset below this means that black has become grey. Halved 1; [-1, 1] -252. */
#define LIFTED (-20.0)
/* Levels of standard deviation: painted faces have 30 to 60, [0, 1] written as bytes 0.5. */
#define BLANK 3.0

static finding contract(const char *code, double number, double threshold, const char *unit,
                        double severity)
{
    return (finding){.code = code,
                     .stage = FINDING_CONTRACT,
                     .number = number,
                     .threshold = threshold,
                     .unit = unit,
                     .severity = severity};
}

static vis_status judge_blank(const appearance_result *r, findings *list, vis_error *err)
{
    double filmed = r->spread[0], painted = r->spread[1];
    if (!(painted < BLANK) || !(filmed > 2 * BLANK)) return VIS_OK;
    return findings_say(
        list, contract("blank", painted, BLANK, "levels of 255", BLANK / fmax(painted, 0.1)),
        text_format("The painted face is one flat colour"),
        text_format("Its values vary by %.1f levels of 255 around their mean, those of the filmed "
                    "face by %.0f.",
                    painted, filmed),
        text_format("If it is black, the network's output, which lies in [0, 1], was converted to "
                    "8 bits without multiplying it by 255. If not, look for NaN in the output and "
                    "for weights that were never loaded (viseme diagnose --model tells)."),
        err);
}

static vis_status judge_order(const appearance_result *r, findings *list, vis_error *err)
{
    double won = r->psnr_swapped - r->psnr;
    if (!(won > SWAPPED_GAIN)) return VIS_OK;
    return findings_say(
        list, contract("channel-order", won, SWAPPED_GAIN, "dB", won / SWAPPED_GAIN),
        text_format("Red and blue are exchanged"),
        text_format("With them exchanged back, the painted face comes nearer to the filmed one by "
                    "%.1f dB (from %.1f to %.1f).",
                    won, r->psnr, r->psnr_swapped),
        text_format("The network takes and gives planes in the order B, G, R, as OpenCV reads "
                    "pictures. Leave out the conversion to RGB, or convert back before writing."),
        err);
}

static vis_status judge_low_contrast(const appearance_result *r, double gain, double offset,
                                     findings *list, vis_error *err)
{
    bool lifted = offset < LIFTED;
    return findings_say(
        list, contract(lifted ? "washed-out" : "too-dark", gain, GAIN_MOST, "x", gain / GAIN_MOST),
        text_format(lifted ? "The painted face is washed out" : "The painted face is too dark"),
        text_format("Its contrast is %.0f %% of the filmed one's, and black comes out as %.0f of "
                    "255, white as %.0f. Multiplied by %.2f, with %+.0f levels added, it comes "
                    "nearer to the filmed one by %.1f dB.",
                    100 / gain, fmax(-offset / gain, 0), fmin((255 - offset) / gain, 255), gain,
                    offset, r->psnr_recoloured - r->psnr),
        text_format(lifted
                        ? "The network's output lies in [0, 1]: write output x 255. The formula "
                          "for [-1, 1], (output + 1) x 127.5, makes pictures like these."
                        : "The network's output lies in [0, 1]: write output x 255, and no less."),
        err);
}

static vis_status judge_high_contrast(const appearance_result *r, double gain, double offset,
                                      findings *list, vis_error *err)
{
    return findings_say(
        list, contract("too-harsh", gain, GAIN_LEAST, "x", GAIN_LEAST / fmax(gain, 0.01)),
        text_format("The painted face has too much contrast"),
        text_format("Multiplied by %.2f, with %+.0f levels added, it comes nearer to the filmed "
                    "one by %.1f dB.",
                    gain, offset, r->psnr_recoloured - r->psnr),
        text_format("The network's output lies in [0, 1], and so do its inputs: write output x "
                    "255, and give it pixel / 255, not values in [-1, 1]."),
        err);
}

static vis_status judge_range(const appearance_result *r, findings *list, vis_error *err)
{
    double gain = (r->gain[0] + r->gain[1] + r->gain[2]) / 3;
    double offset = (r->offset[0] + r->offset[1] + r->offset[2]) / 3;
    if (!(r->psnr < RANGE_PSNR) || !(r->psnr_recoloured - r->psnr > RANGE_GAIN)) return VIS_OK;
    if (gain > GAIN_MOST) return judge_low_contrast(r, gain, offset, list, err);
    if (gain < GAIN_LEAST) return judge_high_contrast(r, gain, offset, list, err);
    return VIS_OK;
}

vis_status inspect_outputs(const appearance_result *r, findings *list, vis_error *err)
{
    vis_status (*const judges[])(const appearance_result *, findings *,
                                 vis_error *) = {judge_blank, judge_order, judge_range};
    int before = list->count;
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
        VIS_TRY(judges[i](r, list, err));
        if (list->count > before) return VIS_OK;
    }
    return inspect_training(r, NULL, list, err);
}
