/* A fault planted into painted faces is the only finding, or the first where it has others in its
 * train; good faces have none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "diagnose/inspect_outputs.h"
#include "diagnose/inspect_training.h"
#include "faces.h"

#include <math.h>
#include <string.h>

#define FRAMES 64

typedef void (*plant)(picture *painted, int t);

/* Frames as a good network paints them, then `fault` (may be NULL). */
static appearance_result paint(plant fault)
{
    face_geometry g = face_small();
    appearance *a;
    appearance_result r;
    picture filmed = {0}, painted = {0};
    assert_int_equal(appearance_create(&g, &a, NULL), VIS_OK);
    for (int t = 0; t < FRAMES; t++) {
        face_draw(&filmed, face_opening(t));
        face_draw(&painted, 0.95 * face_opening(t) + 0.02);
        face_recolour(&painted, (double[]){1, 1, 0.99}, (double[]){1, 0, 2});
        if (fault) fault(&painted, t);
        assert_int_equal(appearance_add(a, t, &filmed, &painted, NULL), VIS_OK);
    }
    assert_int_equal(appearance_finish(a, &r, NULL), VIS_OK);
    appearance_free(a);
    picture_free(&filmed);
    picture_free(&painted);
    return r;
}

static void blurred(picture *p, int t)
{
    face_blur(p, 1.5);
}

static void tinted(picture *p, int t)
{
    face_recolour(p, (double[]){0.92, 1, 1}, (double[]){0, 0, 0});
}

static void framed(picture *p, int t)
{
    face_frame(p, 5, 20);
}

static void flickering(picture *p, int t)
{
    double by = t * 7 % 5 - 2;
    face_recolour(p, (double[]){1, 1, 1}, (double[]){2 * by, 2 * by, 2 * by});
}

static void restless(picture *p, int t)
{
    if (face_rests(t)) face_draw(p, t % 2);
}

static void still(picture *p, int t)
{
    face_draw(p, 0.5);
}

static void trembling(picture *p, int t)
{
    face_draw(p, face_rests(t) ? 0 : fmin(1.3 * face_opening(t), 1.4));
}

static void early(picture *p, int t)
{
    face_blotch(p, 6);
    face_frame(p, 2, 60);
}

static void washed(picture *p, int t)
{
    face_recolour(p, (double[]){0.5, 0.5, 0.5}, (double[]){127.5, 127.5, 127.5});
}

static void halved(picture *p, int t)
{
    face_recolour(p, (double[]){0.5, 0.5, 0.5}, (double[]){0, 0, 0});
}

static void stretched(picture *p, int t)
{
    face_recolour(p, (double[]){2, 2, 2}, (double[]){-127.5, -127.5, -127.5});
}

static void black(picture *p, int t)
{
    face_recolour(p, (double[]){0, 0, 0}, (double[]){0, 0, 0});
}

static void exchanged(picture *p, int t)
{
    face_exchange(p);
}

static void texts_are_whole(const finding *f)
{
    assert_true(strlen(f->title) > 10 && strlen(f->text) > 40 && strlen(f->advice) > 20);
    assert_true(f->severity >= 1 && !isnan(f->number) && f->unit[0] != 0);
}

static void good_faces_have_no_findings(void **state)
{
    findings list = {0};
    appearance_result r = paint(NULL);
    response hears = {.levels = 20, .gain = 4}, unknown = {.levels = NAN, .gain = NAN};
    assert_int_equal(inspect_training(&r, &hears, &list, NULL), VIS_OK);
    assert_int_equal(inspect_training(&r, &unknown, &list, NULL), VIS_OK);
    assert_int_equal(inspect_training(&r, NULL, &list, NULL), VIS_OK);
    assert_int_equal(inspect_outputs(&r, &list, NULL), VIS_OK);
    assert_int_equal(list.count, 0);
    findings_free(&list);
}

