/* tests/unit/nn/test_depth.c - long chains of what the fast path may put off, on a small stack: the
 * depth of calls must not grow with the length of the graph.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define LENGTH 3000
#define STACK (256 << 10) /* one call for each node would need several times as much */

typedef int (*chain_link)(graph *g, int value, int x);

static int resize_link(graph *g, int value, int x)
{
    (void)x;
    return net_upsample(g, value, RESIZE_HALF_PIXEL, 1, 1);
}

/* One channel more each time. */
static int concat_link(graph *g, int value, int x)
{
    return net_concat(g, (int[]){value, x}, 2);
}

/* Put off rightly: the next convolution may take both into its weights. */
static int head_link(graph *g, int value, int x)
{
    int up = net_upsample(g, value, RESIZE_HALF_PIXEL, 1, 1);
    return net_conv(g, net_concat(g, (int[]){up, x}, 2), 2, 1, 1, 1, 0, 1, false);
}

static int mixed_link(graph *g, int value, int x)
{
    return concat_link(g, resize_link(g, value, x), x);
}

typedef struct chain {
    graph *g;
    float *y;
    int64_t count;
} chain;

static void *run_chain(void *argument)
{
    chain *c = argument;
    float one = 1;
    c->y = run_once(c->g, (const float *const[]){&one}, &(run_options){0}, &c->count);
    return NULL;
}

static void expect_small_stack(chain_link make, bool read_by_pointwise)
{
    graph *g = net_create();
    int x = net_input(g, 1, 1, 1, 1), y = x, channels;
    for (int i = 0; i < LENGTH; i++)
        y = make(g, y, x);
    channels = make == concat_link || make == mixed_link ? LENGTH + 1 : 1;
    y = read_by_pointwise ? net_conv(g, y, channels, 1, 1, 1, 0, 1, false) : net_relu(g, y);
    vis_error err;
    assert_int_equal(graph_mark_output(g, y, &err), VIS_OK);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    chain c = {.g = g};
    assert_int_equal(pthread_create(&thread, &attributes, run_chain, &c), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    for (int64_t i = 0; i < c.count; i++)
        assert_false(isnan(c.y[i]));
    free(c.y);
    graph_free(g);
}

static void chains(void **unused)
{
    static const chain_link links[] = {resize_link, concat_link, mixed_link, head_link};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        for (int k = 0; k < 2; k++)
            expect_small_stack(links[i], k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
