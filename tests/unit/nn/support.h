/* tests/unit/nn/support.h - small networks with random weights, and running them every way there
 * is.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NN_SUPPORT_H
#define TESTS_UNIT_NN_SUPPORT_H

#include "../cmocka_all.h"

#include "engine/nn.h"

/* Numbers in (-1, 1), the same on every run. */
float random_float(void);
void random_seed(uint32_t seed);

/* A graph under construction; every call asserts success and returns the index of its result. */
graph *net_create(void);
int net_input(graph *g, int n, int c, int h, int w);
int net_constant(graph *g, int rank, const int64_t *dim, const float *values); /* NULL: random */
int net_integers(graph *g, int count, const int64_t *values);
int net_number(graph *g, float value);
int net_node(graph *g, graph_op op, const int *inputs, int n, const graph_attributes *attr);

/* in -> out channels; square kernel; weights scaled by the fan-in. */
int net_conv(graph *g, int x, int in, int out, int kernel, int stride, int pad, int groups,
             bool bias);
int net_batch_norm(graph *g, int x, int channels);
int net_relu(graph *g, int x);
int net_add(graph *g, int a, int b);
int net_concat(graph *g, const int *parts, int n);
int net_upsample(graph *g, int x, resize_coordinates mode, float by_height, float by_width);

/* 1x1 in -> hidden, batch norm, ReLU, 3x3 depthwise, the same, 1x1 -> out, batch norm [+ x]. */
int net_inverted_residual(graph *g, int x, int in, int hidden, int out, int stride, bool residual);

typedef struct run_options {
    bool reference;
    int threads;
} run_options;

/* Runs the graph once on given inputs (shapes as declared) and returns its first output, the
 * caller's to free; *count is its length. */
float *run_once(const graph *g, const float *const *inputs, const run_options *options,
                int64_t *count);

/* Runs on random inputs: plain C, and the fast path with every instruction set that this machine
 * has, on 1, 2 and 3 threads. All must agree within `tolerance` of the largest output. Frees the
 * graph. */
void expect_agreement(graph *g, float tolerance);

/* Checks the result `y` of a graph of one input that holds `x`, on both paths; frees the graph. */
void expect_result(graph *g, int y, const float *x, const float *want, int64_t count);

/* Random inputs for a graph whose inputs have concrete shapes; free with free_inputs. */
void make_inputs(const graph *g, float **inputs, graph_shape *shapes);
void free_inputs(const graph *g, float **inputs);

/* Compares with expected numbers, each within 1e-6 of the larger magnitude. */
void expect_floats(const float *got, const float *want, int64_t count);

#endif
