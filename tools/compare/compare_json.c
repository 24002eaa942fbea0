/* compare/compare_json.c - the result's structures, key by key.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_json.h"

#include "base/json.h"
#include "measure/json_figures.h"
#include "measure/judged.h"

static json_t *statistics_json(const statistics *s)
{
    return json_make("{s:o, s:o, s:o, s:o, s:I}", "min", json_figure(s->min), "max",
                     json_figure(s->max), "mean", json_figure(s->mean), "std",
                     json_figure(statistics_std(s)), "not_finite", (json_int_t)s->broken);
}

/* Both sides' statistics, and how far they lie apart in %. */
static void put_statistics(json_t **to, const statistics *a, const statistics *b)
{
    json_put(to, "a", statistics_json(a));
    json_put(to, "b", statistics_json(b));
    json_put(to, "mean_percent", json_figure(relative_percent(a->mean, b->mean)));
    json_put(to, "std_percent",
             json_figure(relative_percent(statistics_std(a), statistics_std(b))));
}

static json_t *pixels_json(const compared_frame *f)
{
    return json_make("{s:i, s:o, s:o, s:o, s:o, s:o, s:[i,i,i,i], s:o, s:o}", "max", f->max, "mean",
                     json_figure(f->mean), "identical_share", json_figure(f->same),
                     "identical_bytes", json_figure(f->same_bytes), "psnr", json_figure(f->psnr),
                     "ssim", json_figure(f->ssim), "part", f->part.x, f->part.y, f->part.width,
                     f->part.height, "part_psnr", json_figure(f->part_psnr), "part_ssim",
                     json_figure(f->part_ssim));
}

static json_t *frame_json(const compared_frame *f)
{
    json_t *o = json_make("{s:I, s:o, s:s}", "number", (json_int_t)f->number, "name",
                          json_text(f->name), "verdict", verdict_word(f->verdict));
    put_statistics(&o, &f->a, &f->b);
    if (f->values)
        json_put(&o, "values",
                 json_make("{s:o, s:o}", "max", json_figure(f->value_max), "mean",
                           json_figure(f->value_mean)));
    if (f->pixels) json_put(&o, "pixels", pixels_json(f));
    return o;
}

static json_t *counts(const int64_t *count, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_add(&list, json_integer(count[i]));
    return list;
}

static json_t *overall_json(const compare_result *r)
{
    const compare_totals *t = &r->totals;
    json_t *o = json_object();
    put_statistics(&o, &t->a, &t->b);
    if (r->values)
        json_put(&o, "values",
                 json_make("{s:o, s:o, s:I, s:I, s:o}", "max", json_figure(t->values.max), "mean",
                           json_figure(t->values.sum / (double)t->values.count), "count",
                           (json_int_t)t->values.count, "identical", (json_int_t)t->values.same,
                           "histogram", counts(t->values.histogram, VALUE_BINS)));
    if (r->pixels)
        json_put(&o, "pixels",
                 json_make("{s:i, s:o, s:o, s:o, s:o, s:o}", "max", t->pixels.max, "mean",
                           json_figure(t->pixels.sum / (double)t->pixels.values), "identical_share",
                           json_figure((double)t->pixels.same_pixels / (double)t->pixels.pixels),
                           "psnr", json_figure(compare_psnr(r)), "ssim",
                           json_figure(compare_ssim(r)), "histogram",
                           counts(t->pixels.histogram, 256)));
    return o;
}

static json_t *node_json(const compared_node *n)
{
    static const char *const matches[] = {"none", "structure", "name", "order"};
    json_t *o = json_make("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:b}", "a", json_text(n->name_a),
                          "b", json_text(n->name_b), "layer_a", n->layer_a, "layer_b", n->layer_b,
                          "shape_a", n->shape_a, "shape_b", n->shape_b, "matched_by",
                          matches[n->match], "structural", n->structural);
    json_put(&o, "max", n->compared ? json_figure(n->max) : json_null());
    json_put(&o, "mean", n->compared ? json_figure(n->mean) : json_null());
    json_put(&o, "relative", n->compared ? json_figure(n->relative) : json_null());
    return o;
}

