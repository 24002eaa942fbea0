/* diagnose/inspect_training.c - thresholds, and what to say beyond them.
 *
 * The thresholds lie between what was measured of the demo's networks on their own footage ("good":
 * 50.pth, 75.pth and 99.pth; "early": 25.pth) and of planted faults: 99.pth's pictures blurred,
 * tinted, framed, flickering or shaken, and its mouth fed with sound from elsewhere.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/inspect_training.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>

/* dB, recoloured. Good 30.2 to 30.6; the worst planted fault, shaking, 24.6. */
#define PSNR_LEAST 23.0
/* Levels of unevenness. Good 0.7 to 0.9; planted faults up to 1.7; early 3.1. */
#define UNEVEN_MOST 2.2
/* Share of detail. Good 0.81 to 0.89; early 0.70; blurred by 1.5 pixels 0.34, by 2 0.22. */
#define SHARP_LEAST 0.5
/* One is the least that the eye tells apart. Good 0.6 to 0.8, with wrong sound up to 1.4;
 * early 3.4; one channel 8 % darker 4.0 to 4.6. */
#define DELTA_E_MOST 2.0
/* Levels on average, below which a shift has no name. */
#define TINT_LEAST 1.0
/* Levels, recoloured. 99.pth 4.2, shaken 7.6; rim darker by 15 levels 14, by 25 23; 50.pth and
 * 75.pth, whose outermost pixels were not yet learnt, 15. */
#define SEAM_MOST 9.0
/* Levels. Good 0.5; shaken by up to 1 pixel 2.0; flicker of 4 levels 4.0. */
#define JITTER_MOST 1.3
/* Good 0.8 to 0.9, with wrong sound up to 1.0; mouths of frames up to two away 1.4. In 32 frames
 * good networks reach 1.1, so it takes more. */
#define TREMBLE_MOST 1.2
#define TREMBLE_FRAMES 64
/* Share of speech. Good 0.15 to 0.16 (filmed 0.17); noisy features 0.29; speech heard in pauses
 * 0.90. */
#define REST_MOST 0.45
/* Of the filmed motion. Good 0.84 to 0.94; early 0.64; sound weakened to a tenth 0.32, to nothing
 * 0.28. */
#define MOTION_SHARE 0.4
/* The mouth's change by sound, in filmed motion from frame to frame. Good 2.1 to 2.2; early 1.4;
 * sound weakened to a tenth 0.6. Where motion was not measured, levels. */
#define LISTEN_SHARE 1.0
#define LISTEN_LEVELS 4.0

/* Severities grow with the damage; what is broken altogether counts as this. */
#define SEVERITY_MOST 100.0

static double severity(double worse, double better)
{
    return worse < SEVERITY_MOST * better ? worse / better : SEVERITY_MOST;
}

/* Adds a finding made of `f` and of texts that it takes over. */
static finding training(const char *code, double number, double threshold, const char *unit,
                        double how_bad)
{
    return (finding){.code = code,
                     .stage = FINDING_TRAINING,
                     .number = number,
                     .threshold = threshold,
                     .unit = unit,
                     .severity = how_bad};
}

static vis_status judge_blur(const appearance_result *r, findings *list, vis_error *err)
{
    if (!(r->sharpness < SHARP_LEAST)) return VIS_OK;
    return findings_say(
        list,
        training("blur", 100 * r->sharpness, 100 * SHARP_LEAST, "% of the detail",
                 severity(SHARP_LEAST, r->sharpness)),
        text_format("The painted face is blurred"),
        text_format("It has %.0f %% of the fine detail of the filmed one (at least %.0f %% is "
                    "asked for), as if seen through a blur of %.1f pixels.",
                    100 * r->sharpness, 100 * SHARP_LEAST, r->blur),
        text_format("Train longer, with a perceptual (VGG) loss beside the pixel loss. Check that "
                    "the landmarks lie still: a square that trembles teaches blur. Frames that "
                    "were filmed out of focus or compressed hard are better left out."),
        err);
}

/* What a shift of B, G and R looks like. */
static const char *tint(const double shift[3])
{
    static const char *const more[] = {"too blue", "too green", "too red"};
    static const char *const less[] = {"too yellow", "too magenta", "too cyan"};
    double mean = (shift[0] + shift[1] + shift[2]) / 3;
    int most = 0;
    for (int c = 1; c < 3; c++)
        if (fabs(shift[c] - mean) > fabs(shift[most] - mean)) most = c;
    double by = shift[most] - mean;
    if (fmax(fabs(mean), fabs(by)) < TINT_LEAST) return "off in its colours";
    if (fabs(mean) > fabs(by)) return mean > 0 ? "too bright" : "too dark";
    return by > 0 ? more[most] : less[most];
}

