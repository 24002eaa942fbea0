/* diagnose/judge_search.c - trials won, sound displaced, frames unexplained.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/judge_search.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* dB at the mouth by which a shift in time must beat none, over this many examples; over fewer,
 * chance is greater as the root of their number is less. The curve of a healthy demo with 8 to 16
 * examples is at most 0.25 dB higher one frame away, with 6 up to 0.8; two frames of lag give 4 dB
 * and more. */
#define LAG_GAIN 0.75
#define LAG_EXAMPLES 16

/* dB at the mouth by which a frame's own sound must beat sound from elsewhere: 7 to 9 on the
 * healthy demo and 3 on its earliest checkpoint, below 1.5 with another recording's features. */
#define OWN_SOUND_GAIN 2.0

/* dB over the mask from which frames count as explained. The same network in another runtime gives
 * 50 and more, after a lossy video 35 to 40; another checkpoint of the same training 30. */
#define EXPLAINED 33.0
/* dB at the mouth from which a shift in time counts as the explanation. Frames two rows late give
 * 47 at the right shift, and 37 after a lossy video; lips that say something else 23 at the best.
 */
#define LAG_EXPLAINED 30.0

static const search_trial *trial_of(const search_result *r, const deviation *d)
{
    for (int i = 0; i < r->trials; i++)
        if (r->trial[i].deviation == d) return &r->trial[i];
    return &r->trial[0];
}

static vis_status add_wanted(const search_result *r, int k, bool program, findings *list,
                             vis_error *err)
{
    const deviation *d = r->wanted[k];
    double gain = r->gain[k], with = k == 0 ? trial_of(r, d)->psnr : r->best_trial.psnr;
    finding f = {.code = d->code,
                 .stage = FINDING_CONTRACT,
                 .number = gain,
                 .threshold = SEARCH_GAIN,
                 .unit = "dB",
                 .severity = gain / SEARCH_GAIN};
    if (program) {
        f.title = text_format("The program that made these frames does this: %s", d->words);
        f.text = text_format("Painted as declared, viseme's frames are %.1f dB from these; painted "
                             "with this mistake, %.1f dB (in the mouth rectangle).",
                             r->trial[0].psnr, with);
        f.advice = text_format("In that program: %s.", d->advice);
    } else {
        f.title =
            text_format("This checkpoint and this footage want another contract: %s", d->words);
        f.text =
            text_format("On its own footage the network reaches %.1f dB as declared, and %.1f dB "
                        "so (in the mouth rectangle): %.1f dB are lost.",
                        r->trial[0].psnr, with, gain);
        f.advice =
            text_format("Either the footage was written differently from what the network was "
                        "trained on, or it was trained so. Make both alike: %s.",
                        d->advice);
    }
    return findings_add(list, f, err);
}

static double own_gain(const search_result *r)
{
    return r->shift[r->lag + SEARCH_SHIFTS] - r->foreign;
}

static double lag_gain(const search_result *r)
{
    return r->shift[r->lag + SEARCH_SHIFTS] - r->shift[SEARCH_SHIFTS];
}

static bool has_lag(const search_result *r)
{
    int tried = r->trial[0].sums.frames;
    double fewer = tried < LAG_EXAMPLES ? sqrt((double)LAG_EXAMPLES / tried) : 1;
    return r->lag != 0 && lag_gain(r) >= LAG_GAIN * fewer;
}

/* `lag` frames later is where the features fit: filmed faces say that their sound comes late;
 * painted ones that the program took its window too early or too late. */
