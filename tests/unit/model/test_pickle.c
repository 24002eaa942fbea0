/* The pickle machine: what it builds, what it refuses and how it says so, and that damage stays
 * harmless.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "formats/pickle.h"

#include <stdlib.h>
#include <string.h>

static pickle_arena *arena;
static uint8_t *kept[64]; /* what has been read: values point into it */
static int n_kept;
static vis_error err;

static int make_arena(void **state)
{
    return pickle_arena_create(&arena, &err) == VIS_OK ? 0 : -1;
}

static int free_arena(void **state)
{
    pickle_arena_free(arena);
    while (n_kept > 0)
        free(kept[--n_kept]);
    return 0;
}

static vis_status read_bytes(const void *bytes, size_t size, const pickle_value **v)
{
    /* A copy that ends where the bytes end, so that a sanitizer sees any step beyond. */
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    vis_status status = pickle_read(arena, copy, size, "file.pth", 0, v, NULL, &err);
    if (status == VIS_OK) {
        assert_true(n_kept < 64);
        kept[n_kept++] = copy;
    } else {
        free(copy);
    }
    return status;
}

#define READ(text, v) read_bytes(text, sizeof(text) - 1, v)

static void plain_values(void **state)
{
    const pickle_value *v;
    assert_ok(READ("\x80\x02N.", &v), err);
    assert_int_equal(v->type, PICKLE_NONE);
    assert_ok(READ("\x80\x02\x88.", &v), err);
    assert_true(v->type == PICKLE_BOOL && v->truth);
    assert_ok(READ("\x80\x02J\xfe\xff\xff\xff.", &v), err);
    assert_true(v->type == PICKLE_INT && v->integer == -2);
    assert_ok(READ("\x80\x02\x8a\x03\x01\x02\x80.", &v), err); /* LONG1, negative */
    assert_true(v->type == PICKLE_INT && v->integer == (int64_t)0xffffffffff800201u);
    assert_ok(READ("\x80\x02\x8a\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09.", &v), err);
    assert_true(v->type == PICKLE_LONG && v->text.size == 9);
    assert_ok(READ("\x80\x02G\x3f\xf8\0\0\0\0\0\0.", &v), err);
    assert_true(v->type == PICKLE_FLOAT && v->real == 1.5);
    assert_ok(READ("\x80\x02X\x03\0\0\0abc.", &v), err);
    assert_true(v->type == PICKLE_TEXT && pickle_text_is(&v->text, "abc"));
}

