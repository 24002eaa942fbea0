/* networks/unet.c - one walk over the architecture, used to check a checkpoint and to build its graph.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "networks/unet.h"

#include "networks/audio_input.h"
#include "networks/network_builder.h"

#include <stdio.h>
#include <string.h>

#define KEY_SIZE 128
#define MAX_LEVELS 5

typedef struct walk {
    network_builder b;
    int levels;
    audio_mode mode; /* while checking: NONE, the shapes decide which blocks are residual */
    flow skip[MAX_LEVELS + 1];
    flow low;                                          /* what the decoder holds so far */
    int64_t audio_channels, audio_first, audio_second; /* A, and what its first two blocks give */
} walk;

/* IR(i, o, stride, res): 1x1 to twice the channels, 3x3 depthwise, 1x1 to o; `key` without
 * ".conv.N". */
static flow inverted_residual(walk *w, flow in, const char *key, int stride, bool residual)
{
    char k[8][KEY_SIZE];
    for (int i = 0; i < 8; i++) {
        builder_key(&w->b, k[i], KEY_SIZE, "%s.conv.%d", key, i);
    }
    conv_form expand = {1, 1, 1, 0, false, false, -1};
    conv_form depthwise = {3, stride, stride, 1, true, false, -1};
    conv_form project = {1, 1, 1, 0, false, false, residual ? in.channels : -1};
    flow x = builder_conv(&w->b, in, k[0], expand);
    x = builder_batch_norm(&w->b, x, k[1]);
    x = builder_unary(&w->b, x, OP_RELU, k[2]);
    x = builder_conv(&w->b, x, k[3], depthwise);
    x = builder_batch_norm(&w->b, x, k[4]);
    x = builder_unary(&w->b, x, OP_RELU, k[5]);
    x = builder_conv(&w->b, x, k[6], project);
    x = builder_batch_norm(&w->b, x, k[7]);
    return residual ? builder_add(&w->b, x, in, key) : x;
}

static flow double_inverted_residual(walk *w, flow in, const char *key, int stride)
{
    char first[KEY_SIZE], second[KEY_SIZE];
    builder_key(&w->b, first, KEY_SIZE, "%s.double_conv.0", key);
    builder_key(&w->b, second, KEY_SIZE, "%s.double_conv.1", key);
    flow x = inverted_residual(w, in, first, stride, false);
    return inverted_residual(w, x, second, 1, true);
}

/* Two spellings: a one-element Sequential around a block adds ".0" to its key, in some copies.
 * `probe` is the rest of a key that the block surely has. */
static void spell(walk *w, char *key, const char *module, const char *probe)
{
    char nested[KEY_SIZE], usual[KEY_SIZE];
    builder_key(&w->b, nested, KEY_SIZE, "%s.0.%s", module, probe);
    builder_key(&w->b, usual, KEY_SIZE, "%s.%s", module, probe);
    bool flat = builder_has(&w->b, usual) && !builder_has(&w->b, nested);
    builder_key(&w->b, key, KEY_SIZE, flat ? "%s" : "%s.0", module);
}

static void image_encoder(walk *w, flow visual)
{
    char module[KEY_SIZE], key[KEY_SIZE];
    spell(w, key, "inc.inconv", "conv.0.weight");
    w->skip[0] = inverted_residual(w, visual, key, 1, false);
    for (int i = 0; i < w->levels; i++) {
        builder_key(&w->b, module, KEY_SIZE, "down%d.maxpool_conv", i + 1);
        spell(w, key, module, "double_conv.0.conv.0.weight");
        w->skip[i + 1] = double_inverted_residual(w, w->skip[i], key, 2);
    }
}

/* 3x3 convolution with bias, batch norm, ReLU: "conv3"/"bn3" and "conv5"/"bn5". */
static flow plain_conv(walk *w, flow in, int number, conv_form form)
{
    char conv[KEY_SIZE], norm[KEY_SIZE], relu[KEY_SIZE];
    builder_key(&w->b, conv, KEY_SIZE, "audio_model.conv%d", number);
    builder_key(&w->b, norm, KEY_SIZE, "audio_model.bn%d", number);
    builder_key(&w->b, relu, KEY_SIZE, "audio_model.relu%d", number);
    flow x = builder_conv(&w->b, in, conv, form);
    x = builder_batch_norm(&w->b, x, norm);
    return builder_unary(&w->b, x, OP_RELU, relu);
}

