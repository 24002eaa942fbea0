/* compare/compare.c - walks over the frames of both sides and concludes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_internal.h"

#include "base/file.h"
#include "inside/handles.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void comparison_free(comparison *c)
{
    if (!c) return;
    side_close(c->a);
    side_close(c->b);
    sidecar_free(&c->beside_a);
    sidecar_free(&c->beside_b);
    feed_close(c->feed);
    thread_pool_destroy(c->pool);
    shift_free(&c->shift);
    for (int64_t i = 0; i < c->result.count; i++)
        free(c->result.frame[i].name);
    free(c->result.frame);
    node_comparison_free(&c->result.nodes);
    free(c);
}

const compare_result *comparison_result(const comparison *c)
{
    return &c->result;
}

static void add_note(compare_result *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_note(compare_result *r, const char *format, ...)
{
    if (r->notes == COMPARE_NOTES) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->note[r->notes++], COMPARE_NOTE, format, arguments);
    va_end(arguments);
}

static vis_status choose_count(comparison *c, int64_t *count, vis_error *err)
{
    int64_t there = comparison_both_models(c) ? -1 : side_count(side_model(c->a) ? c->b : c->a);
    int64_t fed = c->feed ? feed_count(c->feed) : -1, asked = c->options.frames;
    if (there >= 0) {
        if (fed >= 0 && (fed < there || (feed_kind_of(c->feed) == FEED_FOLDER && fed != there)))
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "the frames do not correspond: %lld in %s, %lld to feed the checkpoint "
                            "with; compare the same frames",
                            (long long)there, side_path(side_model(c->a) ? c->b : c->a),
                            (long long)fed);
        *count = asked >= 0 && asked < there ? asked : there;
        return VIS_OK;
    }
    int64_t usual = feed_kind_of(c->feed) == FEED_FOOTAGE  ? COMPARE_FRAMES
                    : feed_kind_of(c->feed) == FEED_FOLDER ? fed
                                                           : COMPARE_SYNTHETIC;
    *count = asked >= 0 ? asked : usual;
    if (fed >= 0 && *count > fed) *count = fed;
    return VIS_OK;
}

/* Pictures of a checkpoint's run are numbered from 0, whatever the first frame was. */
static vis_status check_numbers(const comparison *c, int64_t count, vis_error *err)
{
    const side *other = side_model(c->a) ? c->b : c->a;
    if (!c->feed || comparison_both_models(c) || side_kind_of(other) != SIDE_PICTURES ||
        !side_has_names(other))
        return VIS_OK;
    for (int64_t i = 0; i < count; i++) {
        char name[SIDE_NAME];
        int64_t number;
        side_frame_name(other, i, name, &number);
        if (number == i) continue;
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: %s stands where number %lld is wanted; number the frames of a run "
                        "from 0, without gaps",
                        side_path(other), name, (long long)i);
    }
    return VIS_OK;
}

static vis_status get_frame(comparison *c, int64_t i, side_frame *a, side_frame *b, vis_error *err)
{
    feed_frame fed = {0};
    if (c->feed) VIS_TRY(feed_get(c->feed, i, &fed, err));
    VIS_TRY(side_get(c->a, i, &fed, a, err));
    return side_get(c->b, i, &fed, b, err);
}

vis_status comparison_frame(comparison *c, int64_t i, side_frame *a, side_frame *b, vis_error *err)
{
    return get_frame(c, i, a, b, err);
}

static vis_status compare_one(comparison *c, int64_t i, vis_error *err)
{
    compare_result *r = &c->result;
    side_frame a, b;
    VIS_TRY(get_frame(c, i, &a, &b, err));
    VIS_TRY(match_faces(&a, &b, err));
    compared_frame *f = &r->frame[i];
    VIS_TRY(frame_compare(&a, &b, f, &r->totals, err));
    r->count = i + 1;
    const side_frame *named = side_model(c->a) ? &b : &a;
    f->number = comparison_both_models(c) ? i : named->number;
    f->name = comparison_both_models(c) ? NULL : strdup(named->name);
    if (!comparison_both_models(c) && !f->name) return vis_fail_memory(err, "the name of a frame");
    r->values = r->values || f->values;
    r->pixels = r->pixels || f->pixels;
    if (f->pixels && !comparison_both_models(c)) return shift_add(&c->shift, a.shown, b.shown, err);
    return VIS_OK;
}

