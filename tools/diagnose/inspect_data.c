/* diagnose/inspect_data.c - the footage measured, and what is wrong with it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/inspect_data.h"

#include "base/memory.h"
#include "diagnose/resample_loss.h"
#include "inside/filmed.h"

#include <math.h>
#include <stdlib.h>

/* Filmed side against S. Up to here the loss is that of a slightly soft lens. */
#define SIDE_RATIO 1.25
/* Share of the finest detail that may go unnoticed; the demo, enlarged on its way, keeps 0.94. */
#define DETAIL_KEPT 0.8
#define RATE_OFF 0.1      /* frames a second: a quarter of a second in a minute */
#define SHAPE_SHARE 0.01  /* of the frames: one bad frame in four seconds */
#define LENGTH_FRAMES 3   /* frames that may lack, */
#define LENGTH_SHARE 0.02 /* or this share of the footage */
#define FEATURE_EXTRA 2   /* rows that features from sound have beyond the frames */

#define SAMPLED_FRAMES 5 /* whose pixels are looked at */

static vis_status measure_squares(const vis_character *c, data_facts *facts, vis_error *err)
{
    int(*squares)[4] = calloc((size_t)facts->frames, sizeof *squares);
    if (!squares) return vis_fail_memory(err, "the face squares");
    for (int n = 0; n < facts->frames; n++)
        filmed_rect(c, n, squares[n]);
    vis_status status = square_statistics_of((const int(*)[4])squares, facts->frames, facts->width,
                                             facts->height, &facts->squares, err);
    free(squares);
    return status;
}

static vis_status add_frame(vis_character *c, int n, const face_geometry *g, face_cropper *cropper,
                            resample_loss *loss, vis_error *err)
{
    const picture *frame;
    int rect[4];
    VIS_TRY(filmed_frame(c, n, &frame, err));
    filmed_rect(c, n, rect);
    vis_status status = resample_loss_add(loss, g, cropper, frame, rect, err);
    filmed_release(c, frame);
    return status;
}

static vis_status measure_loss(vis_character *c, const face_geometry *g, data_facts *facts,
                               vis_error *err)
{
    face_cropper *cropper;
    resample_loss loss = {0};
    VIS_TRY(face_cropper_create(g, &cropper, err));
    vis_status status = VIS_OK;
    int samples = facts->frames < SAMPLED_FRAMES ? facts->frames : SAMPLED_FRAMES;
    for (int i = 0; status == VIS_OK && i < samples; i++) {
        int n = (int)((2 * (int64_t)i + 1) * facts->frames / (2 * samples));
        status = add_frame(c, n, g, cropper, &loss, err);
    }
    facts->resample_psnr = resample_loss_psnr(&loss);
    facts->resample_detail = resample_loss_detail(&loss);
    resample_loss_free(&loss);
    face_cropper_destroy(cropper);
    return status;
}

static vis_status judge_jitter(const data_facts *d, const face_geometry *g, findings *list,
                               vis_error *err)
{
    double side = d->squares.side_mean, limit = square_jitter_limit(side) * g->crop / side;
    if (!(d->jitter >= limit)) return VIS_OK;
    finding f = {.code = "landmark-jitter",
                 .stage = FINDING_DATA,
                 .number = d->jitter,
                 .threshold = limit,
                 .unit = "px of the crop",
                 .severity = d->jitter / limit};
    f.title = text_format("The square around the face trembles");
    f.text =
        text_format("From frame to frame it is off by %.1f pixels of the %d x %d crop (%.1f %% of "
                    "its side), in a way that no head moves. The network sees a face that shakes, "
                    "and the mouth shakes in the picture.",
                    d->jitter, g->crop, g->crop, 100 * d->jitter / g->crop);
    f.advice =
        text_format("Smooth the landmarks over time (for example by the mean of five to nine "
                    "frames around), or find them with a detector made for video; then prepare "
                    "the dataset and train again.");
    return findings_add(list, f, err);
}

static vis_status judge_shape(const data_facts *d, findings *list, vis_error *err)
{
    const square_statistics *s = &d->squares;
    double share = (double)(s->clipped + s->oblong + s->outliers) / d->frames;
    if (share < SHAPE_SHARE) return VIS_OK;
    finding f = {.code = "square-shape",
                 .stage = FINDING_DATA,
                 .number = 100 * share,
                 .threshold = 100 * SHAPE_SHARE,
                 .unit = "% of the frames",
                 .severity = share / SHAPE_SHARE};
    f.title = text_format("The square around the face is wrong in %d frames",
                          s->clipped + s->oblong + s->outliers);
    f.text =
        text_format("%d are cut off by the edge of the picture, %d are not square, %d jump away "
                    "from those around them; the first is in frame %d. There the face is "
                    "stretched, or is not where the network expects it.",
                    s->clipped, s->oblong, s->outliers, s->first_wrong);
    f.advice =
        text_format("Look at these frames and correct their landmarks, leave them out, or film "
                    "with more room around the head.");
    return findings_add(list, f, err);
}

