/* tests/threads/test_judges.c - diagnose, compare and sweep judge at the same time as a video is
 * rendered: their answers are those that they give alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/api/small_character.h"
#include "compare/compare.h"
#include "compare/compare_json.h"
#include "crowd.h"
#include "diagnose/diagnose.h"
#include "diagnose/diagnosis_json.h"
#include "sweep/sweep.h"

enum { DIAGNOSE, COMPARE, SWEEP, RENDER, JUDGES };

static const char *model_path;

/* What each said, as text; to be freed. */
typedef struct answers {
    char *text[JUDGES];
    vis_status status[JUDGES];
    vis_error err[JUDGES];
    char *video;
} answers;

static void diagnose(answers *a)
{
    diagnose_options o = diagnose_defaults();
    diagnosis d;
    o.model = model_path;
    o.character = folder;
    o.frames = 3;
    o.run = 4;
    o.threads = 2;
    a->status[DIAGNOSE] = diagnose_run(&o, &d, &a->err[DIAGNOSE]);
    json_t *json = a->status[DIAGNOSE] == VIS_OK ? diagnosis_json(&d, &o) : NULL;
    a->text[DIAGNOSE] = json_dumps(json, JSON_SORT_KEYS);
    json_decref(json);
    diagnosis_free(&d);
}

static void compare(answers *a)
{
    compare_options o = {.a = model_path,
                         .b = model_path,
                         .start = -1,
                         .frames = 2,
                         .threads = 2,
                         .nodes = COMPARE_NODES_ALWAYS};
    comparison *c;
    a->status[COMPARE] = comparison_run(&o, &c, &a->err[COMPARE]);
    if (a->status[COMPARE] != VIS_OK) return;
    json_t *json = compare_json(comparison_result(c), VERDICT_BITS);
    a->text[COMPARE] = json_dumps(json, JSON_SORT_KEYS);
    json_decref(json);
    comparison_free(c);
}

static void sweep(answers *a)
{
    const char *paths[] = {model_path, model_path};
    sweep_options o = sweep_defaults();
    sweep_result r;
    o.path = paths;
    o.paths = 1;
    o.character = folder;
    o.frames = 3;
    o.threads = 2;
    a->status[SWEEP] = sweep_run(&o, &r, &a->err[SWEEP]);
    if (a->status[SWEEP] == VIS_OK)
        a->text[SWEEP] = text_format("%.17g %.17g %.17g", r.row[0].trained.psnr, r.row[0].sharpness,
                                     r.row[0].response);
    sweep_free(&r);
}

static void render(answers *a)
{
    vis_render_options o = vis_render_options_defaults();
    char *rows = in_folder("aud_ave.npy", 0), digest[65];
    o.model = model_path;
    o.character = folder;
    o.features = rows;
    o.output = a->video;
    o.preset = "ultrafast";
    o.no_sign = true; /* the same bytes each time */
    o.threads = 2;
    a->status[RENDER] = vis_render_video(&o, NULL, &a->err[RENDER]);
    if (a->status[RENDER] == VIS_OK && file_sha256(a->video, digest, NULL) == VIS_OK)
        a->text[RENDER] = text_copy(digest, 64);
    free(rows);
}

static void judge(void *argument, int number)
{
    void (*const judges[JUDGES])(answers *) = {diagnose, compare, sweep, render};
    judges[number](argument);
}

static void free_answers(answers *a)
{
    for (int i = 0; i < JUDGES; i++)
        free(a->text[i]);
    free(a->video);
}

static void judges_answer_as_they_do_alone(void **state)
{
    answers alone = {.video = in_folder("alone.mp4", 0)};
    answers together = {.video = in_folder("together.mp4", 0)};
    for (int i = 0; i < JUDGES; i++)
        judge(&alone, i);
    crowd_run(JUDGES, judge, &together);
    for (int i = 0; i < JUDGES; i++) {
        if (alone.status[i] != VIS_OK) fail_msg("%s", alone.err[i].message);
        if (together.status[i] != VIS_OK) fail_msg("%s", together.err[i].message);
        assert_non_null(alone.text[i]);
        assert_string_equal(together.text[i], alone.text[i]);
    }
    free_answers(&alone);
    free_answers(&together);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    model_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_answer_as_they_do_alone),
    };
    return cmocka_run_group_tests(tests, make_character, remove_character);
}