static vis_status refuse_shift(const comparison *c, vis_error *err)
{
    int offset;
    if (!c->shift.a || !shift_find(&c->shift, &offset)) return VIS_OK;
    int a = offset > 0 ? offset : 0, b = offset > 0 ? 0 : -offset;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "the runs start at different frames: B's frame %d equals A's frame %d; shift "
                    "one of them by %d",
                    b, a, abs(offset));
}

static vis_status walk(comparison *c, vis_error *err)
{
    int64_t count = 0;
    VIS_TRY(choose_count(c, &count, err));
    VIS_TRY(check_numbers(c, count, err));
    if (count < 1) return vis_fail(err, VIS_ERR_USAGE, "no frames to compare");
    if (count > SIDE_MAX_FRAMES)
        return vis_fail(err, VIS_ERR_LIMIT, "more than %d frames", SIDE_MAX_FRAMES);
    c->result.frame = calloc((size_t)count, sizeof *c->result.frame);
    if (!c->result.frame) return vis_fail_memory(err, "the figures of the frames");
    for (int64_t i = 0; i < count; i++) {
        VIS_TRY(compare_one(c, i, err));
        if (c->options.progress && !c->options.progress(c->options.progress_user, i + 1, count))
            return vis_fail(err, VIS_ERR_CANCELLED, "stopped after %lld frames", (long long)i + 1);
    }
    return refuse_shift(c, err);
}

/* Is frame i further apart than frame k? */
static bool further(const compared_frame *x, const compared_frame *y)
{
    if (x->verdict != y->verdict) return x->verdict < y->verdict;
    if (x->pixels && y->pixels && x->part_psnr != y->part_psnr) return x->part_psnr < y->part_psnr;
    return x->value_max > y->value_max;
}

int comparison_worst(const comparison *c, int64_t *index, int limit)
{
    const compare_result *r = &c->result;
    int count = 0;
    for (int64_t i = 0; i < r->count && limit > 0; i++) {
        int at = count;
        while (at > 0 && further(&r->frame[i], &r->frame[index[at - 1]]))
            at--;
        if (at == limit) continue;
        if (count < limit) count++;
        for (int k = count - 1; k > at; k--)
            index[k] = index[k - 1];
        index[at] = i;
    }
    return count;
}

static void conclude(comparison *c)
{
    compare_result *r = &c->result;
    r->verdict = VERDICT_BITS;
    for (int64_t i = 0; i < r->count; i++)
        if (r->frame[i].verdict < r->verdict) r->verdict = r->frame[i].verdict;
    r->n_furthest = comparison_worst(c, r->furthest, COMPARE_FURTHEST);
    r->worst = r->furthest[0];
    if (r->totals.a.broken || r->totals.b.broken)
        add_note(r, "not finite: %lld values of A, %lld of B", (long long)r->totals.a.broken,
                 (long long)r->totals.b.broken);
    bool video = strcmp(r->what_a, "video") == 0 || strcmp(r->what_b, "video") == 0;
    if (video && r->verdict < VERDICT_NUMERIC)
        add_note(r, "a video's compression is compared along with what was painted: for that alone "
                    "compare what viseme frames writes, or videos rendered with --crf 0");
}

/* The figures that both runs wrote down must not say more than the pictures do. */
static void call_out(comparison *c)
{
    compare_result *r = &c->result;
    const figures *x = &c->beside_a.figures, *y = &c->beside_b.figures;
    if (x->count != 1 || y->count != 1) return;
    const figure_column *a = &x->column[0], *b = &y->column[0];
    if (a->frames != r->count || b->frames != r->count) {
        if (a->frames >= 0 && a->frames != b->frames)
            add_note(r, "the two summary.json are of %lld and %lld frames", (long long)a->frames,
                     (long long)b->frames);
        return;
    }
    for (int64_t i = 0; i < r->count; i++) {
        double step = 255 * fmax(fabs(a->frame_mean[i] - b->frame_mean[i]),
                                 fabs(a->frame_std[i] - b->frame_std[i]));
        if (r->frame[i].verdict < VERDICT_NUMERIC || step <= FIGURES_GRANTED) continue;
        add_note(r,
                 "frame %lld: the figures of the two summary.json lie %.2f/255 apart, though the "
                 "pictures are equal: those figures come from other frames",
                 (long long)i, step);
        r->called_out = true;
        return;
    }
}

