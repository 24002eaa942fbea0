/* A network under the clock: its batch, its tensors, and footage that comes back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "measure/speed.h"
#include "measure/timed_network.h"

#include <stdlib.h>
#include <string.h>

#define FIXED FIXTURES "/unet160_ave.traced.fixed.onnx"
#define DYNAMIC FIXTURES "/unet160_ave.traced.dynamic.onnx"

static vis_model *open_model(const char *path)
{
    vis_model *m;
    assert_int_equal(vis_model_open(path, NULL, &m, NULL), VIS_OK);
    return m;
}

static size_t output_size(const timed_network *t)
{
    const graph_shape *s = timed_network_output_shape(t, 0);
    size_t size = sizeof(float);
    for (int d = 0; d < s->rank; d++)
        size *= (size_t)s->dim[d];
    return size;
}

static void test_cached_runs_give_the_same_bytes(void **state)
{
    vis_model *m = open_model(DYNAMIC);
    timed_network *t;
    assert_int_equal(timed_network_create(m, 1, 2, &t, NULL), VIS_OK);
    vis_model_close(m);
    assert_true(timed_network_kept_bytes(t) > 0);
    size_t size = output_size(t);
    timed_network_run(t);
    float *fresh = malloc(size);
    assert_non_null(fresh);
    memcpy(fresh, timed_network_output(t, 0), size);
    timed_network_see_footage(t);
    for (int i = 0; i < TIMED_FOOTAGE_FRAMES + 1; i++) { /* once around, and the first again */
        memset((float *)timed_network_output(t, 0), 0, size);
        timed_network_run_cached(t);
        assert_memory_equal(timed_network_output(t, 0), fresh, size);
    }
    free(fresh);
    timed_network_free(t);
}

static void test_cached_runs_hear_another_sound(void **state)
{
    vis_model *m = open_model(DYNAMIC);
    timed_network *t;
    assert_int_equal(timed_network_create(m, 1, 1, &t, NULL), VIS_OK);
    vis_model_close(m);
    timed_network_see_footage(t);
    float first = timed_network_output(t, 0)[0];
    for (int i = 0; i < timed_network_input_count(t); i++) {
        const graph_shape *s = timed_network_input_shape(t, i);
        if (s->dim[1] == 6) continue;
        memset(timed_network_input(t, i), 0, (size_t)(s->dim[1] * s->dim[2] * s->dim[3]) * 4);
    }
    timed_network_run_cached(t);
    float cached = timed_network_output(t, 0)[0];
    timed_network_run(t);
    assert_true(cached != first);
    assert_true(cached == timed_network_output(t, 0)[0]);
    timed_network_free(t);
}

static void test_batch_is_as_asked_or_as_the_file_fixes(void **state)
{
    vis_model *m = open_model(DYNAMIC);
    timed_network *t;
    assert_int_equal(timed_network_create(m, 3, 1, &t, NULL), VIS_OK);
    assert_int_equal(timed_network_batch(t), 3);
    assert_int_equal(timed_network_output_shape(t, 0)->dim[0], 3);
    timed_network_free(t);
    vis_error err;
    assert_int_equal(timed_network_create(m, -1, 1, &t, &err), VIS_ERR_USAGE);
    assert_null(t);
    assert_int_equal(timed_network_create(m, 1 << 20, 1, &t, &err), VIS_ERR_USAGE);
    vis_model_close(m);
    m = open_model(FIXED);
    vis_model_info info;
    vis_model_get_info(m, &info);
    assert_int_equal(timed_network_create(m, 0, 1, &t, NULL), VIS_OK);
    assert_int_equal(timed_network_batch(t), info.batch);
    timed_network_free(t);
    assert_int_equal(timed_network_create(m, info.batch + 1, 1, &t, &err), VIS_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "fixed"));
    vis_model_close(m);
}

static void test_speed_refuses_no_runs(void **state)
{
    vis_model *m = open_model(FIXED);
    speed_figures figures;
    vis_error err;
    speed_options options = {.threads = 1};
    assert_int_equal(speed_measure(m, &options, &figures, &err), VIS_ERR_USAGE);
    vis_model_close(m);
}

static void test_speed_orders_its_times(void **state)
{
    vis_model *m = open_model(FIXED);
    speed_figures f;
    speed_options options = {.threads = 1, .runs = 4};
    assert_int_equal(speed_measure(m, &options, &f, NULL), VIS_OK);
    assert_true(f.has_fresh && f.has_cached);
    assert_true(0 < f.fresh.min && f.fresh.min <= f.fresh.lower);
    assert_true(f.fresh.lower <= f.fresh.median && f.fresh.median <= f.fresh.upper);
    assert_true(f.load_ms <= f.first_result_ms);
    options.cached = true;
    assert_int_equal(speed_measure(m, &options, &f, NULL), VIS_OK);
    assert_true(!f.has_fresh && f.has_cached);
    vis_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cached_runs_give_the_same_bytes),
        cmocka_unit_test(test_cached_runs_hear_another_sound),
        cmocka_unit_test(test_batch_is_as_asked_or_as_the_file_fixes),
        cmocka_unit_test(test_speed_refuses_no_runs),
        cmocka_unit_test(test_speed_orders_its_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
