/* compare/figures.c - judging columns of statistics by what pixels can explain.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void figures_free(figures *f)
{
    for (int i = 0; i < f->count; i++) {
        free(f->column[i].frame_mean);
        free(f->column[i].frame_std);
    }
    free(f->column);
    *f = (figures){0};
}

vis_status figures_check(const figures *f, vis_error *err)
{
    if (f->count < 2)
        return vis_fail(err, VIS_ERR_USAGE, "statistics of %d result%s; two are needed to compare",
                        f->count, f->count == 1 ? "" : "s");
    const figure_column *a = &f->column[0];
    for (int i = 1; i < f->count; i++) {
        const figure_column *b = &f->column[i];
        if (a->start >= 0 && b->start >= 0 && a->start != b->start)
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "%s begins at frame %lld, %s at frame %lld: figures of other frames",
                            a->name, (long long)a->start, b->name, (long long)b->start);
        if (a->frames > 0 && b->frames > 0 && a->frames != b->frames)
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "%s is of %lld frames, %s of %lld: figures of other frames", a->name,
                            (long long)a->frames, b->name, (long long)b->frames);
        if (a->character[0] && b->character[0] && strcmp(a->character, b->character) != 0)
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "%s is of the character %s, %s of %s: figures of other frames", a->name,
                            a->character, b->name, b->character);
    }
    return VIS_OK;
}

bool figures_unexplained(double difference, double allowed)
{
    return !(difference <= allowed + FIGURES_ROUNDING);
}

static double percent(double a, double b)
{
    return a != 0 ? 100 * (b - a) / fabs(a) : b == 0 ? 0 : INFINITY;
}

static figure_judgement judge(double mean_a, double std_a, double mean_b, double std_b,
                              const figure_column *b)
{
    figure_judgement j = {.mean_step = 255 * fabs(mean_b - mean_a),
                          .std_step = 255 * fabs(std_b - std_a),
                          .mean_percent = percent(mean_a, mean_b),
                          .std_percent = percent(std_a, std_b),
                          .mean_allowed = FIGURES_GRANTED,
                          .std_allowed = FIGURES_GRANTED,
                          .frame = -1};
    j.pixels = isfinite(b->mean_diff);
    if (j.pixels) {
        j.mean_allowed = b->mean_diff + FIGURES_DIFF_ROUNDING;
        double max = isfinite(b->max_diff) ? b->max_diff : 255;
        j.std_allowed = sqrt(max * j.mean_allowed);
    } else if (isfinite(b->max_diff) && b->max_diff < FIGURES_GRANTED) {
        j.pixels = true;
        j.mean_allowed = j.std_allowed = b->max_diff + FIGURES_DIFF_ROUNDING;
    }
    j.consistent = !figures_unexplained(j.mean_step, j.mean_allowed) &&
                   !figures_unexplained(j.std_step, j.std_allowed);
    return j;
}

static double excess(const figure_judgement *j)
{
    return fmax(j->mean_step - j->mean_allowed, j->std_step - j->std_allowed);
}

figure_judgement figures_judge(const figures *f, int i)
{
    const figure_column *a = &f->column[0], *b = &f->column[i];
    figure_judgement worst = judge(a->mean, a->std, b->mean, b->std, b);
    bool frames = a->frame_mean && b->frame_mean && a->frames == b->frames;
    for (int64_t k = 0; frames && k < a->frames; k++) {
        figure_judgement one =
            judge(a->frame_mean[k], a->frame_std[k], b->frame_mean[k], b->frame_std[k], b);
        one.frame = k;
        if (!one.consistent && (worst.consistent || excess(&one) > excess(&worst))) worst = one;
    }
    return worst;
}
