/* Points of two graphs find each other: batch norm folded or not, nodes in another order,
 * structures that part half-way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "graph/resolve.h"
#include "sides/node_weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 2
#define SIDE 4

static int constant(graph *g, const char *name, int rank, const int64_t *dim, float first)
{
    tensor t;
    int id;
    assert_int_equal(tensor_create(&t, TENSOR_F32, rank, dim, NULL), VIS_OK);
    for (int64_t i = 0; i < tensor_count(&t); i++)
        tensor_f32(&t)[i] = first + (float)i;
    assert_int_equal(graph_add_constant(g, name, &t, &id, NULL), VIS_OK);
    return id;
}

static int node(graph *g, graph_op op, const char *name, const int *in, int n,
                const graph_attributes *attr)
{
    int out;
    assert_int_equal(graph_add_node(g, op, name, in, n, attr, &out, NULL), VIS_OK);
    return out;
}

static int conv(graph *g, int x, const char *name, int stride, float first)
{
    const int64_t dim[4] = {CHANNELS, CHANNELS, 1, 1};
    char key[64];
    snprintf(key, sizeof key, "%s.weight", name);
    int in[2] = {x, constant(g, key, 4, dim, first)};
    graph_attributes a = {.window = {{1, 1}, {stride, stride}, {1, 1}, {0, 0, 0, 0}, .groups = 1}};
    return node(g, OP_CONV, name, in, 2, &a);
}

static int batch_norm(graph *g, int x, const char *name)
{
    const int64_t dim = CHANNELS;
    int in[5] = {x};
    for (int i = 1; i < 5; i++)
        in[i] = constant(g, name, 1, &dim, (float)i);
    graph_attributes a = {.batch_norm = {1e-5f}};
    return node(g, OP_BATCH_NORM, name, in, 5, &a);
}

typedef struct built {
    graph *g;
    resolved_graph *resolved;
    node_points points;
} built;

/* Two branches that are added: relu(bn?(conv(x))) + conv(x), either branch first; `stride` of both.
 */
static built build(bool norm, bool swapped, int stride, float first)
{
    built b;
    const int64_t dim[4] = {1, CHANNELS, SIDE, SIDE};
    const int role = 0;
    int x, branch[2], out;
    assert_int_equal(graph_create(&b.g, NULL), VIS_OK);
    assert_int_equal(graph_add_input(b.g, "x", 4, dim, &x, NULL), VIS_OK);
    for (int i = 0; i < 2; i++) {
        bool plain = swapped ? i == 0 : i == 1;
        branch[i] = conv(b.g, x, plain ? "plain" : "active", stride, first);
        if (!plain && norm) branch[i] = batch_norm(b.g, branch[i], "norm");
        if (!plain) branch[i] = node(b.g, OP_RELU, "relu", &branch[i], 1, NULL);
    }
    out = node(b.g, OP_ADD, "sum", branch, 2, NULL);
    assert_int_equal(graph_mark_output(b.g, out, NULL), VIS_OK);
    graph_shape shape = {4, {1, CHANNELS, SIDE, SIDE}};
    assert_int_equal(graph_resolve(b.g, &shape, 1, &b.resolved, NULL), VIS_OK);
    assert_int_equal(node_points_find(resolved_graph_get(b.resolved), &role, &b.points, NULL),
                     VIS_OK);
    return b;
}

static void destroy(built *b)
{
    node_points_free(&b->points);
    resolved_graph_free(b->resolved);
    graph_free(b->g);
}

static void points_are_what_is_folded(void **state)
{
    built with = build(true, false, 1, 1), without = build(false, false, 1, 1);
    assert_int_equal(with.points.count, 3);
    assert_int_equal(without.points.count, 3);
    char layer[128];
    node_point_layer(&with.points, 0, layer, sizeof layer);
    assert_string_equal(layer, "Conv 1x1, stride 1 x 1, pad 0 x 0 + Relu");
    destroy(&with);
    destroy(&without);
}

static void structure_matches_whatever_the_order(void **state)
{
    built a = build(true, false, 1, 1), b = build(false, true, 1, 1);
    node_points_match(&a.points, &b.points);
    for (int i = 0; i < a.points.count; i++) {
        assert_int_equal(a.points.point[i].match, POINT_BY_STRUCTURE);
        int k = a.points.point[i].other;
        assert_int_equal(b.points.point[k].other, i);
        assert_string_equal(node_point_name(&a.points, i), node_point_name(&b.points, k));
    }
    destroy(&a);
    destroy(&b);
}

static void another_stride_is_matched_by_name_and_seen(void **state)
{
    built a = build(false, false, 1, 1), b = build(false, false, 2, 1);
    node_points_match(&a.points, &b.points);
    assert_int_equal(a.points.point[0].match, POINT_BY_NAME);
    assert_int_not_equal(a.points.point[0].own, b.points.point[0].own);
    assert_int_equal(a.points.point[2].match, POINT_BY_NAME); /* the sum is of the same kind */
    assert_int_equal(a.points.point[2].own, b.points.point[2].own);
    destroy(&a);
    destroy(&b);
}

static void weights_are_compared_under_their_keys(void **state)
{
    built a = build(false, false, 1, 1), b = build(false, false, 1, 1.5f);
    weight_comparison w;
    node_points_match(&a.points, &b.points);
    assert_int_equal(weights_compare(&a.points, &b.points, true, &w, NULL), VIS_OK);
    assert_true(w.by_key);
    assert_int_equal(w.compared, 2);
    assert_int_equal(w.count, 2);
    assert_float_equal(w.weight[0].max, 0.5, 0);
    assert_float_equal(w.weight[0].relative, 0.5 / 4, 1e-12);
    assert_int_equal(w.weight[0].differing, 4);
    weight_comparison_free(&w);
    destroy(&a);
    destroy(&b);
}

static void folded_batch_norm_counts_as_weights(void **state)
{
    built a = build(true, false, 1, 1), b = build(false, false, 1, 1);
    weight_comparison w;
    node_points_match(&a.points, &b.points);
    assert_int_equal(weights_compare(&a.points, &b.points, false, &w, NULL), VIS_OK);
    assert_false(w.by_key);
    assert_int_equal(w.count, 1); /* the layer with a norm on one side; the plain one is equal */
    assert_string_equal(w.weight[0].name, "active");
    weight_comparison_free(&w);
    destroy(&a);
    destroy(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_what_is_folded),
        cmocka_unit_test(structure_matches_whatever_the_order),
        cmocka_unit_test(another_stride_is_matched_by_name_and_seen),
        cmocka_unit_test(weights_are_compared_under_their_keys),
        cmocka_unit_test(folded_batch_norm_counts_as_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
