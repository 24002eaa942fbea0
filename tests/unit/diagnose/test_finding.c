/* tests/unit/diagnose/test_finding.c - findings are ranked, causes first; contracts are named;
 * outputs are told apart.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/memory.h"
#include "diagnose/finding.h"
#include "diagnose/inspect_runtime.h"
#include "paint/contract.h"

#include <math.h>
#include <string.h>

static void add(findings *list, const char *code, finding_stage stage, double severity)
{
    finding f = {.code = code,
                 .stage = stage,
                 .severity = severity,
                 .unit = "dB",
                 .title = text_format("%s", code),
                 .text = text_format("text"),
                 .advice = text_format("advice")};
    assert_int_equal(findings_add(list, f, NULL), VIS_OK);
}

static void causes_come_first(void **unused)
{
    findings list = {0};
    add(&list, "seam", FINDING_TRAINING, 90);
    add(&list, "lag", FINDING_DATA, 2);
    add(&list, "blur", FINDING_TRAINING, 91);
    add(&list, "not-finite", FINDING_CHECKPOINT, 1);
    add(&list, "channel-order", FINDING_CONTRACT, 50);
    add(&list, "length", FINDING_DATA, INFINITY);
    findings_rank(&list);
    static const char *const wanted[] = {"not-finite",    "length", "lag",
                                         "channel-order", "blur",   "seam"};
    assert_int_equal(list.count, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(list.item[i].code, wanted[i]);
    findings_free(&list);
    findings_rank(&list); /* empty is fine */
    assert_string_equal(finding_stage_name(FINDING_CHECKPOINT), "checkpoint");
    assert_string_equal(finding_stage_name(FINDING_TRAINING), "training");
}

static void a_text_that_could_not_be_made_is_an_error(void **unused)
{
    findings list = {0};
    finding f = {.code = "x", .title = text_format("title"), .advice = text_format("advice")};
    vis_error err;
    assert_int_equal(findings_add(&list, f, &err), VIS_ERR_MEMORY);
    assert_int_equal(list.count, 0);
    findings_free(&list);
}

static const deviation *deviation_called(const char *code)
{
    int count;
    const deviation *all = deviations_all(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(all[i].code, code) == 0) return &all[i];
    fail_msg("no deviation %s", code);
    return NULL;
}

static void contracts_are_named(void **unused)
{
    char text[512];
    contract declared = {{0}};
    assert_string_equal(contract_words(&declared, text, sizeof text), "as declared");
    contract c = contract_with(declared, deviation_called("channel-order"));
    /* the joint deviation says it all: neither half is told again */
    assert_string_equal(contract_words(&c, text, sizeof text), "RGB instead of BGR, in and out");
    c = contract_with(c, deviation_called("audio-tiled"));
    c.choice[AXIS_SHIFT] = -1;
    assert_string_equal(contract_words(&c, text, sizeof text),
                        "RGB instead of BGR, in and out; one feature row repeated instead of a "
                        "window; audio 1 frame earlier");
    char narrow[16];
    assert_int_equal(strlen(contract_words(&c, narrow, sizeof narrow)), sizeof narrow - 1);
}

/* Every deviation changes the declared contract, no two in the same way, and says what to do. */
static void deviations_differ(void **unused)
{
    int count;
    const deviation *all = deviations_all(&count);
    contract declared = {{0}};
    for (int i = 0; i < count; i++) {
        contract one = contract_with(declared, &all[i]);
        assert_false(contract_equal(&one, &declared));
        assert_true(all[i].words[0] && all[i].advice[0]);
        for (int k = 0; k < i; k++) {
            contract other = contract_with(declared, &all[k]);
            assert_false(contract_equal(&one, &other));
            assert_string_not_equal(all[i].code, all[k].code);
        }
    }
    contract heard = contract_with(declared, deviation_called("audio-zero"));
    assert_true(contract_same_picture(&heard, &declared));
    assert_false(contract_same_input(&heard, &declared));
    contract put = contract_with(declared, deviation_called("output-decoding"));
    assert_true(contract_same_input(&put, &declared));
    contract seen = contract_with(declared, deviation_called("mask-none"));
    assert_false(contract_same_picture(&seen, &declared));
}

static void outputs_are_told_apart(void **unused)
{
    float a[4] = {0.25f, 0.5f, 0.75f, 1}, b[4] = {0.25f, 0.5f, 0.5f, 1};
    assert_true(output_difference(a, a, 4) == 0);
    assert_true(output_difference(a, b, 4) == 0.25);
    b[1] = NAN;
    assert_true(isinf(output_difference(a, b, 4)));
    a[1] = NAN;
    assert_true(output_difference(a, b, 4) == 0.25); /* broken on both sides alike */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_come_first),
        cmocka_unit_test(a_text_that_could_not_be_made_is_an_error),
        cmocka_unit_test(contracts_are_named),
        cmocka_unit_test(deviations_differ),
        cmocka_unit_test(outputs_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