static void containers(void **state)
{
    const pickle_value *v;
    /* {"a": [1, 2], "b": (True, {})} */
    assert_ok(READ("\x80\x02}q\0(X\x01\0\0\0a](K\x01K\x02"
                   "eX\x01\0\0\0b\x88}\x86u.",
                   &v),
              err);
    const pickle_value *a = pickle_dict_get(v, "a"), *b = pickle_dict_get(v, "b");
    assert_true(a && a->type == PICKLE_LIST && a->items.count == 2 && a->items.at[1]->integer == 2);
    assert_true(b && b->type == PICKLE_TUPLE && b->items.count == 2);
    assert_null(pickle_dict_get(v, "c"));
    /* The later of two equal keys counts. */
    assert_ok(READ("\x80\x02}(X\x01\0\0\0aK\x01X\x01\0\0\0aK\x02u.", &v), err);
    assert_int_equal(pickle_dict_get(v, "a")->integer, 2);
    /* A list that contains itself is fine: nobody recurses. */
    assert_ok(READ("\x80\x02]q\0h\0a.", &v), err);
    assert_ptr_equal(v->items.at[0], v);
    /* An OrderedDict with attributes set on it, as a state dict has them. */
    assert_ok(READ("\x80\x02"
                   "ccollections\nOrderedDict\n)R(X\x01\0\0\0aK\x07u}X\x01\0\0\0mK\x01sb.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_DICT);
    assert_int_equal(pickle_dict_get(v, "a")->integer, 7);
}

static void tensors(void **state)
{
    const pickle_value *v;
    assert_ok(READ("\x80\x02"
                   "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nHalfStorage\n"
                   "X\x01\0\0\0"
                   "0X\x03\0\0\0cpuK\x14tQK\x02K\x02K\x03\x86K\x01K\x04\x86\x89NtR.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_TENSOR);
    assert_int_equal(v->tensor.dtype, STORED_FLOAT16);
    assert_int_equal(v->tensor.offset, 2);
    assert_int_equal(v->tensor.rank, 2);
    assert_true(pickle_size(&v->tensor, 1) == 3 && pickle_stride(&v->tensor, 1) == 4);
    assert_int_equal(v->tensor.storage->count, 20);
}

/* Very old streams keep a storage as a piece of another: (key, offset, count) instead of None. */
static void views_of_storages(void **state)
{
    const pickle_value *v;
    assert_ok(READ("\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\n"
                   "X\x01\0\0\0"
                   "0X\x03\0\0\0cpuK\x14X\x01\0\0\0vK\x05K\x06\x87tQ.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_STORAGE);
    assert_int_equal(v->storage.count, 20);
    assert_int_equal(v->storage.view_offset, 5);
    assert_fails(READ("\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\n"
                      "X\x01\0\0\0"
                      "0X\x03\0\0\0cpuK\x14K\x05tQ.",
                      &v),
                 err, VIS_ERR_FORMAT, "view");
}

static void refuses_globals(void **state)
{
    const pickle_value *v;
    assert_fails(READ("\x80\x02N0cos\nsystem\nX\x02\0\0\0ls\x85R.", &v), err, VIS_ERR_UNSUPPORTED,
                 "byte 4 of the pickle asks for os.system");
    assert_fails(READ("\x80\x04\x8c\x08"
                      "builtins\x8c\x04"
                      "eval\x93.",
                      &v),
                 err, VIS_ERR_UNSUPPORTED, "builtins.eval");
    assert_fails(READ("\x80\x02"
                      "ctorch\nFloatStorage\n)R.",
                      &v),
                 err, VIS_ERR_FORMAT, "cannot be called");
    /* A line break smuggled into a name cannot break the one-line message. */
    assert_fails(READ("\x80\x04\x8c\x06"
                      "os.\na\nX\x01\0\0\0"
                      "c\x93.",
                      &v),
                 err, VIS_ERR_UNSUPPORTED, "os.?a?.c");
    assert_null(strchr(err.message, '\n'));
}

/* What no tensor needs becomes an object that keeps its class's name and what was put into it. */
static void unknown_objects_are_opaque(void **state)
{
    const pickle_value *v, *inner;
    assert_ok(READ("\x80\x02"
                   "cargparse\nNamespace\n)\x81}X\x02\0\0\0lrK\x01sb.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_OBJECT);
    assert_true(v->object.made_by->type == PICKLE_UNKNOWN &&
                pickle_text_is(&v->object.made_by->unknown.name, "Namespace"));
    assert_int_equal(pickle_dict_get(v->object.state, "lr")->integer, 1);
    /* Called, called again, filled as a dict and as a list, made with names. */
    assert_ok(READ("\x80\x02"
                   "ca\nb\nK\x01\x85R)R(X\x01\0\0\0kK\x02uK\x03"
                   "a.",
                   &v),
              err);
    assert_true(v->type == PICKLE_OBJECT && v->object.items.count == 2);
    assert_ok(READ("\x80\x04\x8c\x01"
                   "a\x8c\x01"
                   "b\x93)}\x92.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_OBJECT);
    assert_ok(READ("\x80\x04(K\x01K\x02\x91.", &v), err); /* FROZENSET */
    assert_int_equal(v->type, PICKLE_SET);
    assert_ok(READ("\x80\x02"
                   "ccollections\ndefaultdict\ncbuiltins\nlist\n\x85RX\x01\0\0\0kK\x05s.",
                   &v),
              err);
    inner = pickle_dict_get(v, "k");
    assert_true(v->type == PICKLE_DICT && inner && inner->integer == 5);
    /* A storage of a type that is not known, and the tensor on it. */
    assert_ok(
        READ("\x80\x02"
             "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nQUInt4x2Storage\n"
             "X\x01\0\0\0"
             "0X\x03\0\0\0cpuK\x14tQK\x02K\x02\x85K\x01\x85\x89NtR.",
             &v),
        err);
    assert_int_equal(v->type, PICKLE_OBJECT);
}

/* A NumPy scalar is a number: type "i8" in little-endian order, eight bytes. */
static void numpy_scalars_are_numbers(void **state)
{
    const pickle_value *v;
    assert_ok(READ("\x80\x04"
                   "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n\x8c\x02i8\x89\x88\x87R"
                   "(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tbC\x08"
                   "\xfe\xff\xff\xff\xff\xff\xff\xff\x86R.",
                   &v),
              err);
    assert_true(v->type == PICKLE_INT && v->integer == -2);
    /* Big-endian, of another size, of a type that is none: opaque. */
    assert_ok(READ("\x80\x04"
                   "cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\n\x8c\x02i8\x89\x88\x87R"
                   "(K\x03\x8c\x01>NNNNNK\0tbC\x08"
                   "\0\0\0\0\0\0\0\x01\x86R.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_OBJECT);
    assert_ok(READ("\x80\x04"
                   "cnumpy.core.multiarray\nscalar\n\x8c\x02i8C\x01\x01\x86R.",
                   &v),
              err);
    assert_int_equal(v->type, PICKLE_OBJECT);
}

static void refuses_opcodes(void **state)
{
    const pickle_value *v;
    assert_fails(READ("\x80\x02(ios\nsystem\n.", &v), err, VIS_ERR_UNSUPPORTED, "INST");
    assert_fails(READ("\x80\x02\x82\x01.", &v), err, VIS_ERR_UNSUPPORTED, "EXT1");
    assert_fails(READ("\x80\x02\xfe.", &v), err, VIS_ERR_UNSUPPORTED, "0xfe");
    assert_fails(READ("\x80\x07.", &v), err, VIS_ERR_FORMAT, "protocol");
}

static void refuses_nonsense(void **state)
{
    const pickle_value *v;
    assert_fails(READ("\x80\x02.", &v), err, VIS_ERR_FORMAT, "empty stack");
    assert_fails(READ("\x80\x02h\x05.", &v), err, VIS_ERR_FORMAT, "never stored");
    assert_fails(READ("\x80\x02t.", &v), err, VIS_ERR_FORMAT, "mark");
    assert_fails(READ("\x80\x02N(0.", &v), err, VIS_ERR_FORMAT, "empty stack"); /* below a mark */
    assert_fails(READ("\x80\x02}K\x01"
                      "a.",
                      &v),
                 err, VIS_ERR_FORMAT, "container");
    assert_fails(READ("\x80\x02}(K\x01u.", &v), err, VIS_ERR_FORMAT, "without a value");
    assert_fails(READ("\x80\x02Nr\xff\xff\xff\xff.", &v), err, VIS_ERR_FORMAT, "memo");
    /* A number that the stream is too short to have come to. */
    assert_fails(READ("\x80\x02Nr\x0a\0\0\0.", &v), err, VIS_ERR_FORMAT, "memo");
    assert_fails(READ("\x80\x02X\xff\xff\xff\xff"
                      "abc.",
                      &v),
                 err, VIS_ERR_FORMAT, "cut short");
    assert_fails(READ("\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                      "abc.",
                      &v),
                 err, VIS_ERR_FORMAT, "cut");
}

static void bounds_depth(void **state)
{
    const pickle_value *v;
    uint8_t deep[PICKLE_MAX_DEPTH + 4] = {0x80, 2};
    memset(deep + 2, '(', sizeof deep - 2);
    assert_fails(read_bytes(deep, sizeof deep, &v), err, VIS_ERR_FORMAT, "too deeply");
}

/* Every prefix of a sound pickle, and every single byte of it changed: an answer, never a crash. */
static void survives_damage(void **state)
{
    static const char sound[] = "\x80\x02}q\0(X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n(("
                                "X\x07\0\0\0storagectorch\nLongStorage\n"
                                "X\x01\0\0\0"
                                "0X\x03\0\0\0cpuK\x14NtQK\x02K\x02K\x03\x86K\x01K\x04\x86\x89Nt\x52"
                                "q\x01X\x01\0\0\0bh\x01u.";
    const pickle_value *v;
    size_t size = sizeof sound - 1;
    assert_ok(read_bytes(sound, size, &v), err);
    for (size_t n = 0; n < size; n++)
        assert_int_equal(read_bytes(sound, n, &v), VIS_ERR_FORMAT);
    for (size_t n = 0; n < size; n++) {
        for (int byte = 0; byte < 256; byte++) {
            char changed[sizeof sound];
            memcpy(changed, sound, sizeof sound);
            changed[n] = (char)byte;
            pickle_arena *own;
            assert_ok(pickle_arena_create(&own, &err), err);
            (void)pickle_read(own, (const uint8_t *)changed, size, "file.pth", 0, &v, NULL, &err);
            pickle_arena_free(own);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_values, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(containers, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(tensors, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(views_of_storages, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(refuses_globals, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(unknown_objects_are_opaque, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(numpy_scalars_are_numbers, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(refuses_opcodes, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(refuses_nonsense, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(bounds_depth, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(survives_damage, make_arena, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
