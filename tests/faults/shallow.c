/* tests/faults/shallow.c - as few nodes as make a lip-sync network (networks/model_onnx.c says what
 * does).
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/nn/support.h"
#include "checkpoints.h"
#include "formats/onnx_write.h"

#include <stdio.h>

#define LEVELS 4
#define CHANNELS 2

/* As a file must have them: each value its own. */
static void name_values(graph *g)
{
    for (int i = 0; i < g->n_values; i++) {
        char name[32];
        snprintf(name, sizeof name, "value%d", i);
        assert_int_equal(graph_rename_value(g, i, name, NULL), VIS_OK);
    }
}

void checkpoint_shallow(const char *path)
{
    static const onnx_heading heading = {.name = "shallow", .producer = "test", .version = "1"};
    graph *g = net_create();
    int visual = net_input(g, -1, 6, 160, 160), audio = net_input(g, -1, 32, 16, 16);
    int x = net_inverted_residual(g, visual, 6, 12, CHANNELS, 2, false);
    for (int i = 1; i < LEVELS; i++)
        x = net_inverted_residual(g, x, CHANNELS, 2 * CHANNELS, CHANNELS, 2, false);
    int heard = net_conv(g, audio, 32, CHANNELS, 7, 1, 0, 1, true); /* 10 x 10, as the picture is */
    int both = net_concat(g, (int[]){x, heard}, 2);
    int y = net_conv(g, both, 2 * CHANNELS, 3, 1, 1, 0, 1, true);
    y = net_upsample(g, y, RESIZE_ALIGN_CORNERS, 1 << LEVELS, 1 << LEVELS);
    y = net_node(g, OP_SIGMOID, &y, 1, NULL);
    assert_int_equal(graph_mark_output(g, y, NULL), VIS_OK);
    name_values(g);
    vis_error err = {0};
    if (onnx_write(g, &heading, path, &err) != VIS_OK) fail_msg("%s", err.message);
    graph_free(g);
}
