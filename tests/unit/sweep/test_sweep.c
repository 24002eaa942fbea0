/* tests/unit/sweep/test_sweep.c - the order of checkpoints, ties, overfitting, names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "sweep/sweep_list.h"
#include "sweep/sweep_rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAMES 8

/* A sweep with figures as given: the PSNR of each frame is the mean plus or minus `scatter`, the
 * other way round for every other checkpoint. */
typedef struct given {
    const char *label;
    double trained, held, mouth, scatter;
} given;

static double mean_of(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static sweep_result sweep_of(const given *g, int count, bool held)
{
    sweep_result r = {.rows = count, .later = -1, .frames = FRAMES};
    r.held_frames = held ? FRAMES : 0;
    r.row = calloc((size_t)count, sizeof *r.row);
    assert_non_null(r.row);
    for (int i = 0; i < count; i++) {
        sweep_row *row = &r.row[i];
        row->label = strdup(g[i].label);
        if (isnan(g[i].trained)) {
            row->status = VIS_ERR_OPEN;
            row->error = strdup("no such file");
            continue;
        }
        row->psnr = calloc(2 * FRAMES, sizeof *row->psnr);
        for (int k = 0; k < 2 * FRAMES; k++)
            row->psnr[k] = (k < FRAMES ? g[i].trained : g[i].held) +
                           ((k + i) % 2 ? g[i].scatter : -g[i].scatter);
        row->trained = (sweep_figures){FRAMES, mean_of(row->psnr, FRAMES), 0.9, g[i].mouth};
        if (held)
            row->held =
                (sweep_figures){FRAMES, mean_of(row->psnr + FRAMES, FRAMES), 0.9, g[i].mouth};
    }
    sweep_rank(&r);
    return r;
}

static void check_order(const sweep_result *r, const char *labels)
{
    char text[256] = "";
    for (int i = 0; i < r->rows; i++) {
        const sweep_row *row = &r->row[r->order[i]];
        assert_int_equal(row->rank, row->status == VIS_OK ? i + 1 : 0);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s", i ? " " : "",
                 row->label, row->tied ? "=" : "");
    }
    assert_string_equal(text, labels);
}

static void test_the_mask_ranks(void **state)
{
    const given g[] = {{"1", 28, 0, 30, 0}, {"2", 31, 0, 20, 0}, {"3", 30, 0, 25, 0}};
    sweep_result r = sweep_of(g, 3, false);
    check_order(&r, "2 3 1");
    char *words = sweep_words(&r);
    assert_string_equal(words, "2 is the best of 3: 31.00 dB in the mask over 8 frames, 1.00 dB "
                               "above 3.");
    free(words);
    sweep_free(&r);
}

static void test_ties_are_decided_by_the_mouth(void **state)
{
    const given g[] = {{"1", 30.95, 0, 25, 0}, {"2", 31, 0, 24, 0}, {"3", 30.92, 0, 26, 0}};
    sweep_result r = sweep_of(g, 3, false);
    check_order(&r, "3= 1= 2=");
    char *words = sweep_words(&r);
    assert_string_equal(words,
                        "3 is the best of 3: 30.92 dB in the mask over 8 frames. A tie: 1 has "
                        "30.95 dB, and less than 0.10 dB is too little to see; at the mouth "
                        "it is 26.00 dB against 25.00 dB.");
    free(words);
    sweep_free(&r);
}

/* The first is 0.12 above the third: no tie with it, though both are near the second. */
static void test_a_tie_is_with_the_best_not_with_the_next(void **state)
{
    const given g[] = {{"1", 31, 0, 24, 0}, {"2", 30.95, 0, 25, 0}, {"3", 30.88, 0, 26, 0}};
    sweep_result r = sweep_of(g, 3, false);
    check_order(&r, "2= 1= 3");
    sweep_free(&r);
}

/* Frames differ by +-2 dB, against each other: a difference of 1 dB over 8 of them is chance. */
static void test_what_chance_explains_is_a_tie(void **state)
{
    const given g[] = {{"1", 30, 0, 25, 1}, {"2", 31, 0, 24, 1}, {"3", 33, 0, 20, 1}};
    sweep_result r = sweep_of(g, 3, false);
    assert_float_equal(sweep_margin(&r, 0, 1, false), 2 * 2 / sqrt(7), 1e-9);
    check_order(&r, "3 1= 2=");
    sweep_free(&r);
}

static void test_held_out_frames_rank(void **state)
{
    const given g[] = {{"25", 27, 26, 20, 0}, {"50", 30, 28, 22, 0}, {"99", 33, 27, 24, 0}};
    sweep_result r = sweep_of(g, 3, true);
    check_order(&r, "50 99 25");
    assert_int_equal(r.later, 2);
    char *words = sweep_words(&r), *overfit = sweep_overfit_words(&r);
    assert_non_null(strstr(words, "50 is the best of 3: 28.00 dB in the mask over 8 held-out"));
    assert_non_null(strstr(overfit, "99 is 3.00 dB better on the frames that it was trained on and "
                                    "1.00 dB worse"));
    free(words);
    free(overfit);
    sweep_free(&r);
}