static vis_status judge_side(const data_facts *d, const face_geometry *g, findings *list,
                             vis_error *err)
{
    double limit = SIDE_RATIO * g->size, side = d->squares.side_mean;
    if (side < limit) return VIS_OK;
    finding f = {.code = "crop-side",
                 .stage = FINDING_DATA,
                 .number = side,
                 .threshold = limit,
                 .unit = "px",
                 .severity = side / limit};
    bool soft = d->resample_detail < DETAIL_KEPT;
    f.title = text_format("The face is larger than what the network paints%s",
                          soft ? ", so it will be soft" : "");
    f.text = text_format(
        "A %.0f-pixel face is painted with %d pixels and enlarged %.2f times. %s: even a "
        "perfect network would keep %.0f %% of its finest detail, at %.1f dB.",
        side, g->size, side / g->crop,
        soft ? "The footage is sharper than that"
             : "The footage itself is hardly sharper, so little is lost",
        100 * fmin(d->resample_detail, 1), d->resample_psnr);
    f.advice =
        text_format("Scale the footage down to %.0f %% before preparing it, so that the square "
                    "is about %d pixels wide, or accept the softness; a sharpening filter on "
                    "the face hides some of it.",
                    100 * g->crop / side, g->crop);
    return findings_add(list, f, err);
}

static vis_status judge_rate(const data_facts *d, bool resampled, findings *list, vis_error *err)
{
    double off = fabs(d->fps - d->feature_fps);
    if (!(d->fps > 0) || d->feature_fps <= 0 || resampled || off <= RATE_OFF) return VIS_OK;
    finding f = {.code = "frame-rate",
                 .stage = FINDING_DATA,
                 .number = off,
                 .threshold = RATE_OFF,
                 .unit = "fps",
                 .severity = off / RATE_OFF};
    f.title = text_format("The footage runs at %.4g frames a second, the features at %d", d->fps,
                          d->feature_fps);
    f.text =
        text_format("Frame by frame, mouth and sound part by %.1f seconds in each minute of sound: "
                    "the network learnt, or is shown, sounds that were not spoken there.",
                    60 * fabs(1 - d->feature_fps / d->fps));
    f.advice =
        text_format("Convert the footage to %d frames a second (ffmpeg -i in.mp4 -r %d out.mp4) "
                    "and prepare it again; for a first look, --resample-footage takes the "
                    "nearest frames.",
                    d->feature_fps, d->feature_fps);
    return findings_add(list, f, err);
}

static vis_status judge_length(const data_facts *d, findings *list, vis_error *err)
{
    int64_t more = d->feature_rows - d->frames;
    double limit = fmax(LENGTH_FRAMES, LENGTH_SHARE * d->frames);
    double off =
        more < 0 ? (double)-more : (double)(more > FEATURE_EXTRA ? more - FEATURE_EXTRA : 0);
    if (d->feature_rows < 0 || d->feature_fps <= 0 || off <= limit) return VIS_OK;
    finding f = {.code = "length",
                 .stage = FINDING_DATA,
                 .number = off,
                 .threshold = limit,
                 .unit = "frames",
                 .severity = off / limit};
    f.title = text_format("The %s %.1f seconds longer than the %s",
                          more > 0 ? "features are" : "footage is", off / d->feature_fps,
                          more > 0 ? "footage" : "features");
    f.text =
        text_format("%lld rows of features stand against %d frames of footage (a few rows more are "
                    "usual): they were not made from the same recording, or one was cut.",
                    (long long)d->feature_rows, d->frames);
    f.advice =
        text_format("Make the features again from the sound of exactly this footage, %d rows a "
                    "second.",
                    d->feature_fps);
    return findings_add(list, f, err);
}

vis_status inspect_data(vis_character *c, const face_geometry *geometry, int64_t feature_rows,
                        int feature_fps, findings *list, data_facts *facts, vis_error *err)
{
    vis_character_info info;
    vis_character_get_info(c, &info);
    bool resampled = filmed_resampled(c);
    *facts = (data_facts){.frames = info.frames,
                          .width = info.width,
                          .height = info.height,
                          .fps = info.fps,
                          .feature_fps = feature_fps,
                          .feature_rows = feature_rows};
    VIS_TRY(measure_squares(c, facts, err));
    facts->jitter =
        resampled ? NAN : facts->squares.jitter * geometry->crop / facts->squares.side_mean;
    VIS_TRY(measure_loss(c, geometry, facts, err));
    VIS_TRY(judge_jitter(facts, geometry, list, err));
    VIS_TRY(judge_shape(facts, list, err));
    VIS_TRY(judge_side(facts, geometry, list, err));
    VIS_TRY(judge_rate(facts, resampled, list, err));
    return judge_length(facts, list, err);
}