static int64_t weight_dim(const walk *w, const char *key, int axis)
{
    const state_entry *entry = state_dict_find(w->b.dict, key);
    return entry && entry->value.rank == 4 ? entry->value.dim[axis] : -1;
}

static flow audio_branch(walk *w, flow audio)
{
    int64_t first = weight_dim(w, "audio_model.conv1.conv.6.weight", 0);
    int64_t second = weight_dim(w, "audio_model.conv2.conv.6.weight", 0);
    bool wenet = w->mode == AUDIO_WENET;
    /* c2 -> c3 with ave's stride 1, hubert's 2, wenet's (1, 2). */
    conv_form third = {
        3, w->mode == AUDIO_HUBERT ? 2 : 1, w->mode == AUDIO_AVE ? 1 : 2, 1, false, true, -1};
    conv_form fifth = {3, 2, 2, 3, false, true, w->skip[w->levels].channels};
    w->audio_first = first;
    w->audio_second = second;
    flow x = inverted_residual(w, audio, "audio_model.conv1", 1, wenet && audio.channels == first);
    x = inverted_residual(w, x, "audio_model.conv2", 1, wenet && second == first);
    x = plain_conv(w, x, 3, third);
    x = inverted_residual(w, x, "audio_model.conv4", 1, true);
    x = plain_conv(w, x, 5, fifth);
    x = inverted_residual(w, x, "audio_model.conv6", 1, true);
    return inverted_residual(w, x, "audio_model.conv7", 1, true);
}

static void decoder(walk *w)
{
    char key[KEY_SIZE], up[KEY_SIZE], cat[KEY_SIZE];
    for (int i = 0; i < w->levels; i++) {
        builder_key(&w->b, key, KEY_SIZE, "up%d.conv", i + 1);
        builder_key(&w->b, up, KEY_SIZE, "up%d.up", i + 1);
        builder_key(&w->b, cat, KEY_SIZE, "up%d.concat", i + 1);
        flow x = builder_upsample(&w->b, w->low, up);
        x = builder_concat(&w->b, x, w->skip[w->levels - 1 - i], cat);
        w->low = double_inverted_residual(w, x, key, 1);
    }
}

/* Walks the whole network; the result is in w->low. */
static void walk_network(walk *w, flow visual, flow audio)
{
    conv_form out = {1, 1, 1, 0, false, true, 3};
    image_encoder(w, visual);
    flow heard = audio_branch(w, audio);
    flow x = builder_concat(&w->b, w->skip[w->levels], heard, "fuse_conv.concat");
    x = double_inverted_residual(w, x, "fuse_conv.0", 1);
    w->low = double_inverted_residual(w, x, "fuse_conv.1", 1);
    decoder(w);
    w->low = builder_conv(&w->b, w->low, "outc.conv", out);
    w->low = builder_unary(&w->b, w->low, OP_SIGMOID, "outc.sigmoid");
}

static bool has_part(const state_dict *dict, const char *prefix)
{
    for (int i = 0; i < dict->count; i++) {
        if (strncmp(dict->entry[i].key, prefix, strlen(prefix)) == 0) return true;
    }
    return false;
}

bool unet_recognise(const state_dict *dict)
{
    int parts = has_part(dict, "inc.inconv.") + has_part(dict, "audio_model.") +
                has_part(dict, "fuse_conv.") + has_part(dict, "outc.") + has_part(dict, "down1.") +
                has_part(dict, "up1.");
    return parts >= 3;
}

/* The modes whose first two blocks the branch has: c1 and c2 for ave and hubert, c3 and c3 for
 * wenet.
 */
