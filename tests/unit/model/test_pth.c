/* Files of the real torch.save (tests/fixtures/make_pth.py): every form gives the same weights, and
 * an archive that lies about itself is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "base/file.h"
#include "formats/state_dict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vis_error err;

static vis_status read_fixture(const char *name, const vis_log *log, state_dict **dict)
{
    char path[1024];
    file_map map;
    snprintf(path, sizeof path, "%s/%s.pth", FIXTURES, name);
    assert_ok(file_map_open(path, &map, &err), err);
    vis_status status = state_dict_read(map.data, map.size, name, log, dict, &err);
    file_unmap(&map);
    return status;
}

/* a.weight [2, 3, 1, 1] = 0, 0.5, ... 2.5 and a.bias [2] = -1, 2 */
static void expect_weights(const state_dict *dict)
{
    const state_entry *weight = state_dict_find(dict, "a.weight"),
                      *bias = state_dict_find(dict, "a.bias");
    assert_non_null(weight);
    assert_non_null(bias);
    assert_int_equal(weight->value.rank, 4);
    assert_memory_equal(weight->value.dim, ((int64_t[]){2, 3, 1, 1}), 32);
    for (int i = 0; i < 6; i++)
        assert_true(tensor_f32(&weight->value)[i] == (float)i / 2);
    assert_int_equal(bias->value.rank, 1);
    assert_int_equal(bias->value.dim[0], 2);
    assert_true(tensor_f32(&bias->value)[0] == -1 && tensor_f32(&bias->value)[1] == 2);
    assert_null(state_dict_find(dict, "a"));
}

static void all_forms_agree(void **state)
{
    static const struct {
        const char *name, *dtype, *container, *prefix;
    } cases[] = {
        {"float32", "float32", "", ""},
        {"float16", "float16", "", ""},
        {"bfloat16", "bfloat16", "", ""},
        {"float64", "float64", "", ""},
        {"shared", "float32", "", ""},
        {"strided", "float32", "", ""},
        {"nested", "float32", "state_dict.model", ""},
        {"float32_legacy", "float32", "", ""},
        {"float16_legacy", "float16", "", ""},
        {"bfloat16_legacy", "bfloat16", "", ""},
        {"float64_legacy", "float64", "", ""},
        {"shared_legacy", "float32", "", ""},
        {"strided_legacy", "float32", "", ""},
        {"nested_legacy", "float32", "state_dict.model", ""},
        {"module", "float32", "", "module."},
        {"protocol4", "float32", "", ""},
        {"parameters", "float32", "", ""},
        {"big_endian", "float32", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        state_dict *dict;
        assert_ok(read_fixture(cases[i].name, NULL, &dict), err);
        expect_weights(dict);
        assert_string_equal(dict->weights_dtype, cases[i].dtype);
        assert_string_equal(dict->container, cases[i].container);
        assert_string_equal(dict->prefix, cases[i].prefix);
        assert_int_equal(dict->legacy, strstr(cases[i].name, "legacy") != NULL);
        const state_entry *counter = state_dict_find(dict, "a.num_batches_tracked");
        if (counter) {
            assert_int_equal(counter->stored, STORED_INT64);
            assert_true(counter->value.rank == 0 && tensor_f32(&counter->value)[0] == 7);
        }
        state_dict_free(dict);
    }
}

static void lies_are_refused(void **state)
{
    state_dict *dict;
    assert_fails(read_fixture("lie_short", NULL, &dict), err, VIS_ERR_FORMAT,
                 "holds 20 bytes, its pickle says 24");
    assert_fails(read_fixture("lie_long", NULL, &dict), err, VIS_ERR_FORMAT, "holds 28 bytes");
    assert_fails(read_fixture("lie_missing", NULL, &dict), err, VIS_ERR_FORMAT,
                 "data/1 is missing");
    assert_fails(read_fixture("lie_checksum", NULL, &dict), err, VIS_ERR_FORMAT, "CRC");
    assert_fails(read_fixture("lie_reach", NULL, &dict), err, VIS_ERR_FORMAT,
                 "a.weight [2, 4, 1, 1] reaches beyond");
}

static void code_is_refused(void **state)
{
    state_dict *dict;
    assert_fails(read_fixture("evil", NULL, &dict), err, VIS_ERR_UNSUPPORTED,
                 ".system, which no checkpoint needs");
    assert_fails(read_fixture("evil_legacy", NULL, &dict), err, VIS_ERR_UNSUPPORTED,
                 ".system, which no checkpoint needs");
    assert_fails(read_fixture("script", NULL, &dict), err, VIS_ERR_UNSUPPORTED, "TorchScript");
    assert_fails(read_fixture("no_weights", NULL, &dict), err, VIS_ERR_UNSUPPORTED,
                 "epoch, lr (2 in all)");
}

/* Files cut short or with one byte changed: an answer, never a crash (sanitizers watch). */
static void survives_damage(void **state)
{
    static const char *const names[] = {"float32", "shared", "nested_legacy", "float16_legacy"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        char path[1024];
        buffer bytes;
        state_dict *dict;
        snprintf(path, sizeof path, "%s/%s.pth", FIXTURES, names[k]);
        buffer_init(&bytes, 1 << 20);
        assert_ok(file_read(path, &bytes, &err), err);
        for (size_t size = 0; size < bytes.size; size++) {
            uint8_t *cut = malloc(size ? size : 1);
            memcpy(cut, bytes.data, size);
            assert_int_not_equal(state_dict_read(cut, size, "cut", NULL, &dict, &err), VIS_OK);
            free(cut);
        }
        for (size_t at = 0; at < bytes.size; at++) {
            for (int change = 0; change < 3; change++) {
                uint8_t kept = bytes.data[at];
                bytes.data[at] = (uint8_t)(change == 0   ? kept ^ 0x80
                                           : change == 1 ? kept + 1
                                                         : 0xff);
                if (state_dict_read(bytes.data, bytes.size, "changed", NULL, &dict, &err) == VIS_OK)
                    state_dict_free(dict);
                bytes.data[at] = kept;
            }
        }
        buffer_free(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_agree),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(code_is_refused),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
