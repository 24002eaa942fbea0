/* networks/network_builder.c - layers over weights, and what to say when they do not fit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "networks/network_builder.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 160
#define BATCH_NORM_EPSILON 1e-5f /* PyTorch's default, which all models of the family use */

vis_status builder_init(network_builder *b, state_dict *dict, graph *g, vis_error *err)
{
    *b = (network_builder){.dict = dict, .g = g, .err = err};
    b->asked = calloc((size_t)dict->count + 1, sizeof(*b->asked));
    return b->asked ? VIS_OK : vis_fail_memory(err, "a network");
}

void builder_free(network_builder *b)
{
    for (int i = 0; i < BUILDER_SHOWN; i++) {
        free(b->missing[i]);
    }
    free(b->misshapen);
    free(b->asked);
}

void builder_key(network_builder *b, char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    if ((length < 0 || (size_t)length >= size) && b->status == VIS_OK) {
        b->status = vis_fail(b->err, VIS_ERR_INTERNAL, "a key longer than %zu bytes", size);
    }
}

bool builder_has(const network_builder *b, const char *key)
{
    return state_dict_find(b->dict, key) != NULL;
}

static void note_missing(network_builder *b, const char *key)
{
    if (b->n_missing < BUILDER_SHOWN) {
        b->missing[b->n_missing] = strdup(key);
        if (!b->missing[b->n_missing]) b->status = vis_fail_memory(b->err, "a network");
    }
    b->n_missing++;
}

