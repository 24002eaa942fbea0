/* networks/network_builder.h - lays out a network of known architecture over a checkpoint's weights.
 *
 * A builder walks an architecture and asks for weights by key. Without a graph it only checks:
 * which keys are missing, which have shapes that do not fit what flows in, which are never asked
 * for. With a graph it also builds, moving the weights out of the state dict. Channel counts come
 * from the weights, so any width passes that fits together. The first failure sticks
 * (builder.status) and makes every later call return at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_NETWORK_BUILDER_H
#define NETWORKS_NETWORK_BUILDER_H

#include "base/log.h"
#include "formats/state_dict.h"
#include "graph/graph.h"

#define BUILDER_SHOWN 3 /* keys named in a message */

typedef struct network_builder {
    state_dict *dict;
    graph *g;    /* NULL: check only */
    bool *asked; /* per entry of the dict */
    char *missing[BUILDER_SHOWN];
    int n_missing;
    char *misshapen;    /* the first wrong shape in words; NULL when all fit */
    int64_t parameters; /* learnable numbers asked for */
    vis_status status;
    vis_error *err;
} network_builder;

/* What flows along an edge: a graph value, and how many channels it has (-1: unknown, its weight is
 * missing). */
typedef struct flow {
    int value;
    int64_t channels;
} flow;

typedef struct conv_form {
    int kernel, stride_y, stride_x, pad;
    bool depthwise, bias;
    int64_t channels; /* that come out; -1: as the weights say */
} conv_form;

vis_status builder_init(network_builder *b, state_dict *dict, graph *g, vis_error *err);
void builder_free(network_builder *b);

/* One layer each; `key` is the module's ("inc.inconv.0.conv.0"), without ".weight". */
flow builder_conv(network_builder *b, flow in, const char *key, conv_form form);
flow builder_batch_norm(network_builder *b, flow in, const char *key); /* eps 1e-5 */
flow builder_unary(network_builder *b, flow in, graph_op op, const char *name);
flow builder_add(network_builder *b, flow a, flow c, const char *name);
flow builder_concat(network_builder *b, flow a, flow c, const char *name); /* channels */
flow builder_upsample(network_builder *b, flow in,
                      const char *name); /* bilinear x2, align_corners */

/* A module's key written to `text`: printf for short. Keys too long for the space set the status.
 */
void builder_key(network_builder *b, char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Does the dict have a key? */
bool builder_has(const network_builder *b, const char *key);

/* After a walk: VIS_OK when everything fitted, else an error that says what the file is taken for
 * (`kind`: "a 328 U-Net") and what is wrong. Keys that nobody asked for are an error too, except
 * num_batches_tracked, the counters that the profiler thop leaves (total_ops, total_params), and
 * those that begin with `tolerated` (may be NULL): these are warned about and ignored. */
vis_status builder_verdict(network_builder *b, const char *path, const char *kind,
                           const char *tolerated, const vis_log *log);

#endif