static vis_status add_lag(const search_result *r, int fps, bool program, findings *list,
                          vis_error *err)
{
    int frames = abs(r->lag);
    const char *s = frames == 1 ? "" : "s";
    finding f = {.code = "lag",
                 .stage = program ? FINDING_CONTRACT : FINDING_DATA,
                 .number = r->lag,
                 .threshold = 1,
                 .unit = "frames",
                 .severity = frames * lag_gain(r)};
    f.title = program ? text_format("The program's lips move %d frame%s too %s (%d ms)", frames, s,
                                    r->lag < 0 ? "late" : "early", 1000 * frames / fps)
                      : text_format("The sound comes %d frame%s too %s for the picture (%d ms)",
                                    frames, s, r->lag > 0 ? "late" : "early", 1000 * frames / fps);
    f.text = text_format("With the features taken %d frame%s %s the mouth fits by %.1f dB better "
                         "(%.1f against %.1f dB).",
                         frames, s, r->lag > 0 ? "later" : "earlier", lag_gain(r),
                         r->shift[r->lag + SEARCH_SHIFTS], r->shift[SEARCH_SHIFTS]);
    f.advice =
        program
            ? text_format(
                  "In that program: centre the window on the frame, features[i - h : i + h], "
                  "and begin picture and sound together.")
            : text_format("Cut %d frame%s from the beginning of the %s and extract the features "
                          "again; a network trained on such data learns the same lag.",
                          frames, s, r->lag > 0 ? "sound" : "footage");
    return findings_add(list, f, err);
}

static vis_status add_foreign(const search_result *r, findings *list, vis_error *err)
{
    double gain = own_gain(r);
    finding f = {.code = "foreign-audio",
                 .stage = FINDING_DATA,
                 .number = gain,
                 .threshold = OWN_SOUND_GAIN,
                 .unit = "dB",
                 .severity = 1 + OWN_SOUND_GAIN - gain};
    f.title = text_format("The sound does not belong to this footage");
    f.text =
        text_format("The network listens (its mouth changes by %.1f levels with the sound), but "
                    "a frame's own sound makes the filmed mouth no better than sound from "
                    "elsewhere: %.1f dB, where footage with its own sound gains more than %.1f.",
                    r->mouth.levels, gain, OWN_SOUND_GAIN);
    f.advice =
        text_format("Use the recording that was made with this footage, and features extracted "
                    "from it by the encoder that the checkpoint was trained with.");
    return findings_add(list, f, err);
}

vis_status judge_footage(const search_result *r, int fps, findings *list, vis_error *err)
{
    for (int k = 0; k < r->n_wanted; k++)
        VIS_TRY(add_wanted(r, k, false, list, err));
    if (r->mouth.levels < HEARING_LEVELS) return VIS_OK; /* a deaf network tells nothing of sound */
    if (own_gain(r) < OWN_SOUND_GAIN) return add_foreign(r, list, err);
    return has_lag(r) ? add_lag(r, fps, false, list, err) : VIS_OK;
}

static vis_status add_unexplained(const search_result *r, findings *list, vis_error *err)
{
    double psnr = r->best_trial.psnr;
    finding f = {.code = "unexplained",
                 .stage = FINDING_CONTRACT,
                 .number = psnr,
                 .threshold = EXPLAINED,
                 .unit = "dB",
                 .severity = 1 + EXPLAINED - psnr};
    f.title = text_format("These frames are not this checkpoint's, under any contract known");
    f.text = text_format("The nearest that viseme comes to them is %.1f dB in the mouth rectangle; "
                         "frames of the same network lie above %.0f dB.",
                         psnr, EXPLAINED);
    f.advice = text_format("If they speak another sound than the footage's own, give it: --audio "
                           "with --audio-encoder, or --features. Check that they were made with "
                           "this checkpoint and this footage, and that --start is the first "
                           "frame's number.");
    return findings_add(list, f, err);
}

bool search_unexplained(const search_result *r)
{
    /* Which frame another reference was is known only roughly. */
    if (r->best.choice[AXIS_REFERENCE] == REFERENCE_OTHER) return false;
    return r->best_trial.psnr < EXPLAINED &&
           !(has_lag(r) && r->shift[r->lag + SEARCH_SHIFTS] >= LAG_EXPLAINED);
}

vis_status judge_program(const search_result *r, int fps, findings *list, vis_error *err)
{
    bool unexplained = search_unexplained(r);
    for (int k = 0; k < r->n_wanted; k++) {
        /* Lips that say something else are nearest to lips at rest: no sign of silence. */
        if (unexplained && r->wanted[k]->set[0].axis == AXIS_WINDOW) continue;
        VIS_TRY(add_wanted(r, k, true, list, err));
    }
    if (unexplained) return add_unexplained(r, list, err);
    /* Even a network that hardly listens shows which rows it was fed, on frames of its own. */
    return has_lag(r) ? add_lag(r, fps, true, list, err) : VIS_OK;
}