static vis_status judge_colour(const appearance_result *r, findings *list, vis_error *err)
{
    if (!(r->delta_e > DELTA_E_MOST)) return VIS_OK;
    return findings_say(
        list,
        training("colour-shift", r->delta_e, DELTA_E_MOST, "Delta E",
                 severity(r->delta_e, DELTA_E_MOST)),
        text_format("The painted face is %s", tint(r->shift)),
        text_format("Its colours differ from the filmed ones by a Delta E (CIEDE2000) of %.1f on "
                    "average, and by %.1f along the edge of the square, where both meet; 1 is just "
                    "visible, %.0f is allowed. In levels of 255: red %+.1f, green %+.1f, blue "
                    "%+.1f.",
                    r->delta_e, r->seam_delta_e, DELTA_E_MOST, r->shift[2], r->shift[1],
                    r->shift[0]),
        text_format("Train longer: colours settle late. Check that all footage was filmed with "
                    "one fixed exposure and white balance, and that training and rendering read "
                    "pictures by the same program (video converted with another matrix, BT.601 "
                    "for BT.709, shifts colours like this)."),
        err);
}

static vis_status judge_seam(const appearance_result *r, findings *list, vis_error *err)
{
    static const char *const names[] = {"top", "right", "bottom", "left"};
    double beyond = fmin(r->seam, r->seam_recoloured);
    if (!(beyond > SEAM_MOST)) return VIS_OK;
    const double *s = r->seam_side;
    int worst = SEAM_TOP;
    for (int side = 1; side < SEAM_SIDES; side++)
        if (s[side] > s[worst]) worst = side;
    return findings_say(
        list, training("seam", beyond, SEAM_MOST, "levels of 255", severity(beyond, SEAM_MOST)),
        text_format("The edge of the painted square shows"),
        text_format("Along it painted and filmed pixels are %.1f levels apart beyond what shifted "
                    "colours explain (up to %.0f is hard to see), most at the %s. As they stand: "
                    "top %.1f, right %.1f, bottom %.1f, left %.1f.",
                    beyond, SEAM_MOST, names[worst], s[SEAM_TOP], s[SEAM_RIGHT], s[SEAM_BOTTOM],
                    s[SEAM_LEFT]),
        text_format("Train longer, and include the whole square in the loss: its rim is learnt "
                    "last. Until then blend the outermost pixels of the square with the footage."),
        err);
}

static vis_status judge_jitter(const appearance_result *r, findings *list, vis_error *err)
{
    if (!(r->jitter > JITTER_MOST)) return VIS_OK;
    return findings_say(
        list,
        training("jitter", r->jitter, JITTER_MOST, "levels of 255",
                 severity(r->jitter, JITTER_MOST)),
        text_format("The painted face flickers or shakes"),
        text_format("From frame to frame the typical piece of it jumps by %.1f levels that the "
                    "filmed face does not (%.1f is allowed).",
                    r->jitter, JITTER_MOST),
        text_format("If brightness flickers: train longer, on footage of fixed exposure. If the "
                    "face shakes: smooth the landmarks over time and prepare the dataset again, "
                    "and check that each frame is cut and pasted by its own square."),
        err);
}

static vis_status judge_tremble(const appearance_result *r, findings *list, vis_error *err)
{
    if (!(r->tremble > TREMBLE_MOST) || r->jitter > JITTER_MOST || r->frames < TREMBLE_FRAMES)
        return VIS_OK;
    return findings_say(
        list,
        training("mouth-jitter", r->tremble, TREMBLE_MOST, "x the filmed",
                 severity(r->tremble, TREMBLE_MOST)),
        text_format("The painted mouth trembles"),
        text_format("It changes its course %.2f times as hard as the filmed mouth (up to %.1f is "
                    "allowed), while the face around it is steady.",
                    r->tremble, TREMBLE_MOST),
        text_format("Check that frames and feature rows are in order, none doubled or left out, "
                    "and that features are made once for the whole recording; noisy sound should "
                    "be cleaned before its features are made. Then train longer."),
        err);
}

static vis_status judge_rest(const appearance_result *r, findings *list, vis_error *err)
{
    if (!(r->rest_motion > REST_MOST) || r->jitter > JITTER_MOST) return VIS_OK;
    return findings_say(
        list,
        training("moves-in-silence", 100 * r->rest_motion, 100 * REST_MOST, "% of speech",
                 severity(r->rest_motion, REST_MOST)),
        text_format("The painted mouth moves in pauses"),
        text_format("In %lld frames the filmed mouth rests (%.0f %% of its motion in speech); the "
                    "painted one moves %.0f %% as much as in speech (up to %.0f %% is allowed).",
                    (long long)r->rest_frames, 100 * r->filmed_rest, 100 * r->rest_motion,
                    100 * REST_MOST),
        text_format("Film and train on more pauses, and remove breath, noise and music from the "
                    "sound before its features are made."),
        err);
}

