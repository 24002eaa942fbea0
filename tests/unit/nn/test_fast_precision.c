/* tests/unit/nn/test_fast_precision.c - 16 bits in place of float32: how near, for inputs of any
 * size; the same bytes whatever the number of threads and however much was kept. With each
 * instruction set that this machine has.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/memory.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/kernels_i16.h"
#include "engine/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far below the result's variation the noise lies, dB. */
#define MIN_SNR 50.0

/* A small U-Net: strips of rows and blocks of channels, strides, residuals, a dense convolution, a
 * picture's part that is expanded beforehand, an enlarged one, and a last block that takes the head
 * along. */
static graph *small_unet(int batch, int odd)
{
    random_seed(7);
    graph *g = net_create();
    vis_error err;
    int face = net_input(g, batch, 6, 26, 22), sound = net_input(g, batch, 5, 13, 11);
    int thin = net_relu(g, net_conv(g, face, 6, 13, 1, 1, 0, 1, true));
    int skip = net_inverted_residual(g, thin, 13, 26, 84 + odd, 1, false);
    skip = net_inverted_residual(g, skip, 84 + odd, 96 + odd, 84 + odd, 1, true);
    int low = net_inverted_residual(g, skip, 84 + odd, 168, 172 + odd, 2, false);
    int heard = net_inverted_residual(g, sound, 5, 10, 20, 1, false);
    heard = net_inverted_residual(g, heard, 20, 40 + odd, 20, 1, true);
    heard = net_relu(g, net_conv(g, heard, 20, 70 + odd, 1, 1, 0, 1, true));
    heard = net_relu(g, net_conv(g, heard, 70 + odd, 20, 5, 1, 2, 1, true));
    int y = net_inverted_residual(g, net_concat(g, (int[]){low, heard}, 2), 192 + odd, 384, 40, 1,
                                  false);
    y = net_inverted_residual(g, y, 40, 80, 40, 1, true);
    int up = net_upsample(g, y, RESIZE_ALIGN_CORNERS, 2, 2);
    y = net_inverted_residual(g, net_concat(g, (int[]){up, skip}, 2), 124 + odd, 144, 16, 1, false);
    up = net_upsample(g, net_inverted_residual(g, y, 16, 32, 10, 2, false), RESIZE_ALIGN_CORNERS, 2,
                      2);
    y = net_inverted_residual(g, net_concat(g, (int[]){up, thin}, 2), 23, 46 + odd, 16, 1, false);
    y = net_inverted_residual(g, y, 16, 30 + odd, 16, 1, true);
    int colours = odd == 3 ? 35 : 3;
    assert_int_equal(graph_mark_output(g, net_conv(g, y, 16, colours, 1, 1, 0, 1, true), &err),
                     VIS_OK);
    return g;
}

typedef struct bench {
    graph *g;
    graph_shape shapes[2];
    float *inputs[2], *sample[2];
    int64_t count;
    nn_fast fast; /* of the last run */
} bench;

static void set_up(bench *b, graph *g)
{
    b->g = g;
    make_inputs(g, b->sample, b->shapes);
    make_inputs(g, b->inputs, b->shapes);
}

static void tear_down(bench *b)
{
    free_inputs(b->g, b->sample);
    free_inputs(b->g, b->inputs);
    graph_free(b->g);
}

static void scale(const bench *b, float *const *inputs, float factor)
{
    for (int i = 0; i < 2; i++) {
        int64_t count;
        assert_true(shape_count(b->shapes[i].dim, b->shapes[i].rank, &count));
        for (int64_t k = 0; k < count; k++)
            inputs[i][k] *= factor;
    }
}

/* The first output of a run; the caller's to free. `i16_steps` (may be NULL): steps in 16 bits. */
static float *run(bench *b, const nn_options *options, int threads, bool kept, int *i16_steps)
{
    vis_error err;
    nn_program *p;
    nn_session *s;
    thread_pool *pool;
    nn_options given = *options;
    assert_int_equal(thread_pool_create(threads, &pool, &err), VIS_OK);
    given.sample = (const float *const *)b->sample;
    given.pool = pool; /* the decision is made by as many */
    assert_int_equal(nn_compile(b->g, b->shapes, 2, &given, &p, &err), VIS_OK);
    b->fast = *nn_fast_of(p);
    assert_int_equal(nn_session_create(p, pool, &s, &err), VIS_OK);
    const graph_shape *y = nn_output_shape(p, 0);
    assert_true(shape_count(y->dim, y->rank, &b->count));
    float *out = malloc((size_t)b->count * sizeof *out);
    const float *const *inputs = (const float *const *)b->inputs;
    if (kept) {
        float *block = aligned_calloc(nn_cache_floats(p), sizeof *block);
        nn_run_cached(s, inputs, &out, block, false);
        memset(out, 0xff, (size_t)b->count * sizeof *out);
        nn_run_cached(s, (const float *[]){NULL, b->inputs[1]}, &out, block, true);
        aligned_free(block);
    } else {
        nn_run(s, inputs, &out);
    }
    if (i16_steps) {
        *i16_steps = 0;
        for (int i = 0; i < p->n_steps; i++)
            *i16_steps += p->step[i].i16;
    }
    nn_session_free(s);
    thread_pool_destroy(pool);
    nn_program_free(p);
    return out;
}