static void test_no_overfitting_where_both_fall_or_both_rise(void **state)
{
    const given falls[] = {{"50", 30, 28, 22, 0}, {"99", 29, 27, 22, 0}};
    const given rises[] = {{"50", 30, 27, 22, 0}, {"99", 31, 28, 22, 0}};
    const given chance[] = {{"50", 30, 28, 22, 1}, {"99", 31, 27, 22, 1}};
    const given *all[] = {falls, rises, chance};
    for (int i = 0; i < 3; i++) {
        sweep_result r = sweep_of(all[i], 2, true);
        assert_int_equal(r.later, -1);
        char *overfit = sweep_overfit_words(&r);
        assert_string_equal(overfit, "");
        free(overfit);
        sweep_free(&r);
    }
}

static void test_failures_come_last_in_their_order(void **state)
{
    const given g[] = {{"1", NAN, 0, 0, 0}, {"2", 29, 0, 22, 0}, {"3", NAN, 0, 0, 0}};
    sweep_result r = sweep_of(g, 3, false);
    check_order(&r, "2 1 3");
    assert_int_equal(r.scored, 1);
    char *words = sweep_words(&r);
    assert_string_equal(words, "2 is the only one that could be scored: 29.00 dB in the mask over "
                               "8 frames. 2 could not be scored.");
    free(words);
    sweep_free(&r);
}

/* ---- Names ---- */

static void test_names_in_natural_order(void **state)
{
    const char *sorted[] = {"",  "1.pth", "01.pth", "2.pth", "10.pth",
                            "a", "a2b3",  "a2b10",  "a10",   "b"};
    int count = sizeof sorted / sizeof *sorted;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++) {
            int order = sweep_compare_names(sorted[i], sorted[k]);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
}

static void check_labels(const char *const *path, int paths, const char *labels)
{
    sweep_result r = {0};
    vis_error err;
    assert_int_equal(sweep_list(path, paths, &r, &err), VIS_OK);
    char text[512] = "";
    for (int i = 0; i < r.rows; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                 r.row[i].label);
    assert_string_equal(text, labels);
    sweep_free(&r);
}

static void test_labels_are_as_short_as_they_may_be(void **state)
{
    check_labels((const char *[]){"m/99.pth", "m/100.pth", "m/99.pth"}, 3, "99.pth 100.pth");
    check_labels((const char *[]){"b/99.pth", "a/99.pth", "a/5.pth"}, 3,
                 "a/5.pth a/99.pth b/99.pth");
    check_labels((const char *[]){"/x/a/9.pth", "/y/a/9.pth"}, 2, "x/a/9.pth y/a/9.pth");
    check_labels((const char *[]){"9.pth", "/9.pth"}, 2, "/9.pth 9.pth");
}

static void test_numbers_of_names(void **state)
{
    const char *path[] = {"7.pth", "8.onnx", "9.pth.bak", "best.pth"};
    sweep_result r = {0};
    assert_int_equal(sweep_list(path, 4, &r, NULL), VIS_OK);
    assert_int_equal(r.row[0].number, 7);
    assert_int_equal(r.row[1].number, 8);
    assert_int_equal(r.row[2].number, -1);
    assert_int_equal(r.row[3].number, -1);
    sweep_free(&r);
}

static void test_too_many_and_none(void **state)
{
    char name[SWEEP_MAX + 1][16];
    const char *path[SWEEP_MAX + 1];
    for (int i = 0; i <= SWEEP_MAX; i++) {
        snprintf(name[i], sizeof name[i], "%d.pth", i);
        path[i] = name[i];
    }
    sweep_result r = {0};
    vis_error err;
    assert_int_equal(sweep_list(path, SWEEP_MAX, &r, &err), VIS_OK);
    assert_int_equal(r.rows, SWEEP_MAX);
    sweep_free(&r);
    assert_int_equal(sweep_list(path, SWEEP_MAX + 1, &r, &err), VIS_ERR_LIMIT);
    sweep_free(&r);
    assert_int_equal(sweep_list(path, 0, &r, &err), VIS_ERR_USAGE);
    sweep_free(&r);
}

static void test_folders(void **state)
{
    char folder[] = "/tmp/sweep_XXXXXX", file[64];
    assert_non_null(mkdtemp(folder));
    const char *path[] = {folder};
    sweep_result r = {0};
    vis_error err;
    assert_int_equal(sweep_list(path, 1, &r, &err), VIS_ERR_OPEN);
    assert_non_null(strstr(err.message, "N.pth"));
    sweep_free(&r);
    const char *names[] = {"100.pth", "20.pth", "best.pth"};
    for (int i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        FILE *made = fopen(file, "wb");
        assert_non_null(made);
        fclose(made);
    }
    check_labels(path, 1, "20.pth 100.pth");
    for (int i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        unlink(file);
    }
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_mask_ranks),
        cmocka_unit_test(test_ties_are_decided_by_the_mouth),
        cmocka_unit_test(test_a_tie_is_with_the_best_not_with_the_next),
        cmocka_unit_test(test_what_chance_explains_is_a_tie),
        cmocka_unit_test(test_held_out_frames_rank),
        cmocka_unit_test(test_no_overfitting_where_both_fall_or_both_rise),
        cmocka_unit_test(test_failures_come_last_in_their_order),
        cmocka_unit_test(test_names_in_natural_order),
        cmocka_unit_test(test_labels_are_as_short_as_they_may_be),
        cmocka_unit_test(test_numbers_of_names),
        cmocka_unit_test(test_too_many_and_none),
        cmocka_unit_test(test_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