static void a_planted_fault_is_the_only_finding(void **state)
{
    static const struct {
        plant fault;
        const char *code;
        finding_stage stage;
    } cases[] = {
        {blurred, "blur", FINDING_TRAINING},
        {tinted, "colour-shift", FINDING_TRAINING},
        {framed, "seam", FINDING_TRAINING},
        {flickering, "jitter", FINDING_TRAINING},
        {trembling, "mouth-jitter", FINDING_TRAINING},
        {restless, "moves-in-silence", FINDING_TRAINING},
        {still, "still-mouth", FINDING_TRAINING},
        {washed, "washed-out", FINDING_CONTRACT},
        {halved, "too-dark", FINDING_CONTRACT},
        {stretched, "too-harsh", FINDING_CONTRACT},
        {black, "blank", FINDING_CONTRACT},
        {exchanged, "channel-order", FINDING_CONTRACT},
    };
#ifdef TESTS_RUN_SLOWLY
    const size_t step = 3;
#else
    const size_t step = 1;
#endif
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i += step) {
        findings list = {0};
        appearance_result r = paint(cases[i].fault);
        assert_int_equal(inspect_outputs(&r, &list, NULL), VIS_OK);
        assert_true(list.count > 0);
        assert_string_equal(list.item[0].code, cases[i].code);
        assert_int_equal(list.item[0].stage, cases[i].stage);
        assert_int_equal(list.count, 1);
        texts_are_whole(&list.item[0]);
        findings_free(&list);
    }
}

static void an_early_network_is_named_before_its_marks(void **state)
{
    findings list = {0};
    appearance_result r = paint(early);
    assert_int_equal(inspect_training(&r, NULL, &list, NULL), VIS_OK);
    findings_rank(&list);
    assert_true(list.count >= 2);
    assert_string_equal(list.item[0].code, "undertrained");
    assert_string_equal(list.item[1].code, "seam");
    assert_true(list.item[0].severity > list.item[1].severity);
    texts_are_whole(&list.item[0]);
    findings_free(&list);
}

static void a_low_psnr_alone_is_undertrained(void **state)
{
    findings list = {0};
    appearance_result r = paint(NULL);
    r.psnr = r.psnr_recoloured = 18;
    assert_int_equal(inspect_training(&r, NULL, &list, NULL), VIS_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].code, "undertrained");
    assert_true(list.item[0].number == 18);
    findings_free(&list);
}

static void a_deaf_network_explains_a_still_mouth(void **state)
{
    findings list = {0};
    appearance_result r = paint(still);
    response deaf = {.levels = 0.5, .gain = 0.1};
    assert_int_equal(inspect_training(&r, &deaf, &list, NULL), VIS_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].code, "ignores-audio");
    assert_true(list.item[0].threshold == r.filmed_motion);
    texts_are_whole(&list.item[0]);
    findings_free(&list);
}

static void what_was_not_measured_is_not_judged(void **state)
{
    findings list = {0};
    appearance_result r = {.frames = 1, .psnr = 30, .psnr_recoloured = 30, .spread = {50, 50}};
    r.sharpness = r.jitter = r.tremble = r.filmed_motion = r.painted_motion = NAN;
    r.filmed_rest = r.rest_motion = NAN;
    for (int c = 0; c < 3; c++)
        r.gain[c] = 1;
    response unknown = {.levels = NAN, .gain = NAN};
    assert_int_equal(inspect_training(&r, &unknown, &list, NULL), VIS_OK);
    assert_int_equal(inspect_outputs(&r, &list, NULL), VIS_OK);
    assert_int_equal(list.count, 0);
    findings_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_faces_have_no_findings),
        cmocka_unit_test(a_planted_fault_is_the_only_finding),
        cmocka_unit_test(an_early_network_is_named_before_its_marks),
        cmocka_unit_test(a_low_psnr_alone_is_undertrained),
        cmocka_unit_test(a_deaf_network_explains_a_still_mouth),
        cmocka_unit_test(what_was_not_measured_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