/* Against the variation of what should come. */
static double signal_to_noise(const float *got, const float *want, int64_t count)
{
    double mean = 0, signal = 0, noise = 0;
    for (int64_t i = 0; i < count; i++)
        mean += (double)want[i] / (double)count;
    for (int64_t i = 0; i < count; i++) {
        double d = (double)got[i] - (double)want[i], v = (double)want[i] - mean;
        signal += v * v;
        noise += d * d;
    }
    return 10 * log10(signal / noise);
}

/* All blocks in 16 bits, and near. */
static void expect_near(bench *b)
{
    int i16_steps;
    float *want = run(b, &(nn_options){.reference = true}, 1, false, NULL);
    float *got = run(b, &(nn_options){.fast = true, .cache_inputs = 1}, 1, false, &i16_steps);
    double snr = signal_to_noise(got, want, b->count);
    if (nn_kernels_i16_best()) {
        assert_true(b->fast.used && b->fast.blocks >= 9 && b->fast.exact == 0);
        assert_true(b->fast.decibel >= NN_FAST_DECIBELS);
        assert_true(i16_steps >= 12);
        assert_true(snr < 120); /* it really is another precision */
    } else {
        assert_false(b->fast.used);
        assert_int_equal(i16_steps, 0);
    }
    if (!(snr > MIN_SNR)) fail_msg("%.1f dB", snr);
    free(want);
    free(got);
}

static void expect_finite(bench *b)
{
    float *got = run(b, &(nn_options){.fast = true, .cache_inputs = 1}, 1, false, NULL);
    for (int64_t i = 0; i < b->count; i++)
        assert_true(isfinite(got[i]));
    free(got);
}

static void near_float32(void **unused)
{
    for (int odd = 0; odd < 4; odd++) {
        bench b;
        set_up(&b, small_unet(1 + odd % 2, odd));
        expect_near(&b);
        tear_down(&b);
    }
}

/* Each run finds its own range upwards: inputs much larger than the sample are as near. */
static void larger_than_the_sample(void **unused)
{
    bench b;
    set_up(&b, small_unet(1, 0));
    scale(&b, b.inputs, 1000);
    expect_near(&b);
    tear_down(&b);
}

static double noise_of(bench *b)
{
    float *want = run(b, &(nn_options){.reference = true}, 1, false, NULL);
    float *got = run(b, &(nn_options){.fast = true, .cache_inputs = 1}, 1, false, NULL);
    double noise = 0;
    for (int64_t i = 0; i < b->count; i++)
        noise += pow((double)got[i] - (double)want[i], 2);
    free(want);
    free(got);
    return noise / (double)b->count;
}

/* Downwards units stay near the sample's: the noise of inputs much smaller is of the sample's size
 * (it may add up, where all pixels are rounded alike). */
static void smaller_than_the_sample(void **unused)
{
    bench b;
    set_up(&b, small_unet(1, 0));
    double usual = noise_of(&b);
    scale(&b, b.inputs, 1e-5f);
    assert_true(noise_of(&b) <= 10 * usual);
    tear_down(&b);
}

static void same_bytes(void **unused)
{
    bench b;
    set_up(&b, small_unet(2, 1));
    nn_options fast = {.fast = true, .cache_inputs = 1};
    float *want = run(&b, &fast, 1, false, NULL);
    for (int threads = 1; threads <= 3; threads++)
        for (int kept = 0; kept < 2; kept++) {
            float *got = run(&b, &fast, threads, kept, NULL);
            assert_memory_equal(got, want, (size_t)b.count * sizeof *got);
            free(got);
        }
    free(want);
    tear_down(&b);
}

/* The sample of one image, for each of a batch. */
static void take_sample(bench *b, const bench *one)
{
    for (int i = 0; i < 2; i++) {
        int64_t size = 1;
        assert_true(shape_count(one->shapes[i].dim, one->shapes[i].rank, &size));
        for (int64_t n = 0; n < b->shapes[i].dim[0]; n++)
            memcpy(b->sample[i] + n * size, one->sample[i], (size_t)size * sizeof(float));
    }
}