/* The frames are done; asks only whether to go on. */
static vis_status step_nodes(void *user, int done, int total, vis_error *err)
{
    const comparison *c = user;
    const compare_options *o = &c->options;
    if (!o->progress || o->progress(o->progress_user, c->result.count, c->result.count))
        return VIS_OK;
    return vis_fail(err, VIS_ERR_CANCELLED, "stopped at node %d of %d", done, total);
}

/* Where two checkpoints part, on the worst frame. */
static vis_status find_node(comparison *c, vis_error *err)
{
    compare_result *r = &c->result;
    bool wanted = c->options.nodes == COMPARE_NODES_ALWAYS ||
                  (c->options.nodes == COMPARE_NODES_AUTO && r->verdict < VERDICT_NUMERIC);
    if (!comparison_both_models(c) || !wanted) return VIS_OK;
    feed_frame fed;
    VIS_TRY(feed_get(c->feed, r->worst, &fed, err));
    for (int k = 0; k < c->inputs.count; k++)
        c->inputs.data[k] = fed.data[k];
    node_options o = {.pool = c->pool, .step = step_nodes, .user = c};
    VIS_TRY(node_compare(inside_model(side_model(c->a)), inside_model(side_model(c->b)), &c->inputs,
                         &o, &r->nodes, err));
    r->has_nodes = true;
    return VIS_OK;
}

static void name_sides(comparison *c)
{
    compare_result *r = &c->result;
    r->path_a = side_path(c->a);
    r->path_b = side_path(c->b);
    r->what_a = side_what(c->a);
    r->what_b = side_what(c->b);
    snprintf(r->label_a, sizeof r->label_a, "A %.60s", path_name(r->path_a));
    snprintf(r->label_b, sizeof r->label_b, "B %.60s", path_name(r->path_b));
}

static vis_status run(comparison *c, vis_error *err)
{
    VIS_TRY(comparison_open_sides(c, err));
    if (comparison_first_model(c)) VIS_TRY(comparison_open_models(c, err));
    name_sides(c);
    VIS_TRY(walk(c, err));
    conclude(c);
    call_out(c);
    return find_node(c, err);
}

vis_status comparison_run(const compare_options *options, comparison **out, vis_error *err)
{
    *out = NULL;
    comparison *c = calloc(1, sizeof *c);
    if (!c) return vis_fail_memory(err, "a comparison");
    c->options = *options;
    c->result.nodes.first = c->result.nodes.structural = -1;
    vis_status status = run(c, err);
    if (status == VIS_OK)
        *out = c;
    else
        comparison_free(c);
    return status;
}

double compare_psnr(const compare_result *r)
{
    return r->pixels ? metric_psnr(r->totals.mse_sum / (double)r->count) : NAN;
}

double compare_ssim(const compare_result *r)
{
    const compare_totals *t = &r->totals;
    return t->ssim_frames ? t->ssim_sum / (double)t->ssim_frames : NAN;
}

void compare_reason(const compare_result *r, char *text, size_t size)
{
    const compared_frame *f = &r->frame[r->worst];
    text[0] = '\0';
    if (f->verdict == VERDICT_BITS) return;
    if (!f->pixels || f->max == 0) {
        snprintf(text, size, "furthest apart is %s%s%lld: numbers at most %.3g and on average %.3g",
                 f->name ? f->name : "frame", f->name ? ", position " : " ", (long long)r->worst,
                 f->value_max, f->value_mean);
        return;
    }
    int used = snprintf(text, size,
                        "furthest apart is frame %lld: at most %d/255, PSNR %.1f dB, SSIM %.4f",
                        (long long)f->number, f->max, f->psnr, f->ssim);
    if (used > 0 && (size_t)used < size && f->part_psnr < f->psnr - 0.05)
        snprintf(text + used, size - (size_t)used,
                 "; in the %d x %d pixels that differ, PSNR %.1f dB, SSIM %.4f", f->part.width,
                 f->part.height, f->part_psnr, f->part_ssim);
}