static json_t *nodes_json(const node_comparison *c)
{
    json_t *nodes = json_array(), *weights = json_array();
    for (int i = 0; i < c->count; i++)
        json_add(&nodes, node_json(&c->node[i]));
    for (int i = 0; i < c->weights.count; i++) {
        const compared_weight *w = &c->weights.weight[i];
        json_add(&weights,
                 json_make("{s:s, s:I, s:I, s:o, s:o}", "name", w->name, "values",
                           (json_int_t)w->values, "differing", (json_int_t)w->differing, "max",
                           json_figure(w->max), "relative", json_figure(w->relative)));
    }
    json_t *first = c->first >= 0 ? node_json(&c->node[c->first]) : json_null();
    json_t *structural = c->structural >= 0 ? node_json(&c->node[c->structural]) : json_null();
    return json_make("{s:i, s:i, s:i, s:f, s:o, s:o, s:o, s:{s:s, s:i, s:o}}", "matched",
                     c->matched, "only_in_a", c->alone_a, "only_in_b", c->alone_b, "threshold",
                     NODE_ROUNDING, "first_different", first, "first_structural", structural,
                     "nodes", nodes, "weights", "compared_by", c->weights.by_key ? "key" : "layer",
                     "compared", c->weights.compared, "different", weights);
}

/* What the page says of the verdict, and the thresholds behind it. */
static void put_words(json_t **to, const compare_result *r)
{
    char reason[256];
    compare_reason(r, reason, sizeof reason);
    json_put(to, "meaning", json_text(verdict_meaning(r->verdict)));
    json_put(to, "reason", json_text(reason));
    json_put(to, "called_out", json_boolean(r->called_out));
    json_put(to, "furthest", counts(r->furthest, r->n_furthest));
    json_put(to, "thresholds",
             json_make("{s:f, s:f, s:i, s:f, s:f, s:f}", "tensor_max", VERDICT_TENSOR_MAX,
                       "tensor_mean", VERDICT_TENSOR_MEAN, "pixel_max", VERDICT_PIXEL_MAX,
                       "pixel_same", VERDICT_PIXEL_SAME, "psnr", VERDICT_PSNR, "ssim",
                       VERDICT_SSIM));
    json_put(to, "version", json_text(vis_version()));
}

json_t *compare_json(const compare_result *r, verdict required)
{
    json_t *frames = json_array(), *notes = json_array();
    for (int64_t i = 0; i < r->count; i++)
        json_add(&frames, frame_json(&r->frame[i]));
    for (int i = 0; i < r->notes; i++)
        json_add(&notes, json_text(r->note[i]));
    json_t *o = json_make(
        "{s:s, s:s, s:s, s:b, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:I, "
        "s:I, s:I, s:o, s:o, s:o}",
        "verdict", verdict_word(r->verdict), "verdict_text", verdict_name(r->verdict), "required",
        verdict_word(required), "satisfied", r->verdict >= required && !r->called_out, "a", "path",
        r->path_a, "kind", r->what_a, "label", r->label_a + 2, "b", "path", r->path_b, "kind",
        r->what_b, "label", r->label_b + 2, "inputs", r->inputs, "start", (json_int_t)r->start,
        "frames", (json_int_t)r->count, "worst_frame", (json_int_t)r->worst, "overall",
        overall_json(r), "per_frame", frames, "notes", notes);
    put_words(&o, r);
    json_put(&o, "composite", r->composited ? json_string(JUDGED_COMPOSITE) : json_null());
    if (o && r->has_nodes) json_put(&o, "graph", nodes_json(&r->nodes));
    return o;
}

static json_t *column_json(const figures *f, int i)
{
    const figure_column *c = &f->column[i];
    json_t *o = json_make("{s:s, s:o, s:o}", "name", c->name, "mean", json_figure(c->mean), "std",
                          json_figure(c->std));
    if (i == 0) return o;
    figure_judgement j = figures_judge(f, i);
    json_put(&o, "consistent", json_boolean(j.consistent));
    json_put(&o, "mean_percent", json_figure(j.mean_percent));
    json_put(&o, "std_percent", json_figure(j.std_percent));
    json_put(&o, "mean_steps", json_figure(j.mean_step));
    json_put(&o, "std_steps", json_figure(j.std_step));
    json_put(&o, "mean_steps_explained", json_figure(j.mean_allowed));
    json_put(&o, "std_steps_explained", json_figure(j.std_allowed));
    json_put(&o, "by_pixels", json_boolean(j.pixels));
    json_put(&o, "frame", j.frame < 0 ? json_null() : json_integer(j.frame));
    return o;
}

json_t *figures_json(const figures *f)
{
    json_t *columns = json_array();
    bool consistent = true;
    for (int i = 0; i < f->count; i++) {
        json_add(&columns, column_json(f, i));
        if (i > 0) consistent = consistent && figures_judge(f, i).consistent;
    }
    return json_make("{s:b, s:o}", "consistent", consistent, "columns", columns);
}
