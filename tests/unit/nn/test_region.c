/* tests/unit/nn/test_region.c - only what is shown is computed: inside a region the bytes of a whole
 * run, outside nothing else than them or what was there; with each instruction set, any number of
 * threads, and results that are kept. In the fast precision as near to float32 as ever.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "../model/support.h"
#include "support.h"

#include "base/cpu.h"
#include "base/memory.h"
#include "engine/program.h"
#include "networks/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static vis_error err;

typedef struct bench {
    graph *g;
    graph_shape shapes[2];
    float *inputs[2];
    int64_t count, width, height;
    nn_span *rows; /* of regions that are asked for; NULL: all of them */
} bench;

static void set_up(bench *b, graph *g)
{
    *b = (bench){.g = g};
    make_inputs(g, b->inputs, b->shapes);
    nn_program *p;
    assert_ok(nn_compile(g, b->shapes, 2, NULL, &p, &err), err);
    const graph_shape *y = nn_output_shape(p, 0);
    b->height = y->dim[2];
    b->width = y->dim[3];
    assert_true(shape_count(y->dim, y->rank, &b->count));
    nn_program_free(p);
}

static void tear_down(bench *b)
{
    free_inputs(b->g, b->inputs);
}

/* How to run; of all of that only `region`, `kept` and `fast` may change the result. */
typedef struct way {
    const nn_region *region;
    int threads;
    bool kept, fast;
} way;

/* The output, over a ground of NaN, and the sums that it took; the caller's to free. */
static float *run(const bench *b, const way *w, int64_t *macs)
{
    nn_program *p;
    nn_session *s;
    thread_pool *pool;
    const float *const *inputs = (const float *const *)b->inputs;
    nn_options options = {.cache_inputs = 1,
                          .region = w->region,
                          .rows = w->region ? b->rows : NULL,
                          .fast = w->fast,
                          .sample = inputs};
    assert_ok(nn_compile(b->g, b->shapes, 2, &options, &p, &err), err);
    assert_true(!w->fast || nn_fast_of(p)->used);
    assert_ok(thread_pool_create(w->threads, &pool, &err), err);
    assert_ok(nn_session_create(p, pool, &s, &err), err);
    float *out = malloc((size_t)b->count * sizeof *out);
    float *kept = aligned_calloc(nn_cache_floats(p) + 1, sizeof *kept);
    nn_run_cached(s, inputs, &out, kept, false);
    memset(out, 0xff, (size_t)b->count * sizeof *out);
    nn_run_cached(s, inputs, &out, kept, w->kept);
    if (macs) *macs = 0;
    for (int i = 0; macs && i < p->n_steps; i++)
        *macs += program_step_macs(p, &p->step[i]);
    aligned_free(kept);
    nn_session_free(s);
    thread_pool_destroy(pool);
    nn_program_free(p);
    return out;
}

static bool inside(const bench *b, const nn_region *r, int64_t i)
{
    int64_t x = i % b->width, y = i / b->width % b->height;
    if (y < r->y0 || y >= r->y1 || x < r->x0 || x >= r->x1) return false;
    return !b->rows || (x >= b->rows[y].x0 && x < b->rows[y].x1);
}

#define UNTOUCHED 0xffffffff /* bytes that were there before */

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void expect_bytes(const bench *b, const nn_region *r, const float *got, const float *want)
{
    for (int64_t i = 0; i < b->count; i++) {
        bool same = bits_of(got[i]) == bits_of(want[i]);
        bool left = !inside(b, r, i) && bits_of(got[i]) == UNTOUCHED;
        if (!same && !left)
            fail_msg("(%d, %d) of plane %d in region %d,%d - %d,%d: %.9g in place of %.9g",
                     (int)(i % b->width), (int)(i / b->width % b->height),
                     (int)(i / b->width / b->height), (int)r->x0, (int)r->y0, (int)r->x1,
                     (int)r->y1, (double)got[i], (double)want[i]);
    }
}