/* What changes by sound must be no less than this. */
static double listen_least(const appearance_result *r)
{
    return r->filmed_motion >= MOTION_LEAST ? LISTEN_SHARE * r->filmed_motion : LISTEN_LEVELS;
}

static vis_status judge_response(const appearance_result *r, const response *audio, findings *list,
                                 vis_error *err)
{
    double least = listen_least(r);
    char gain[128] = "";
    if (!isnan(audio->gain))
        snprintf(gain, sizeof gain,
                 " With its own sound the mouth is %.1f dB nearer to the filmed one than with "
                 "sound from elsewhere.",
                 audio->gain);
    return findings_say(
        list,
        training("ignores-audio", audio->levels, least, "levels of 255",
                 severity(least, audio->levels)),
        text_format("The network hardly listens to the sound"),
        text_format("When only the sound changes, the painted mouth changes by %.1f levels of 255; "
                    "%.1f is asked for, no more than what a speaking mouth changes from one frame "
                    "to the next.%s",
                    audio->levels, least, gain),
        text_format("It has learnt to copy the reference face. In training take the reference "
                    "from a random other frame, never the frame itself, check that sound and "
                    "pictures of the dataset belong together, and train longer."),
        err);
}

static vis_status judge_motion(const appearance_result *r, findings *list, vis_error *err)
{
    double share = r->painted_motion / r->filmed_motion;
    if (!(r->filmed_motion >= MOTION_LEAST) || !(share < MOTION_SHARE)) return VIS_OK;
    return findings_say(
        list,
        training("still-mouth", 100 * share, 100 * MOTION_SHARE, "% of the filmed motion",
                 severity(MOTION_SHARE, share)),
        text_format("The painted mouth hardly moves"),
        text_format("It moves %.0f %% as much as the filmed one (at least %.0f %% is asked for).",
                    100 * share, 100 * MOTION_SHARE),
        text_format("Check that the sound that was heard is that of the footage and that its "
                    "features are not all zero. If both are right, the network paints the mean of "
                    "all mouths: train longer."),
        err);
}

static double worst_of(const findings *list, int from)
{
    double worst = 0;
    for (int i = from; i < list->count; i++)
        worst = fmax(worst, list->item[i].severity);
    return worst;
}

/* `marks`: the worst severity among what an early network shows besides. */
static vis_status judge_whole(const appearance_result *r, double marks, findings *list,
                              vis_error *err)
{
    double far = severity(PSNR_LEAST, r->psnr_recoloured);
    double uneven = severity(r->unevenness, UNEVEN_MOST);
    if (!(far > 1) && !(uneven > 1)) return VIS_OK;
    bool by_psnr = far > 1;
    finding f = by_psnr
                    ? training("undertrained", r->psnr_recoloured, PSNR_LEAST, "dB", far)
                    : training("undertrained", r->unevenness, UNEVEN_MOST, "levels of 255", uneven);
    f.severity += marks;
    return findings_say(
        list, f, text_format("The network is not trained enough"),
        by_psnr ? text_format("On its own footage, where it is shown the very face that it is to "
                              "paint, it reaches %.1f dB once colours are matched (%.0f dB is the "
                              "least to ask for).",
                              r->psnr_recoloured, PSNR_LEAST)
                : text_format("On its own footage, where it is shown the very face that it is to "
                              "paint, the typical piece of the picture keeps a wrong colour by "
                              "%.1f levels of 255, each piece another one (up to %.1f is allowed).",
                              r->unevenness, UNEVEN_MOST),
        text_format("Train longer, or use a later checkpoint (viseme sweep ranks them). If the "
                    "training loss no longer falls, the dataset is at fault: too few frames, or "
                    "frames and landmarks that do not belong together."),
        err);
}

vis_status inspect_training(const appearance_result *r, const response *audio, findings *list,
                            vis_error *err)
{
    int before = list->count;
    /* A deaf network explains a mouth that stands still. */
    bool deaf = audio && audio->levels < listen_least(r);
    VIS_TRY(judge_blur(r, list, err));
    VIS_TRY(judge_colour(r, list, err));
    VIS_TRY(judge_seam(r, list, err));
    VIS_TRY(judge_jitter(r, list, err));
    VIS_TRY(judge_tremble(r, list, err));
    VIS_TRY(judge_rest(r, list, err));
    VIS_TRY(deaf ? judge_response(r, audio, list, err) : judge_motion(r, list, err));
    return judge_whole(r, worst_of(list, before), list, err);
}
