/* tests/unit/api/quick_network.c - four levels down, and what is left there and the window tint the picture.
 * SPDX-License-Identifier: Apache-2.0 */
#include "quick_network.h"

#include "../cmocka_all.h"
#include "networks/export.h"

#include <stdio.h>
#include <stdlib.h>

/* A convolution whose weights add up to about 0; returns its value. */
static int convolve(graph *g, int from, const int64_t shape[4], int stride, int groups, float scale)
{
    tensor weights;
    char name[32];
    int in[2] = {from}, out;
    graph_attributes attr = {.window = {.kernel = {shape[2], shape[3]},
                                        .stride = {stride, stride},
                                        .dilation = {1, 1},
                                        .groups = groups}};
    if (stride == 2)
        for (int i = 0; i < 4; i++)
            attr.window.pad[i] = 1;
    assert_int_equal(tensor_create(&weights, TENSOR_F32, 4, shape, NULL), VIS_OK);
    int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
    for (int64_t i = 0; i < count; i++)
        tensor_f32(&weights)[i] = scale * (float)(i * 7 % 13 - 6) / 6;
    snprintf(name, sizeof name, "weights%d", g->n_nodes);
    assert_int_equal(graph_add_constant(g, name, &weights, &in[1], NULL), VIS_OK);
    snprintf(name, sizeof name, "node%d", g->n_nodes);
    assert_int_equal(graph_add_node(g, OP_CONV, name, in, 2, &attr, &out, NULL), VIS_OK);
    return out;
}

static int add(graph *g, graph_op op, int a, int b)
{
    char name[32];
    const graph_attributes none = {0};
    int in[2] = {a, b}, out;
    snprintf(name, sizeof name, "node%d", g->n_nodes);
    assert_int_equal(graph_add_node(g, op, name, in, b < 0 ? 1 : 2, &none, &out, NULL), VIS_OK);
    return out;
}

static int build(graph *g)
{
    const int64_t visual[] = {-1, 6, 160, 160}, audio[] = {-1, 32, 16, 16};
    int seen, heard;
    assert_int_equal(graph_add_input(g, "input", 4, visual, &seen, NULL), VIS_OK);
    assert_int_equal(graph_add_input(g, "audio", 4, audio, &heard, NULL), VIS_OK);
    int flat = convolve(g, seen, (const int64_t[]){3, 6, 1, 1}, 1, 1, 1);
    int deep = convolve(g, seen, (const int64_t[]){2, 6, 1, 1}, 1, 1, 1);
    int64_t c = 2;
    for (int level = 0; level < 4; level++, c *= 2) {
        deep = convolve(g, deep, (const int64_t[]){2 * c, c, 1, 1}, 1, 1, 1);
        deep = convolve(g, deep, (const int64_t[]){2 * c, 1, 3, 3}, 2, (int)(2 * c), 0.5F);
    }
    deep = convolve(g, deep, (const int64_t[]){3, c, 10, 10}, 1, 1, 0.01F);
    heard = convolve(g, heard, (const int64_t[]){3, 32, 16, 16}, 1, 1, 0.01F);
    return add(g, OP_SIGMOID, add(g, OP_ADD, flat, add(g, OP_ADD, deep, heard)), -1);
}

void quick_network_write(const char *path)
{
    model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->info.kind = MODEL_UNET_160;
    m->info.mode = AUDIO_AVE;
    snprintf(m->info.path, sizeof m->info.path, "quick.pth");
    assert_int_equal(graph_create(&m->net, NULL), VIS_OK);
    assert_int_equal(graph_mark_output(m->net, build(m->net), NULL), VIS_OK);
    vis_error err;
    if (model_export(m, "0", path, &err) != VIS_OK) fail_msg("%s", err.message);
    graph_free(m->net);
    free(m);
}