/* Regions of a [height, width]: all, a row, a column, pixels in corners and within, and more. */
static int regions_of(const bench *b, nn_region *r)
{
    const int64_t w = b->width, h = b->height;
    const nn_region all[] = {{0, 0, w, h},
                             {0, h / 2, w, h / 2 + 1},
                             {w / 3, 0, w / 3 + 1, h},
                             {0, 0, 1, 1},
                             {w - 1, h - 1, w, h},
                             {w - 1, 0, w, 1},
                             {w / 2, h / 2, w / 2 + 1, h / 2 + 1},
                             {w / 4 + 1, h / 3, w - 5, h - 1},
                             {23, 3, 49, 8}};
    memcpy(r, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

/* A picture's part that is expanded beforehand, enlarged ones, strides, residuals, and blocks so
 * wide that a row is made in several groups and (`hidden` 336) tiles. */
static graph *small_unet(int batch, int hidden)
{
    random_seed(17);
    graph *g = net_create();
    int face = net_input(g, batch, 6, 20, 70), sound = net_input(g, batch, 5, 10, 35);
    int skip = net_inverted_residual(g, face, 6, 24, 64, 1, false);
    int low = net_inverted_residual(g, skip, 64, 96, 40, 2, false);
    int heard = net_inverted_residual(g, sound, 5, 10, 24, 1, false);
    int y = net_inverted_residual(g, net_concat(g, (int[]){low, heard}, 2), 64, 128, 40, 1, false);
    y = net_inverted_residual(g, y, 40, 80, 40, 1, true);
    int up = net_upsample(g, y, RESIZE_ALIGN_CORNERS, 2, 2);
    y = net_inverted_residual(g, net_concat(g, (int[]){up, skip}, 2), 104, hidden, 16, 1, false);
    y = net_inverted_residual(g, y, 16, 136, 16, 1, true);
    y = net_conv(g, y, 16, 3, 1, 1, 0, 1, true);
    int sigmoid = net_node(g, OP_SIGMOID, &y, 1, NULL);
    assert_ok(graph_mark_output(g, sigmoid, &err), err);
    return g;
}

#define SHAPES 5

/* Spans of rows within a region: a jaw, a bow to the left, every third row or none, odd pixels in a
 * few rows, all of it. */
static nn_span span_of(const nn_region *r, int shape, int64_t y)
{
    const int64_t width = r->x1 - r->x0, height = r->y1 - r->y0, down = y - r->y0;
    const nn_span none = {r->x1, r->x0};
    if (y < r->y0) return none;
    if (shape == 0)
        return (nn_span){r->x0 + width * down / (2 * height), r->x1 - width * down / (2 * height)};
    if (shape == 1)
        return (nn_span){r->x0 + width * down * (height - down) / (height * height),
                         r->x0 + width - down % 3};
    if (shape == 2) return down % 3 ? none : (nn_span){r->x0 + down, r->x1};
    if (shape == 3)
        return down % 5 > 1 ? none : (nn_span){r->x0 + down % width, r->x0 + down % width + 1};
    return (nn_span){r->x0, r->x1};
}

static nn_span *make_rows(const nn_region *r, int shape)
{
    nn_span *rows = calloc((size_t)r->y1, sizeof *rows);
    assert_non_null(rows);
    for (int64_t y = 0; y < r->y1; y++)
        rows[y] = span_of(r, shape, y);
    return rows;
}

static void expect_every_region(bench *b, int threads)
{
    nn_region r[16];
    int n = regions_of(b, r);
    float *want = run(b, &(way){.threads = threads}, NULL);
    for (int i = 0; i < 2 * n; i++) {
        const nn_region *part = &r[i / 2];
        b->rows = i % 2 ? make_rows(part, i / 2 % SHAPES) : NULL;
        float *got = run(b, &(way){part, 1 + (threads + i) % 3, (threads + i) % 2, false}, NULL);
        expect_bytes(b, part, got, want);
        free(got);
        free(b->rows);
    }
    free(want);
}

static void regions_have_the_bytes_of_the_whole(void **state)
{
    for (int isa = CPU_ALL; isa >= CPU_PORTABLE; isa--) {
        cpu_limit((cpu_isa)isa);
        if ((int)cpu_best() != isa) continue;
        for (int batch = 1; batch <= 2; batch++) {
            bench b;
            set_up(&b, small_unet(batch, batch == 1 ? 336 : 150));
            expect_every_region(&b, batch);
            tear_down(&b);
            graph_free(b.g);
        }
    }
    cpu_limit(CPU_ALL);
}

static void less_is_computed(void **state)
{
    bench b;
    int64_t all, half;
    set_up(&b, small_unet(1, 150));
    free(run(&b, &(way){.threads = 1}, &all));
    nn_region r = {30, 10, 40, 20};
    free(run(&b, &(way){.threads = 1, .region = &r}, &half));
    assert_true(half * 10 < all * 6);
    tear_down(&b);
    graph_free(b.g);
}

static void empty_and_outside_are_refused(void **state)
{
    bench b;
    nn_program *p;
    set_up(&b, small_unet(1, 150));
    const nn_region wrong[] = {{0, 0, 0, 0},   {5, 5, 5, 9},   {9, 5, 5, 9},
                               {5, 9, 9, 9},   {-1, 0, 10, 9}, {0, -1, 10, 9},
                               {0, 0, 71, 20}, {0, 0, 70, 21}, {70, 0, 71, 9}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(nn_compile(b.g, b.shapes, 2, &(nn_options){.region = &wrong[i]}, &p, &err),
                     err, VIS_ERR_USAGE, "no part of output 0");
    for (int k = 0; k < 2; k++) {
        const nn_region r = {5, 6, 9, 8};
        b.rows = make_rows(&r, 4);
        b.rows[7] = k ? (nn_span){4, 9} : (nn_span){5, 10};
        assert_fails(
            nn_compile(b.g, b.shapes, 2, &(nn_options){.region = &r, .rows = b.rows}, &p, &err),
            err, VIS_ERR_USAGE, "of row 7 are no part of columns 5 to 9");
        free(b.rows);
    }
    tear_down(&b);
    graph_free(b.g);
}

/* --- the family's own networks --------------------------------------------------------------- */

/* Weights of numbers that neither grow nor vanish on their way through. */
static void make_tame(graph *g)
{
    for (int i = 0; i < g->n_nodes; i++) {
        const graph_node *node = &g->node[i];
        for (int k = 1; k < node->n_inputs; k++) {
            const tensor *t = node->input[k] < 0 ? NULL : g->value[node->input[k]].constant;
            if (!t || t->dtype != TENSOR_F32 || (node->op != OP_CONV && node->op != OP_BATCH_NORM))
                continue;
            int64_t count = tensor_count(t), fan = t->rank == 4 ? count / t->dim[0] : 0;
            float *data = (float *)t->data;
            for (int64_t j = 0; j < count; j++)
                data[j] = fan ? random_float() * 2.2f / sqrtf((float)fan)
                          : node->op == OP_BATCH_NORM && (k == 1 || k == 4)
                              ? 1 + 0.3f * random_float()
                              : 0.1f * random_float();
        }
    }
}

/* A U-Net of the family; `wide`: of the published widths, else mobile. */
static model *open_unet(void **state, int levels, bool wide)
{
    const int full[5] = {32, 64, 128, 256, 512}, mobile[5] = {16, 32, 64, 128, 256};
    test_weights w;
    buffer bytes;
    model *m;
    model_options options = {.mode = levels == 5 ? AUDIO_AVE : AUDIO_HUBERT, .checkpoint = -1};
    weights_unet(&w, levels, levels == 5 ? AVE : HUBERT, wide ? full : mobile, 32, true);
    weights_pth(&w, "", &bytes);
    weights_free(&w);
    const char *path = folder_write(state, "model.pth", bytes.data, bytes.size);
    buffer_free(&bytes);
    assert_ok(model_open(path, &options, &m, &err), err);
    random_seed(levels);
    make_tame(m->net);
    for (int i = 0; i < 2; i++)
        m->net->value[m->net->input[i]].dim[0] = 1;
    m->net->value[m->net->output[0]].dim[0] = 1;
    return m;
}

/* A mask's part of the output: its lower middle, at odd places. */
static nn_region shown(const bench *b)
{
    return (nn_region){b->width / 7, b->height / 3 + 1, b->width - b->width / 7 - 2, b->height - 9};
}

static double decibels_inside(const bench *b, const nn_region *r, const float *got,
                              const float *want)
{
    double noise = 0, count = 0;
    for (int64_t i = 0; i < b->count; i++) {
        if (!inside(b, r, i)) continue;
        double d = (double)got[i] - (double)want[i];
        noise += d * d;
        count++;
    }
    return -10 * log10(noise / count);
}

/* How many of four, and whether in the fast precision too. TSan looks for races alone: one network
 * says what all say, and the fast ones run in one thread. */
#if defined __SANITIZE_THREAD__
enum { NETWORKS = 1, WITH_FAST = 0 };
#elif defined TESTS_RUN_SLOWLY
enum { NETWORKS = 2, WITH_FAST = 1 }; /* mobile */
#else
enum { NETWORKS = 4, WITH_FAST = 1 };
#endif

static void unets_of_both_families(void **state)
{
    for (int k = 0; k < NETWORKS; k++) {
        bench b;
        int64_t all, part;
        model *m = open_unet(state, 4 + k % 2, k / 2);
        set_up(&b, m->net);
        nn_region r = shown(&b);
        float *want = run(&b, &(way){.threads = 1}, &all);
        float *got = run(&b, &(way){.region = &r, .threads = 2, .kept = k % 2}, &part);
        expect_bytes(&b, &r, got, want);
        assert_true(part < all);
        free(got);
        if (WITH_FAST && nn_has_fast()) {
            got = run(&b, &(way){.region = &r, .threads = 1, .kept = k % 2, .fast = true}, NULL);
            double decibels = decibels_inside(&b, &r, got, want);
            if (!(decibels >= NN_FAST_DECIBELS)) fail_msg("%d: %.1f dB", k, decibels);
            free(got);
            b.rows = make_rows(&r, 0);
            got = run(&b, &(way){.region = &r, .threads = 2, .kept = k % 2, .fast = true}, NULL);
            decibels = decibels_inside(&b, &r, got, want);
            if (!(decibels >= NN_FAST_DECIBELS)) fail_msg("%d, a jaw: %.1f dB", k, decibels);
            free(b.rows);
            b.rows = NULL;
            free(got);
        }
        free(want);
        tear_down(&b);
        model_close(m);
    }
}

/* Threads and what was kept change nothing in the fast precision either. */
static void expect_one_result(const bench *b, const nn_region *r, const float *exact)
{
    float *want = run(b, &(way){r, 1, false, true}, NULL);
    float *got = run(b, &(way){r, 3, true, true}, NULL);
    assert_memory_equal(got, want, (size_t)b->count * sizeof *got);
    assert_true(decibels_inside(b, r, got, exact) >= NN_FAST_DECIBELS);
    free(got);
    free(want);
}

static void fast_is_one_result(void **state)
{
    if (!nn_has_fast()) skip();
    bench b;
    nn_region r[16];
    set_up(&b, small_unet(1, 150));
    int n = regions_of(&b, r);
    float *exact = run(&b, &(way){.threads = 1}, NULL);
    for (int i = 0; i < n; i++) {
        b.rows = NULL;
        expect_one_result(&b, &r[i], exact);
        for (int shape = 0; shape < SHAPES; shape++) {
            b.rows = make_rows(&r[i], shape);
            expect_one_result(&b, &r[i], exact);
            free(b.rows);
        }
    }
    free(exact);
    tear_down(&b);
    graph_free(b.g);
}

/* Of rows that are all wanted the fast precision makes what it makes of their rectangle, and of a jaw
 * less, by as much as is missing of each row. */
static void fast_goes_row_by_row(void **state)
{
    if (!nn_has_fast()) skip();
    bench b;
    int64_t all, jaw;
    nn_region r = {0, 0, 70, 20};
    set_up(&b, small_unet(1, 150));
    float *want = run(&b, &(way){&r, 2, false, true}, &all);
    b.rows = make_rows(&r, 4);
    float *got = run(&b, &(way){&r, 2, false, true}, NULL);
    assert_memory_equal(got, want, (size_t)b.count * sizeof *got);
    free(b.rows);
    free(got);
    b.rows = make_rows(&r, 0);
    got = run(&b, &(way){&r, 2, false, true}, &jaw);
    assert_true(jaw * 20 < all * 19);
    for (int64_t i = 0; i < b.count; i++)
        if (!inside(&b, &r, i)) assert_int_equal(bits_of(got[i]), UNTOUCHED);
    free(b.rows);
    free(got);
    free(want);
    tear_down(&b);
    graph_free(b.g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_have_the_bytes_of_the_whole),
        cmocka_unit_test(less_is_computed),
        cmocka_unit_test(empty_and_outside_are_refused),
        cmocka_unit_test(unets_of_both_families),
        cmocka_unit_test(fast_is_one_result),
        cmocka_unit_test(fast_goes_row_by_row),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
