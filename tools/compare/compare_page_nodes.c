/* compare/compare_page_nodes.c - where two networks part, in report.html.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL 192
#define ROWS 12
#define WEIGHT_ROWS 20

/* A shape whose spaces do not end a line. */
static void solid_shape(const char *shape, char *text, size_t size)
{
    size_t used = 0;
    for (; *shape && used + 3 < size; shape++) {
        bool space = *shape == ' ';
        memcpy(text + used, space ? "\xc2\xa0" : shape, space ? 2 : 1);
        used += space ? 2 : 1;
    }
    text[used] = '\0';
}

static void say_first(page *p, const node_comparison *c)
{
    if (c->structural >= 0) {
        const compared_node *n = &c->node[c->structural];
        page_text(p, "First point of another structure: %s: %s in A, %s in B.",
                  n->name_a ? n->name_a : n->name_b, n->name_a ? n->layer_a : "nothing",
                  n->name_b ? n->layer_b : "nothing");
    }
    if (c->first < 0) {
        page_text(p, "No matched point differs beyond rounding (%g of its range).", NODE_ROUNDING);
        return;
    }
    const compared_node *n = &c->node[c->first];
    page_text(p,
              "First point that differs beyond rounding: %s (%s), %s: at most %.3g apart, %.3g of "
              "its range. What lies behind it differs because it does.",
              n->name_a, n->layer_a, n->shape_a, n->max, n->relative);
}

static vis_status plot_depth(page *p, const node_comparison *c, vis_error *err)
{
    double *relative = malloc(sizeof *relative * ((size_t)c->count + 1));
    if (!relative) return vis_fail_memory(err, "a plot");
    int count = 0;
    for (int i = 0; i < c->count; i++)
        if (c->node[i].name_a) relative[count++] = c->node[i].compared ? c->node[i].relative : NAN;
    plot d = plot_defaults();
    d.title = "Difference by depth";
    d.x_label = "point, in the order of A";
    d.y_label = "largest difference / range";
    d.log_y = true;
    d.n_series = 1;
    d.series[0] = (plot_series){.y = relative, .count = count, .points = true};
    d.threshold = NODE_ROUNDING;
    d.threshold_label = "beyond rounding";
    page_plot(p, &d, "How far apart the values of both networks are, point by point.");
    free(relative);
    return VIS_OK;
}

static void node_row(page *p, const node_comparison *c, int i)
{
    const compared_node *n = &c->node[i];
    char depth[CELL], name[2 * CELL], max[CELL], relative[CELL], shape[CELL];
    snprintf(depth, sizeof depth, "%d", i);
    bool same = n->name_b && strcmp(n->name_a, n->name_b) == 0;
    snprintf(name, sizeof name, "%.170s%s%.170s", n->name_a, same ? "" : " / ",
             same ? "" : n->name_b);
    snprintf(max, sizeof max, "%.3g", n->max);
    snprintf(relative, sizeof relative, "%.3g", n->relative);
    solid_shape(n->shape_a, shape, sizeof shape);
    const char *cells[] = {name, n->layer_a, shape, depth, max, relative};
    page_row(p, i == c->first ? PAGE_BAD : PAGE_PLAIN, cells);
}

static void table_nodes(page *p, const node_comparison *c)
{
    static const char *const columns[] = {"point", "layer", "shape", "depth", "max", "of range"};
    page_table(p, "The points furthest apart, and the first", columns, 6);
    if (c->first >= 0) node_row(p, c, c->first);
    double limit = INFINITY;
    for (int shown = 0; shown < ROWS; shown++) {
        int best = -1;
        for (int i = 0; i < c->count; i++) {
            const compared_node *n = &c->node[i];
            if (n->compared && n->relative < limit && i != c->first &&
                (best < 0 || n->relative > c->node[best].relative))
                best = i;
        }
        if (best < 0 || c->node[best].relative <= 0) break;
        node_row(p, c, best);
        limit = c->node[best].relative;
    }
    page_table_end(p);
}

static void table_alone(page *p, const node_comparison *c)
{
    static const char *const columns[] = {"point", "only in", "layer", "shape"};
    if (c->alone_a + c->alone_b == 0) return;
    page_table(p, "Points without counterpart", columns, 4);
    for (int i = 0, shown = 0; i < c->count && shown < WEIGHT_ROWS; i++) {
        const compared_node *n = &c->node[i];
        if (n->match != POINT_ALONE) continue;
        bool a = n->name_a != NULL;
        const char *cells[] = {a ? n->name_a : n->name_b, a ? "A" : "B",
                               a ? n->layer_a : n->layer_b, a ? n->shape_a : n->shape_b};
        page_row(p, PAGE_PLAIN, cells);
        shown++;
    }
    page_table_end(p);
}

static void table_weights(page *p, const weight_comparison *w)
{
    static const char *const columns[] = {"weights", "largest difference", "of range", "numbers"};
    page_text(p, "%d of %d %s differ%s.", w->count, w->compared,
              w->by_key ? "weight tensors" : "layers (batch norm folded in)",
              w->count > WEIGHT_ROWS ? "; the first of them" : "");
    if (w->count == 0) return;
    page_table(p, NULL, columns, 4);
    for (int i = 0; i < w->count && i < WEIGHT_ROWS; i++) {
        char max[CELL], relative[CELL], numbers[CELL];
        snprintf(max, sizeof max, "%.3g", w->weight[i].max);
        snprintf(relative, sizeof relative, "%.3g", w->weight[i].relative);
        snprintf(numbers, sizeof numbers, "%lld of %lld", (long long)w->weight[i].differing,
                 (long long)w->weight[i].values);
        const char *cells[] = {w->weight[i].name, max, relative, numbers};
        page_row(p, PAGE_PLAIN, cells);
    }
    page_table_end(p);
}

vis_status compare_page_nodes(page *p, const compare_result *r, vis_error *err)
{
    if (!r->has_nodes) return VIS_OK;
    const node_comparison *c = &r->nodes;
    page_heading(p, "Where the networks part");
    page_text(p, "%d points of both networks correspond; %d are only in A, %d only in B.",
              c->matched, c->alone_a, c->alone_b);
    say_first(p, c);
    VIS_TRY(plot_depth(p, c, err));
    table_nodes(p, c);
    table_alone(p, c);
    table_weights(p, &c->weights);
    return VIS_OK;
}
