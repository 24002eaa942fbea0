/* program/compare_text.c - the tables of viseme compare.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/compare_text.h"

#include "base/memory.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_SHOWN 8
#define WEIGHTS_SHOWN 20
#define MARKED 5 /* of the worst frames, with a star */
#define SHOWN_AT_ONCE 4
#define SHOWN_LENGTH 512

/* A name out of a file as a terminal may have it: what would steer the terminal becomes '?', and
 * very long ones are cut. Valid until the fourth next call, on one thread. */
static const char *shown(const char *name)
{
    static char copies[SHOWN_AT_ONCE][SHOWN_LENGTH];
    static unsigned next;
    char *copy = copies[next++ % SHOWN_AT_ONCE];
    snprintf(copy, SHOWN_LENGTH, "%s", name);
    text_make_printable(copy);
    return copy;
}

static void print_head(const compare_result *r, verdict required)
{
    char name[32], reason[256];
    snprintf(name, sizeof name, "%s", verdict_name(r->verdict));
    for (char *p = name; *p; p++)
        *p = (char)toupper(*p);
    printf("%s. %s\n", name, verdict_meaning(r->verdict));
    compare_reason(r, reason, sizeof reason);
    if (reason[0]) printf("%s\n", reason);
    if (r->verdict < required && r->verdict != VERDICT_DIFFERENT)
        printf("That is less than was asked for: %s.\n", verdict_name(required));
    for (int i = 0; i < r->notes; i++)
        printf("NOTE: %s\n", shown(r->note[i]));
    printf("\nA  %s (%s)\nB  %s (%s)\n", r->path_a, r->what_a, r->path_b, r->what_b);
    if (r->inputs[0]) printf("on %s\n", r->inputs);
}

static void print_histogram(const compare_totals *t)
{
    printf("difference in /255:");
    int64_t shown = 0;
    for (int v = 0; v <= t->pixels.max && v < 8; v++) {
        printf(" %d: %.3f %%%s", v, 100 * (double)t->pixels.histogram[v] / (double)t->pixels.values,
               v < t->pixels.max ? "," : "");
        shown += t->pixels.histogram[v];
    }
    if (t->pixels.max >= 8)
        printf(" 8 to %d: %.3f %%", t->pixels.max,
               100 * (double)(t->pixels.values - shown) / (double)t->pixels.values);
    printf("\n");
}

static void print_overall(const compare_result *r)
{
    const compare_totals *t = &r->totals;
    printf("\nover all %lld frame%s\n", (long long)r->count, r->count == 1 ? "" : "s");
    printf("%8s %21s %21s\n", "", "A", "B");
    printf("%8s [%8.6f, %9.6f] [%8.6f, %9.6f]\n", "range", t->a.min, t->a.max, t->b.min, t->b.max);
    printf("%8s %21.6f %21.6f  %+.4f %%\n", "mean", t->a.mean, t->b.mean,
           relative_percent(t->a.mean, t->b.mean));
    printf("%8s %21.6f %21.6f  %+.4f %%\n", "std", statistics_std(&t->a), statistics_std(&t->b),
           relative_percent(statistics_std(&t->a), statistics_std(&t->b)));
    if (r->values)
        printf("numbers: max %.3g, mean %.3g apart; %.4f %% the same\n", t->values.max,
               t->values.sum / (double)t->values.count,
               100 * (double)t->values.same / (double)t->values.count);
    if (!r->pixels) return;
    printf("pixels: max %d/255, mean %.4f/255 apart; %.4f %% the same; PSNR %.2f dB, SSIM %.6f\n",
           t->pixels.max, t->pixels.sum / (double)t->pixels.values,
           100 * (double)t->pixels.same_pixels / (double)t->pixels.pixels, compare_psnr(r),
           compare_ssim(r));
    print_histogram(t);
}

static void print_frame_head(const compare_result *r)
{
    printf("\n%-8s %13s %9s %9s %8s %9s %9s %8s", "frame", "range A", "mean A", "mean B", "off",
           "std A", "std B", "off");
    if (r->values) printf(" %8s", "max |d|");
    if (r->pixels) printf(" %4s %7s %8s %7s %8s", "max", "mean", "same", "PSNR", "SSIM");
    printf("  verdict\n");
}