/* A shape as wanted in words: "[64, any, 1, 1]". */
static void wanted_text(const int64_t *dim, int rank, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < rank && used < size; i++) {
        const char *lead = i ? ", " : "[";
        int wrote = dim[i] < 0
                        ? snprintf(text + used, size - used, "%sany", lead)
                        : snprintf(text + used, size - used, "%s%lld", lead, (long long)dim[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (used < size) snprintf(text + used, size - used, "]");
}

static void note_misshapen(network_builder *b, const state_entry *entry, const int64_t *dim,
                           int rank)
{
    if (b->misshapen) return;
    char have[128], want[128];
    shape_text(entry->value.dim, entry->value.rank, have, sizeof(have));
    wanted_text(dim, rank, want, sizeof(want));
    b->misshapen = text_format("%s is %s, where %s belongs", entry->key, have, want);
    if (!b->misshapen) b->status = vis_fail_memory(b->err, "a network");
}

/* The weight "KEY.LEAF" of shape `dim` (-1: any; filled in). Returns its value in the graph, or
 * GRAPH_NONE when it is missing, does not fit, or there is no graph. */
static int weight(network_builder *b, const char *key, const char *leaf, int64_t *dim, int rank,
                  bool learnable)
{
    char name[KEY_SIZE];
    builder_key(b, name, sizeof(name), "%s.%s", key, leaf);
    if (b->status != VIS_OK) return GRAPH_NONE;
    state_entry *entry = state_dict_find(b->dict, name);
    if (!entry) {
        note_missing(b, name);
        return GRAPH_NONE;
    }
    b->asked[entry - b->dict->entry] = true;
    bool fits = entry->value.rank == rank;
    for (int i = 0; fits && i < rank; i++) {
        fits = entry->value.dim[i] > 0 && (dim[i] < 0 || dim[i] == entry->value.dim[i]);
    }
    if (!fits) {
        note_misshapen(b, entry, dim, rank);
        return GRAPH_NONE;
    }
    if (!stored_type_is_float(entry->stored)) {
        b->status =
            vis_fail(b->err, VIS_ERR_FORMAT, "%s is stored as %s; weights are floating point", name,
                     stored_type_name(entry->stored));
        return GRAPH_NONE;
    }
    memcpy(dim, entry->value.dim, (size_t)rank * sizeof(*dim));
    if (learnable) b->parameters += tensor_count(&entry->value);
    int id = GRAPH_NONE;
    if (b->g) b->status = graph_add_constant(b->g, name, &entry->value, &id, b->err);
    return b->status == VIS_OK ? id : GRAPH_NONE;
}

static flow add_node(network_builder *b, graph_op op, const char *name, const int *inputs, int n,
                     const graph_attributes *attr, int64_t channels)
{
    flow out = {GRAPH_NONE, channels};
    if (b->status == VIS_OK && b->g) {
        b->status = graph_add_node(b->g, op, name, inputs, n, attr, &out.value, b->err);
    }
    return out;
}

flow builder_conv(network_builder *b, flow in, const char *key, conv_form form)
{
    int64_t dim[4] = {form.channels, form.depthwise ? 1 : in.channels, form.kernel, form.kernel};
    if (form.depthwise) dim[0] = in.channels;
    int inputs[3] = {in.value, weight(b, key, "weight", dim, 4, true), GRAPH_NONE};
    if (form.bias) inputs[2] = weight(b, key, "bias", &dim[0], 1, true);
    graph_attributes attr = {.window = {.kernel = {form.kernel, form.kernel},
                                        .stride = {form.stride_y, form.stride_x},
                                        .dilation = {1, 1},
                                        .pad = {form.pad, form.pad, form.pad, form.pad},
                                        .groups = form.depthwise ? dim[0] : 1}};
    return add_node(b, OP_CONV, key, inputs, form.bias ? 3 : 2, &attr, dim[0]);
}

flow builder_batch_norm(network_builder *b, flow in, const char *key)
{
    static const char *const leaves[] = {"weight", "bias", "running_mean", "running_var"};
    int inputs[5] = {in.value};
    int64_t channels = in.channels;
    for (int i = 0; i < 4; i++) {
        inputs[i + 1] = weight(b, key, leaves[i], &channels, 1, i < 2);
    }
    graph_attributes attr = {.batch_norm = {.epsilon = BATCH_NORM_EPSILON}};
    return add_node(b, OP_BATCH_NORM, key, inputs, 5, &attr, channels);
}

flow builder_unary(network_builder *b, flow in, graph_op op, const char *name)
{
    return add_node(b, op, name, &in.value, 1, NULL, in.channels);
}

flow builder_add(network_builder *b, flow a, flow c, const char *name)
{
    int inputs[2] = {a.value, c.value};
    return add_node(b, OP_ADD, name, inputs, 2, NULL, a.channels);
}

flow builder_concat(network_builder *b, flow a, flow c, const char *name)
{
    int inputs[2] = {a.value, c.value};
    graph_attributes attr = {.axis = 1};
    int64_t channels = a.channels < 0 || c.channels < 0 ? -1 : a.channels + c.channels;
    return add_node(b, OP_CONCAT, name, inputs, 2, &attr, channels);
}

flow builder_upsample(network_builder *b, flow in, const char *name)
{
    int inputs[4] = {in.value, GRAPH_NONE, GRAPH_NONE, GRAPH_NONE};
    if (b->g && b->status == VIS_OK) {
        tensor scales;
        int64_t four = 4;
        char key[KEY_SIZE];
        builder_key(b, key, sizeof(key), "%s.scales", name);
        if (b->status == VIS_OK) b->status = tensor_create(&scales, TENSOR_F32, 1, &four, b->err);
        if (b->status != VIS_OK) return in;
        for (int i = 0; i < 4; i++) {
            tensor_f32(&scales)[i] = i < 2 ? 1.0f : 2.0f;
        }
        b->status = graph_add_constant(b->g, key, &scales, &inputs[2], b->err);
    }
    graph_attributes attr = {.resize = {.mode = GRAPH_RESIZE_LINEAR,
                                        .coordinates = RESIZE_ALIGN_CORNERS,
                                        .rounding = RESIZE_FLOOR}};
    return add_node(b, OP_RESIZE, name, inputs, 3, &attr, in.channels);
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), c = strlen(end);
    return a >= c && strcmp(text + a - c, end) == 0;
}

/* Keys that are in the file but not of the network. */
static vis_status judge_extras(network_builder *b, const char *path, const char *kind,
                               const char *tolerated, const vis_log *log)
{
    int extra = 0, beside = 0;
    const char *first = "", *second = NULL;
    for (int i = 0; i < b->dict->count; i++) {
        const char *key = b->dict->entry[i].key;
        if (b->asked[i] || ends_with(key, "num_batches_tracked")) continue;
        if (ends_with(key, "total_ops") || ends_with(key, "total_params") ||
            (tolerated && strncmp(key, tolerated, strlen(tolerated)) == 0)) {
            beside++;
            continue;
        }
        if (extra == 0) first = key;
        if (extra == 1) second = key;
        extra++;
    }
    if (extra) {
        return vis_fail(b->err, VIS_ERR_MISMATCH,
                        "%s: %s, but with %d key%s that it does not have: %s%s%s%s", path, kind,
                        extra, extra == 1 ? "" : "s", first, second ? ", " : "",
                        second ? second : "", extra > 2 ? ", ..." : "");
    }
    if (beside) vis_warn(log, "%s: %d keys beside %s are ignored", path, beside, kind);
    return VIS_OK;
}

vis_status builder_verdict(network_builder *b, const char *path, const char *kind,
                           const char *tolerated, const vis_log *log)
{
    if (b->status != VIS_OK) return vis_prefix(b->err, b->status, path);
    if (b->n_missing) {
        return vis_fail(b->err, VIS_ERR_MISMATCH,
                        "%s: %s, but %d of its keys %s missing: %s%s%s%s%s%s", path, kind,
                        b->n_missing, b->n_missing == 1 ? "is" : "are", b->missing[0],
                        b->n_missing > 1 ? ", " : "", b->n_missing > 1 ? b->missing[1] : "",
                        b->n_missing > 2 ? ", " : "", b->n_missing > 2 ? b->missing[2] : "",
                        b->n_missing > BUILDER_SHOWN ? ", ..." : "");
    }
    if (b->misshapen) {
        return vis_fail(b->err, VIS_ERR_MISMATCH, "%s: %s, but %s", path, kind, b->misshapen);
    }
    return judge_extras(b, path, kind, tolerated, log);
}