/* What lies beside an image in a batch, much brighter here, does not touch it. */
static void images_have_ranges_of_their_own(void **unused)
{
    bench both, one;
    set_up(&both, small_unet(2, 1));
    set_up(&one, small_unet(1, 1));
    take_sample(&both, &one);
    int64_t size[2];
    for (int i = 0; i < 2; i++) {
        assert_true(shape_count(one.shapes[i].dim, one.shapes[i].rank, &size[i]));
        for (int64_t k = 0; k < size[i]; k++)
            both.inputs[i][size[i] + k] *= 100;
    }
    nn_options fast = {.fast = true, .cache_inputs = 1};
    float *together = run(&both, &fast, 2, false, NULL);
    for (int n = 0; n < 2; n++) {
        for (int i = 0; i < 2; i++)
            memcpy(one.inputs[i], both.inputs[i] + n * size[i],
                   (size_t)size[i] * sizeof **one.inputs);
        float *alone = run(&one, &fast, 1, false, NULL);
        assert_memory_equal(together + n * one.count, alone, (size_t)one.count * sizeof *alone);
        free(alone);
    }
    free(together);
    tear_down(&both);
    tear_down(&one);
}

/* A number that is not finite is not lost: all of its image becomes NaN, and nothing of others. */
static void what_is_not_finite_is_seen(void **unused)
{
    bench b;
    set_up(&b, small_unet(2, 1));
    nn_options fast = {.fast = true, .cache_inputs = 1};
    float *clean = run(&b, &fast, 1, false, NULL);
    for (int kind = 0; kind < 2; kind++) {
        float *at = &b.inputs[kind][5], was = *at;
        *at = kind ? INFINITY : NAN;
        float *got = run(&b, &fast, 2, false, NULL);
        for (int64_t i = 0; i < b.count / 2 && nn_kernels_i16_best(); i++)
            assert_true(isnan(got[i]));
        assert_memory_equal(got + b.count / 2, clean + b.count / 2,
                            (size_t)b.count / 2 * sizeof *got);
        *at = was;
        free(got);
    }
    free(clean);
    tear_down(&b);
}

/* Without a sample that says anything it is float32. */
static void sample_that_is_not_finite(void **unused)
{
    bench b;
    set_up(&b, small_unet(1, 0));
    b.sample[0][3] = NAN;
    float *want = run(&b, &(nn_options){.cache_inputs = 1}, 1, false, NULL);
    float *got = run(&b, &(nn_options){.fast = true, .cache_inputs = 1}, 1, false, NULL);
    assert_false(b.fast.used);
    assert_int_equal(b.fast.exact, b.fast.blocks);
    assert_memory_equal(got, want, (size_t)b.count * sizeof *got);
    free(want);
    free(got);
    tear_down(&b);
}

/* Weights that are not finite are refused, by the name of their step. */
static void broken_weights(void **unused)
{
    bench b;
    graph *g = small_unet(1, 0);
    for (int i = g->n_values - 1; i >= 0; i--) {
        tensor *t = g->value[i].constant;
        if (!t || t->rank != 4 || t->dim[2] != 3) continue;
        tensor_f32(t)[4] = INFINITY;
        break;
    }
    set_up(&b, g);
    nn_options fast = {.fast = true, .sample = (const float *const *)b.sample};
    nn_program *p = NULL;
    vis_error err;
    vis_status status = nn_compile(b.g, b.shapes, 2, &fast, &p, &err);
    assert_int_equal(status, nn_kernels_i16_best() ? VIS_ERR_UNSUPPORTED : VIS_OK);
    if (status != VIS_OK) assert_non_null(strstr(err.message, "NaN or infinite"));
    nn_program_free(p);
    tear_down(&b);
}

/* Blocks of 3 to 8 channels, with residuals and among the parts of a larger sum; `dense`: a
 * convolution that stays float32 reads one of them. */