static void print_frame(const compare_result *r, const compared_frame *f, bool marked)
{
    double std_a = statistics_std(&f->a), std_b = statistics_std(&f->b);
    printf("%-7lld%c [%5.3f, %5.3f] %8.6f  %8.6f %+7.3f%% %9.6f %9.6f %+7.3f%%",
           (long long)f->number, marked ? '*' : ' ', f->a.min, f->a.max, f->a.mean, f->b.mean,
           relative_percent(f->a.mean, f->b.mean), std_a, std_b, relative_percent(std_a, std_b));
    if (r->values) printf(" %8.2g", f->value_max);
    if (f->pixels)
        printf(" %4d %7.4f %7.3f%% %7.2f %8.6f", f->max, f->mean, 100 * f->same, f->psnr, f->ssim);
    printf("  %s\n", verdict_name(f->verdict));
    if (f->name && !r->pixels) printf("         %s\n", shown(f->name));
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_frames(const comparison *c, bool all)
{
    const compare_result *r = comparison_result(c);
    int64_t worst[COMPARE_ROWS], marked[MARKED];
    int shown = comparison_worst(c, worst, COMPARE_ROWS);
    int stars = r->verdict == VERDICT_BITS ? 0 : comparison_worst(c, marked, MARKED);
    if (r->count <= MARKED) stars = 0;
    qsort(worst, (size_t)shown, sizeof *worst, ascending);
    print_frame_head(r);
    int64_t rows = all || r->count <= COMPARE_ROWS ? r->count : shown;
    for (int64_t i = 0; i < rows; i++) {
        int64_t frame = rows == r->count ? i : worst[i];
        bool star = false;
        for (int k = 0; k < stars; k++)
            star = star || marked[k] == frame;
        print_frame(r, &r->frame[frame], star);
    }
    if (rows < r->count)
        printf("the %lld frames furthest apart of %lld; --all prints every one\n", (long long)rows,
               (long long)r->count);
    if (stars) printf("* furthest apart\n");
}

static void print_node(const compared_node *n)
{
    if (!n->name_a || !n->name_b) {
        printf("  only in %s: %s (%s, %s)\n", n->name_a ? "A" : "B",
               shown(n->name_a ? n->name_a : n->name_b), n->name_a ? n->layer_a : n->layer_b,
               n->name_a ? n->shape_a : n->shape_b);
        return;
    }
    printf("  %s", shown(n->name_a));
    if (strcmp(n->name_a, n->name_b) != 0) printf(" (in B: %s)", shown(n->name_b));
    printf(": %s", n->layer_a);
    if (n->structural) printf(" in A, %s in B", n->layer_b);
    if (n->compared)
        printf(", %s: max %.3g apart, %.3g of its range%s\n", n->shape_a, n->max, n->relative,
               n->broken ? ", and not finite on one side" : "");
    else
        printf(", %s in A, %s in B\n", n->shape_a, n->shape_b);
}

static void print_worst_nodes(const node_comparison *c)
{
    double limit = INFINITY;
    for (int shown = 0; shown < NODES_SHOWN; shown++) {
        int best = -1;
        for (int i = 0; i < c->count; i++) {
            const compared_node *n = &c->node[i];
            if (n->compared && n->relative < limit &&
                (best < 0 || n->relative > c->node[best].relative))
                best = i;
        }
        if (best < 0 || c->node[best].relative <= 0) break;
        if (shown == 0) printf("furthest apart:\n");
        print_node(&c->node[best]);
        limit = c->node[best].relative;
    }
}

static void print_nodes(const node_comparison *c)
{
    printf("\nwhere the networks part (%d points matched, %d only in A, %d only in B)\n",
           c->matched, c->alone_a, c->alone_b);
    if (c->structural >= 0) {
        printf("first point of another structure:\n");
        print_node(&c->node[c->structural]);
    }
    if (c->first >= 0) {
        printf("first point that differs beyond rounding (%g of its range):\n", NODE_ROUNDING);
        print_node(&c->node[c->first]);
    } else {
        printf("no matched point differs beyond rounding (%g of its range)\n", NODE_ROUNDING);
    }
    print_worst_nodes(c);
    const weight_comparison *w = &c->weights;
    printf("weights that differ: %d of %d %s\n", w->count, w->compared,
           w->by_key ? "tensors" : "layers, batch norm folded in");
    for (int i = 0; i < w->count && i < WEIGHTS_SHOWN; i++)
        printf("  %-52s max %.3g, %.3g of its range, %lld of %lld numbers\n",
               shown(w->weight[i].name), w->weight[i].max, w->weight[i].relative,
               (long long)w->weight[i].differing, (long long)w->weight[i].values);
    if (w->count > WEIGHTS_SHOWN) printf("  ... and %d more\n", w->count - WEIGHTS_SHOWN);
}

void compare_text_print(const comparison *c, verdict required, bool all)
{
    const compare_result *r = comparison_result(c);
    print_head(r, required);
    print_overall(r);
    print_frames(c, all);
    if (r->has_nodes) print_nodes(&r->nodes);
}

bool figures_all_consistent(const figures *f)
{
    bool consistent = true;
    for (int i = 1; i < f->count; i++)
        consistent = consistent && figures_judge(f, i).consistent;
    return consistent;
}

static void print_flag(const figures *f, int i)
{
    figure_judgement j = figures_judge(f, i);
    if (j.consistent) return;
    printf("%s: mean %+.2f %% off = %.2f/255, std %+.2f %% off = %.2f/255",
           shown(f->column[i].name), j.mean_percent, j.mean_step, j.std_percent, j.std_step);
    if (j.frame >= 0) printf(" in frame %lld", (long long)j.frame);
    if (j.pixels)
        printf("; its pixels explain %.2f/255 and %.2f/255", j.mean_allowed, j.std_allowed);
    else
        printf("; rounding explains %.2f/255", j.mean_allowed);
    printf(". These figures come from other frames or other preprocessing.\n");
}

bool figures_text_print(const figures *f)
{
    bool consistent = figures_all_consistent(f);
    printf("%s\n", consistent ? "CONSISTENT. These can be figures of the same pixels."
                              : "NOT CONSISTENT. These are not figures of the same pixels.");
    for (int i = 1; i < f->count; i++)
        print_flag(f, i);
    printf("\n%-32s %9s %9s %9s %9s %9s %9s\n", "", "mean", "off", "in /255", "std", "off",
           "in /255");
    for (int i = 0; i < f->count; i++) {
        const figure_column *c = &f->column[i];
        if (i == 0) {
            printf("%-32s %9.6f %9s %9s %9.6f\n", shown(c->name), c->mean, "", "", c->std);
            continue;
        }
        figure_judgement j = figures_judge(f, i);
        printf("%-32s %9.6f %+8.3f%% %9.3f %9.6f %+8.3f%% %9.3f  %s\n", shown(c->name), c->mean,
               relative_percent(f->column[0].mean, c->mean),
               255 * fabs(c->mean - f->column[0].mean), c->std,
               relative_percent(f->column[0].std, c->std), 255 * fabs(c->std - f->column[0].std),
               j.consistent ? "consistent" : "OTHER FRAMES");
    }
    return consistent;
}
