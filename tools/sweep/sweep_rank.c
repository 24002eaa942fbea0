/* sweep/sweep_rank.c - by the mask, within ties by the mouth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_rank.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const sweep_figures *sweep_deciding(const sweep_row *row)
{
    return row->held.frames ? &row->held : &row->trained;
}

static double mask_of(const sweep_result *r, int i)
{
    return sweep_deciding(&r->row[i])->psnr;
}

/* As it is printed, so that nobody sees a choice between equal figures. A mouth that could not be
 * measured decides nothing. */
static double mouth_of(const sweep_result *r, int i)
{
    double mouth = sweep_deciding(&r->row[i])->mouth;
    return isnan(mouth) ? 0 : round(100 * mouth) / 100;
}

/* Sorts order[first ... end - 1], the largest figure first; equal ones keep their order. */
static void sort(sweep_result *r, int first, int end, double (*figure)(const sweep_result *, int))
{
    for (int i = first + 1; i < end; i++) {
        int moving = r->order[i], at = i;
        for (; at > first && figure(r, r->order[at - 1]) < figure(r, moving); at--)
            r->order[at] = r->order[at - 1];
        r->order[at] = moving;
    }
}

double sweep_margin(const sweep_result *r, int a, int b, bool held)
{
    int first = held ? r->frames : 0, count = held ? r->held_frames : r->frames;
    const double *x = r->row[a].psnr + first, *y = r->row[b].psnr + first;
    double sum = 0, squares = 0;
    for (int k = 0; k < count; k++) {
        sum += x[k] - y[k];
        squares += (x[k] - y[k]) * (x[k] - y[k]);
    }
    if (count < 2) return SWEEP_TIE;
    double error = sqrt(fmax(squares - sum * sum / count, 0) / (count - 1) / count);
    return fmax(2 * error, SWEEP_TIE);
}

/* Is row b behind row a by less than counts? */
static bool tied(const sweep_result *r, int a, int b)
{
    return mask_of(r, a) - mask_of(r, b) < sweep_margin(r, a, b, r->held_frames > 0);
}

static void find_overfitting(sweep_result *r)
{
    r->later = -1;
    if (r->scored == 0 || r->held_frames == 0) return;
    int best = r->order[0];
    for (int i = best + 1; i < r->rows; i++) {
        if (r->row[i].status != VIS_OK) continue;
        double gain = r->row[i].trained.psnr - r->row[best].trained.psnr;
        double loss = r->row[best].held.psnr - r->row[i].held.psnr;
        if (gain >= sweep_margin(r, best, i, false) && loss >= sweep_margin(r, best, i, true))
            r->later = i;
    }
}

void sweep_rank(sweep_result *r)
{
    int failed = r->rows;
    r->scored = 0;
    for (int i = r->rows - 1; i >= 0; i--)
        if (r->row[i].status != VIS_OK) r->order[--failed] = i;
    for (int i = 0; i < r->rows; i++)
        if (r->row[i].status == VIS_OK) r->order[r->scored++] = i;
    sort(r, 0, r->scored, mask_of);
    for (int first = 0, end; first < r->scored; first = end) {
        for (end = first + 1; end < r->scored && tied(r, r->order[first], r->order[end]);)
            end++;
        sort(r, first, end, mouth_of);
        for (int i = first; i < end; i++) {
            r->row[r->order[i]].rank = i + 1;
            r->row[r->order[i]].tied = end - first > 1;
        }
    }
    find_overfitting(r);
}

/* How the best stands to the second. */
static void distance_words(const sweep_result *r, char *text, size_t size)
{
    const sweep_row *best = &r->row[r->order[0]], *next = &r->row[r->order[1]];
    double by = mask_of(r, r->order[0]) - mask_of(r, r->order[1]);
    double margin = sweep_margin(r, r->order[0], r->order[1], r->held_frames > 0);
    if (!best->tied)
        snprintf(text, size, ", %.2f dB above %s.", by, next->label);
    else
        snprintf(text, size,
                 ". A tie: %s has %.2f dB, and less than %.2f dB is %s; at the mouth it is %.2f dB "
                 "against %.2f dB.",
                 next->label, sweep_deciding(next)->psnr, margin,
                 margin > SWEEP_TIE ? "chance (other frames could turn it round)"
                                    : "too little to see",
                 sweep_deciding(best)->mouth, sweep_deciding(next)->mouth);
}

char *sweep_words(const sweep_result *r)
{
    if (r->scored == 0) return text_copy("", 0);
    const sweep_row *best = &r->row[r->order[0]];
    const sweep_figures *f = sweep_deciding(best);
    char distance[1024] = ".", count[64] = "the only one that could be scored";
    if (r->scored > 1) distance_words(r, distance, sizeof distance);
    if (r->scored > 1) snprintf(count, sizeof count, "the best of %d", r->scored);
    char failed[64] = "";
    if (r->scored < r->rows)
        snprintf(failed, sizeof failed, " %d could not be scored.", r->rows - r->scored);
    return text_format("%s is %s: %.2f dB in the mask over %d %sframe%s%s%s", best->label, count,
                       f->psnr, f->frames, r->held_frames ? "held-out " : "",
                       f->frames == 1 ? "" : "s", distance, failed);
}

char *sweep_overfit_words(const sweep_result *r)
{
    if (r->later < 0) return text_copy("", 0);
    const sweep_row *best = &r->row[r->order[0]], *later = &r->row[r->later];
    return text_format("After %s training went on by heart: %s is %.2f dB better on the frames "
                       "that it was trained on and %.2f dB worse on those that it was not. Train "
                       "less long, or on more footage.",
                       best->label, later->label, later->trained.psnr - best->trained.psnr,
                       best->held.psnr - later->held.psnr);
}
