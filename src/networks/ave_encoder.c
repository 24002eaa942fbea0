/* networks/ave_encoder.c - the table of the encoder's blocks and the walk over it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "networks/ave_encoder.h"

#include "networks/network_builder.h"

#include <string.h>

#define KEY_SIZE 96
#define FEATURES 512 /* numbers in a feature row, fixed by the U-Nets that read it */

typedef struct encoder_block {
    int8_t kernel, stride_y, stride_x, pad;
    bool residual;
} encoder_block;

/* Strides as (frequency, time). Widths come from the weights: 32 32 32 64 64 64 128 128 128 256 256
 * 512 512 in the published encoder. */
static const encoder_block blocks[] = {
    {3, 1, 1, 1, false}, {3, 1, 1, 1, true},  {3, 1, 1, 1, true},  {3, 3, 1, 1, false},
    {3, 1, 1, 1, true},  {3, 1, 1, 1, true},  {3, 3, 3, 1, false}, {3, 1, 1, 1, true},
    {3, 1, 1, 1, true},  {3, 3, 2, 1, false}, {3, 1, 1, 1, true},  {3, 1, 1, 0, false},
    {1, 1, 1, 0, false},
};

#define BLOCK_COUNT ((int)(sizeof(blocks) / sizeof(blocks[0])))

static flow walk_blocks(network_builder *b, flow x, const char *prefix)
{
    char conv[KEY_SIZE], norm[KEY_SIZE], add[KEY_SIZE], relu[KEY_SIZE];
    for (int i = 0; i < BLOCK_COUNT; i++) {
        const encoder_block *block = &blocks[i];
        builder_key(b, conv, KEY_SIZE, "%s%d.conv_block.0", prefix, i);
        builder_key(b, norm, KEY_SIZE, "%s%d.conv_block.1", prefix, i);
        builder_key(b, add, KEY_SIZE, "%s%d.add", prefix, i);
        builder_key(b, relu, KEY_SIZE, "%s%d.act", prefix, i);
        conv_form form = {
            block->kernel, block->stride_y, block->stride_x, block->pad, false, true, -1};
        if (block->residual) form.channels = x.channels;
        if (i == BLOCK_COUNT - 1) form.channels = FEATURES;
        flow y = builder_conv(b, x, conv, form);
        y = builder_batch_norm(b, y, norm);
        if (block->residual) y = builder_add(b, y, x, add);
        x = builder_unary(b, y, OP_RELU, relu);
    }
    return x;
}

bool ave_encoder_recognise(const state_dict *dict, const char **prefix)
{
    static const char *const prefixes[] = {"", "audio_encoder."};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t length = strlen(prefixes[i]);
        for (int k = 0; k < dict->count; k++) {
            const char *key = dict->entry[k].key;
            if (strncmp(key, prefixes[i], length) != 0) continue;
            key += length;
            size_t digits = strspn(key, "0123456789");
            if (digits > 0 && strncmp(key + digits, ".conv_block.", 12) == 0) {
                *prefix = prefixes[i];
                return true;
            }
        }
    }
    return false;
}

static vis_status check(state_dict *dict, const char *prefix, const char *path, const vis_log *log,
                        int64_t *parameters, vis_error *err)
{
    network_builder b;
    VIS_TRY(builder_init(&b, dict, NULL, err));
    walk_blocks(&b, (flow){GRAPH_NONE, 1}, prefix);
    vis_status status = builder_verdict(&b, path, "an AVE audio encoder", NULL, log);
    *parameters = b.parameters;
    builder_free(&b);
    return status;
}

static vis_status build_into(state_dict *dict, const char *prefix, graph *g, vis_error *err)
{
    const int64_t dim[4] = {-1, 1, 80, 16};
    flow mel = {.channels = 1};
    VIS_TRY(graph_add_input(g, "mel", 4, dim, &mel.value, err));
    network_builder b;
    VIS_TRY(builder_init(&b, dict, g, err));
    flow x = walk_blocks(&b, mel, prefix);
    vis_status status = b.status;
    if (status == VIS_OK && (b.n_missing || b.misshapen)) {
        status =
            vis_fail(err, VIS_ERR_INTERNAL, "an encoder that was checked does not fit together");
    }
    builder_free(&b);
    VIS_TRY(status);
    graph_attributes attr = {.axis = 1};
    int id;
    VIS_TRY(graph_add_node(g, OP_FLATTEN, "features", &x.value, 1, &attr, &id, err));
    return graph_mark_output(g, id, err);
}

vis_status ave_encoder_build(state_dict *dict, const char *prefix, const char *path,
                             const vis_log *log, graph **out, int64_t *parameters, vis_error *err)
{
    VIS_TRY(check(dict, prefix, path, log, parameters, err));
    graph *g;
    VIS_TRY(graph_create(&g, err));
    vis_status status = build_into(dict, prefix, g, err);
    if (status != VIS_OK) {
        graph_free(g);
        return status;
    }
    *out = g;
    return VIS_OK;
}