static graph *thin_blocks(bool dense)
{
    vis_error err;
    random_seed(11);
    graph *g = net_create();
    int face = net_input(g, 1, 6, 18, 22), sound = net_input(g, 1, 5, 9, 11);
    int y = net_relu(g, net_conv(g, face, 6, 20, 1, 1, 0, 1, true));
    int skip = y = net_inverted_residual(g, y, 20, 40, 8, 1, false);
    y = net_inverted_residual(g, y, 8, 16, 8, 1, true);
    if (dense) y = net_relu(g, net_conv(g, y, 8, 8, 3, 1, 1, 1, true));
    y = net_inverted_residual(g, y, 8, 18, 3, 2, false);
    y = net_inverted_residual(g, net_concat(g, (int[]){y, sound}, 2), 8, 16, 7, 1, false);
    y = net_inverted_residual(g, y, 7, 20, 7, 1, true);
    int up = net_upsample(g, y, RESIZE_ALIGN_CORNERS, 2, 2);
    y = net_inverted_residual(g, net_concat(g, (int[]){up, skip}, 2), 15, 30, 8, 1, false);
    y = net_inverted_residual(g, y, 8, 16, 8, 1, true);
    assert_int_equal(graph_mark_output(g, net_conv(g, y, 8, 3, 1, 1, 0, 1, true), &err), VIS_OK);
    return g;
}

/* Tensors of floats that pixels of 8 suffice for, and among them those that have more. */
static void count_thin(const bench *b, int *thin, int *padded)
{
    vis_error err;
    nn_program *p;
    const nn_options fast = {.fast = true, .sample = (const float *const *)b->sample};
    assert_int_equal(nn_compile(b->g, b->shapes, 2, &fast, &p, &err), VIS_OK);
    *thin = *padded = 0;
    for (int i = 0; i < p->n_steps; i++) {
        const nn_tensor *t = &p->tensor[p->step[i].output];
        if (t->layout != NN_NHWC || t->shape.dim[1] > 8) continue;
        ++*thin;
        *padded += t->pitch > 8;
    }
    nn_program_free(p);
}

/* Where float32's kernels would want pixels of 16 floats those of 16 bits leave it at 8, unless a
 * step of float32 reads or writes them. */
static void pixels_of_few_channels_are_narrow(void **unused)
{
    for (int dense = 0; dense < 2; dense++) {
        bench b;
        int thin, padded;
        set_up(&b, thin_blocks(dense));
        float *want = run(&b, &(nn_options){.reference = true}, 1, false, NULL);
        float *got = run(&b, &(nn_options){.fast = true}, 2, false, NULL);
        assert_true(signal_to_noise(got, want, b.count) > MIN_SNR);
        free(want);
        free(got);
        count_thin(&b, &thin, &padded);
        /* the two inputs; and what the convolution reads, adds or writes */
        const int float32 = dense ? 5 : 2, wide = nn_kernels_best()->lanes > 8;
        if (nn_kernels_i16_best()) {
            assert_int_equal(thin, dense ? 9 : 8);
            assert_int_equal(padded, wide ? float32 : 0);
        }
        tear_down(&b);
    }
}

/* Nothing at all, and more than a float's square can hold; the sanitizers look on. */
static void extremes(void **unused)
{
    bench b;
    set_up(&b, small_unet(1, 0));
    scale(&b, b.sample, 1e25f);
    scale(&b, b.inputs, 1e25f);
    expect_near(&b);
    scale(&b, b.inputs, 0);
    expect_finite(&b);
    scale(&b, b.sample, 0);
    expect_finite(&b);
    tear_down(&b);
}

/* Weights of every size, channels that are dead or know nothing but their bias. */
static void uneven_weights(void **unused)
{
    bench b;
    graph *g = small_unet(1, 0);
    for (int i = 0; i < g->n_values; i++) {
        tensor *t = g->value[i].constant;
        if (!t || t->rank != 4) continue;
        int64_t per = tensor_count(t) / t->dim[0];
        for (int64_t o = 0; o < t->dim[0]; o += 3)
            for (int64_t k = 0; k < per; k++)
                tensor_f32(t)[o * per + k] *= o % 2 ? 0.0f : 0.05f;
    }
    set_up(&b, g);
    expect_near(&b);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_float32),
        cmocka_unit_test(larger_than_the_sample),
        cmocka_unit_test(smaller_than_the_sample),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(extremes),
        cmocka_unit_test(what_is_not_finite_is_seen),
        cmocka_unit_test(sample_that_is_not_finite),
        cmocka_unit_test(broken_weights),
        cmocka_unit_test(uneven_weights),
        cmocka_unit_test(images_have_ranges_of_their_own),
        cmocka_unit_test(pixels_of_few_channels_are_narrow),
    };
    int failed = 0, best = (int)cpu_best();
    for (int isa = best; isa >= CPU_PORTABLE; isa--) {
#ifdef TESTS_RUN_SLOWLY
        if (isa != best && isa != CPU_PORTABLE) continue;
#endif
        cpu_limit((cpu_isa)isa);
        if ((int)cpu_best() != isa) continue;
        failed += cmocka_run_group_tests_name(cpu_isa_name((cpu_isa)isa), tests, NULL, NULL);
    }
    return failed;
}
