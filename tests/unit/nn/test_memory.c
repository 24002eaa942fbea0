/* tests/unit/nn/test_memory.c - every allocation of compiling a network and making a session fails
 * once: an error comes back and nothing leaks (the sanitizer build looks).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdlib.h>

static long countdown = -1; /* allocations until one fails; negative: none does */

static int fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

#define WRAP(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails() ? NULL : __real_##name arguments;                                           \
    }
WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, (void *old, size_t size), (old, size))
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))

static graph *network(void)
{
    graph *g = net_create();
    vis_error err;
    int top = net_inverted_residual(g, net_input(g, 1, 6, 8, 8), 6, 12, 16, 1, false);
    int down = net_inverted_residual(g, top, 16, 32, 24, 2, false);
    down = net_relu(g, net_conv(g, down, 24, 24, 5, 1, 2, 1, true));
    down = net_relu(g, net_conv(g, down, 24, 64, 3, 1, 1, 1, true));
    graph_attributes leaky = {.alpha = 0.1f};
    down = net_conv(g, down, 64, 256, 3, 1, 1, 1, true);
    down = net_inverted_residual(g, net_node(g, OP_LEAKY_RELU, &down, 1, &leaky), 256, 512, 24, 1,
                                 false);
    int up = net_upsample(g, down, RESIZE_ALIGN_CORNERS, 2, 2);
    int y = net_inverted_residual(g, net_concat(g, (int[]){up, top}, 2), 40, 80, 8, 1, false);
    y = net_inverted_residual(g, y, 8, 16, 8, 1, true);
    y = net_conv(g, y, 8, 3, 1, 1, 0, 1, true);
    assert_int_equal(graph_mark_output(g, net_node(g, OP_SIGMOID, &y, 1, NULL), &err), VIS_OK);
    return g;
}

static void every_allocation_fails_once(void **unused)
{
    graph *g = network();
    graph_shape shape = {.rank = 4, .dim = {1, 6, 8, 8}};
    static const nn_options ways[] = {{0}, {.reference = true}, {.fast = true, .cache_inputs = 1}};
    for (int way = 0; way < 3; way++) {
        long n = 0;
        for (vis_status status = VIS_ERR_MEMORY; status != VIS_OK; n++) {
            nn_program *p = NULL;
            nn_session *s = NULL;
            vis_error err = {0};
            countdown = n;
            status = nn_compile(g, &shape, 1, &ways[way], &p, &err);
            if (status == VIS_OK) status = nn_session_create(p, NULL, &s, &err);
            countdown = -1;
            if (status != VIS_OK) {
                assert_int_equal(status, VIS_ERR_MEMORY);
                assert_int_equal(err.status, VIS_ERR_MEMORY);
            }
            nn_session_free(s);
            nn_program_free(p);
        }
        assert_true(n > 50);
    }
    graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