static unsigned modes_by_blocks(const walk *w, const unet_facts *f)
{
    bool wenet = w->audio_first == f->width[3] && w->audio_second == f->width[3];
    bool ave_or_hubert = w->audio_first == f->width[1] && w->audio_second == f->width[2];
    /* Widths of nobody's making: only wenet's residual second block then says anything. */
    if (!wenet && !ave_or_hubert) {
        wenet = w->audio_first == w->audio_second;
        ave_or_hubert = !wenet;
    }
    return (wenet ? 1u << AUDIO_WENET : 0) |
           (ave_or_hubert ? 1u << AUDIO_AVE | 1u << AUDIO_HUBERT : 0);
}

/* Of those, the modes that also have as many input channels; none of a fork that has others. */
static unsigned possible_modes(const walk *w, const unet_facts *f)
{
    unsigned modes = modes_by_blocks(w, f);
    for (audio_mode mode = AUDIO_AVE; mode <= AUDIO_WENET; mode++)
        if (!audio_input_usual(mode, f->audio_channels, f->width)) modes &= ~(1u << mode);
    return modes;
}

vis_status unet_check(state_dict *dict, const char *path, const vis_log *log, unet_facts *facts,
                      vis_error *err)
{
    walk w = {.mode = AUDIO_NONE};
    VIS_TRY(builder_init(&w.b, dict, NULL, err));
    w.levels = has_part(dict, "down5.") || has_part(dict, "up5.") ? 5 : 4;
    w.audio_channels = weight_dim(&w, "audio_model.conv1.conv.0.weight", 1);
    walk_network(&w, (flow){GRAPH_NONE, 6}, (flow){GRAPH_NONE, w.audio_channels});
    vis_status status = builder_verdict(&w.b, path, w.levels == 5 ? "a 328 U-Net" : "a 160 U-Net",
                                        "audio_encoder.", log);
    *facts =
        (unet_facts){.levels = w.levels, .parameters = w.b.parameters, .missing = w.b.n_missing};
    builder_free(&w.b);
    VIS_TRY(status);
    facts->audio_channels = (int)w.audio_channels;
    for (int i = 0; i < 5; i++) {
        /* 328: inc c0, then c0 c1 c2 c3 c4; 160: inc c0, then c1 c2 c3 c4 */
        facts->width[i] = (int)w.skip[w.levels == 5 ? i + 1 : i].channels;
    }
    facts->modes = possible_modes(&w, facts);
    return VIS_OK;
}

static vis_status build_into(state_dict *dict, const unet_facts *facts, audio_mode mode, graph *g,
                             vis_error *err)
{
    int64_t size = facts->levels == 5 ? 320 : 160;
    const audio_input *form = audio_input_of(mode);
    int64_t visual_dim[4] = {-1, 6, size, size};
    int64_t audio_dim[4] = {-1, facts->audio_channels, form->height, form->width};
    flow visual = {.channels = 6}, audio = {.channels = facts->audio_channels};
    VIS_TRY(graph_add_input(g, "input", 4, visual_dim, &visual.value, err));
    VIS_TRY(graph_add_input(g, "audio", 4, audio_dim, &audio.value, err));
    walk w = {.levels = facts->levels, .mode = mode};
    VIS_TRY(builder_init(&w.b, dict, g, err));
    walk_network(&w, visual, audio);
    vis_status status = w.b.status;
    if (status == VIS_OK && (w.b.n_missing || w.b.misshapen)) {
        status = vis_fail(err, VIS_ERR_INTERNAL, "a U-Net that was checked does not fit together");
    }
    if (status == VIS_OK) status = graph_rename_value(g, w.low.value, "output", err);
    if (status == VIS_OK) status = graph_mark_output(g, w.low.value, err);
    builder_free(&w.b);
    return status;
}

vis_status unet_build(state_dict *dict, const unet_facts *facts, audio_mode mode, graph **out,
                      vis_error *err)
{
    graph *g;
    VIS_TRY(graph_create(&g, err));
    vis_status status = build_into(dict, facts, mode, g, err);
    if (status != VIS_OK) {
        graph_free(g);
        return status;
    }
    *out = g;
    return VIS_OK;
}
