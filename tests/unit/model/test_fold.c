/* Constant folding, operator by operator, against results worked out by hand (NumPy's, where it has
 * the operation).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "graph/fold.h"
#include "graph/infer_shape.h"

#include <string.h>

static vis_error err;

/* An operand on the stack. */
typedef struct operand {
    tensor t;
    value_fact fact;
    _Alignas(64) double room[16];
} operand;

static value_fact *make(operand *o, tensor_dtype dtype, int rank, const int64_t *dim,
                        const void *numbers)
{
    int64_t count = 1;
    o->t = (tensor){.dtype = dtype, .rank = rank, .data = o->room};
    o->fact = (value_fact){.dtype = dtype, .rank = rank, .constant = &o->t};
    for (int i = 0; i < rank; i++) {
        o->t.dim[i] = o->fact.dim[i] = dim[i];
        count *= dim[i];
    }
    memcpy(o->room, numbers, (size_t)count * tensor_element_size(dtype));
    return &o->fact;
}

static value_fact *list(operand *o, int64_t count, const int64_t *numbers)
{
    return make(o, TENSOR_I64, 1, &count, numbers);
}

#define LIST(o, ...)                                                                               \
    list(o, (int64_t)(sizeof((int64_t[]){__VA_ARGS__}) / 8), (const int64_t[]){__VA_ARGS__})

static vis_status fold(graph_op op, const graph_attributes *attr, int n,
                       const value_fact *const *in, tensor *result)
{
    graph_node node = {.op = op, .name = (char *)(uintptr_t) "n", .n_inputs = n};
    value_fact out;
    if (attr) node.attr = *attr;
    VIS_TRY(infer_shape(&node, in, &out, &err));
    assert_true(fold_possible(&node, in));
    return fold_node(&node, in, &out, result, &err);
}

static void expect(const tensor *t, tensor_dtype dtype, int64_t count, const void *numbers)
{
    assert_int_equal(t->dtype, dtype);
    assert_int_equal(tensor_count(t), count);
    assert_memory_equal(t->data, numbers, (size_t)count * tensor_element_size(dtype));
}

#define EXPECT_INTS(t, ...)                                                                        \
    expect(t, TENSOR_I64, (int64_t)(sizeof((int64_t[]){__VA_ARGS__}) / 8),                         \
           (const int64_t[]){__VA_ARGS__})

static void binary_integers(void **state)
{
    static const struct {
        graph_op op;
        bool fmod;
        int64_t want[4];
    } cases[] = {
        {OP_ADD, false, {10, -4, 4, -10}},   {OP_SUB, false, {4, -10, 10, -4}},
        {OP_MUL, false, {21, -21, -21, 21}}, {OP_DIV, false, {2, -2, -2, 2}},
        {OP_MOD, false, {1, 2, -2, -1}},     {OP_MOD, true, {1, -1, 1, -1}},
        {OP_MIN, false, {3, -7, -3, -7}},    {OP_MAX, false, {7, 3, 7, -3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        operand a, b;
        tensor t;
        graph_attributes attr = {.fmod = cases[i].fmod};
        const value_fact *in[] = {LIST(&a, 7, -7, 7, -7), LIST(&b, 3, 3, -3, -3)};
        assert_ok(fold(cases[i].op, &attr, 2, in, &t), err);
        expect(&t, TENSOR_I64, 4, cases[i].want);
        tensor_free(&t);
    }
}

static void integer_division_by_zero(void **state)
{
    operand a, b;
    tensor t;
    const value_fact *in[] = {LIST(&a, 1), LIST(&b, 0)};
    assert_fails(fold(OP_DIV, NULL, 2, in, &t), err, VIS_ERR_FORMAT, "division by zero");
    in[0] = LIST(&a, INT64_MIN);
    in[1] = LIST(&b, -1);
    assert_fails(fold(OP_MOD, NULL, 2, in, &t), err, VIS_ERR_FORMAT, "division by zero");
}

static void broadcasting(void **state)
{
    operand a, b;
    tensor t;
    const value_fact *in[] = {make(&a, TENSOR_I64, 2, (int64_t[]){2, 1}, (int64_t[]){10, 20}),
                              LIST(&b, 1, 2, 3)};
    assert_ok(fold(OP_ADD, NULL, 2, in, &t), err);
    assert_true(t.rank == 2 && t.dim[0] == 2 && t.dim[1] == 3);
    EXPECT_INTS(&t, 11, 12, 13, 21, 22, 23);
    tensor_free(&t);
    in[0] = LIST(&a, 1, 2);
    assert_fails(fold(OP_ADD, NULL, 2, in, &t), err, VIS_ERR_FORMAT, "[2] and [3]");
}

static void moving(void **state)
{
    operand x, i1, i2, i3, i4;
    tensor t;
    graph_attributes axis0 = {.axis = 0}, axis1 = {.axis = 1};
    const value_fact *m = make(&x, TENSOR_I64, 2, (int64_t[]){2, 3}, (int64_t[]){1, 2, 3, 4, 5, 6});

    assert_ok(fold(OP_CONCAT, &axis1, 2, (const value_fact *[]){m, m}, &t), err);
    EXPECT_INTS(&t, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
    tensor_free(&t);
    assert_ok(fold(OP_GATHER, &axis1, 2, (const value_fact *[]){m, LIST(&i1, -1, 0)}, &t), err);
    EXPECT_INTS(&t, 3, 1, 6, 4);
    tensor_free(&t);
    assert_fails(fold(OP_GATHER, &axis0, 2, (const value_fact *[]){m, LIST(&i1, 2)}, &t), err,
                 VIS_ERR_FORMAT, "index");
    assert_ok(fold(OP_TRANSPOSE, NULL, 1, (const value_fact *[]){m}, &t), err);
    EXPECT_INTS(&t, 1, 4, 2, 5, 3, 6);
    tensor_free(&t);
    const value_fact *cut[] = {m, LIST(&i1, -1), LIST(&i2, -1000), LIST(&i3, 1), LIST(&i4, -2)};
    assert_ok(fold(OP_SLICE, NULL, 5, cut, &t), err);
    EXPECT_INTS(&t, 3, 1, 6, 4);
    tensor_free(&t);
    assert_ok(fold(OP_PAD, NULL, 2, (const value_fact *[]){m, LIST(&i1, 0, 1, 1, -1)}, &t), err);
    EXPECT_INTS(&t, 0, 1, 2, 0, 4, 5, 0, 0, 0);
    tensor_free(&t);
    graph_attributes edge = {.pad = PAD_EDGE};
    assert_ok(fold(OP_PAD, &edge, 2, (const value_fact *[]){m, LIST(&i1, 0, 1, 0, 1)}, &t), err);
    EXPECT_INTS(&t, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6);
    tensor_free(&t);
    assert_ok(
        fold(OP_EXPAND, NULL, 2, (const value_fact *[]){LIST(&i2, 8, 9), LIST(&i1, 2, 1)}, &t),
        err);
    EXPECT_INTS(&t, 8, 9, 8, 9);
    tensor_free(&t);
}

static void comparing_and_choosing(void **state)
{
    operand a, b, c;
    tensor t, u;
    const value_fact *in[] = {LIST(&a, 1, 2, 3), LIST(&b, 3, 2, 1)};
    assert_ok(fold(OP_LESS, NULL, 2, in, &t), err);
    expect(&t, TENSOR_BOOL, 3, (uint8_t[]){1, 0, 0});
    const value_fact *where[] = {make(&c, TENSOR_BOOL, 1, (int64_t[]){3}, t.data), in[0], in[1]};
    assert_ok(fold(OP_WHERE, NULL, 3, where, &u), err);
    EXPECT_INTS(&u, 1, 2, 1);
    tensor_free(&u);
    assert_ok(fold(OP_NOT, NULL, 1, where, &u), err);
    expect(&u, TENSOR_BOOL, 3, (uint8_t[]){0, 1, 1});
    tensor_free(&u);
    tensor_free(&t);
}

static void casting(void **state)
{
    operand a;
    tensor t;
    graph_attributes to_i64 = {.to = TENSOR_I64}, to_bool = {.to = TENSOR_BOOL};
    const float floats[] = {-1.9f, 2.5f, 1e30f, 0.0f};
    const value_fact *in[] = {make(&a, TENSOR_F32, 1, (int64_t[]){4}, floats)};
    assert_ok(fold(OP_CAST, &to_i64, 1, in, &t), err);
    EXPECT_INTS(&t, -1, 2, INT64_MAX, 0);
    tensor_free(&t);
    assert_ok(fold(OP_CAST, &to_bool, 1, in, &t), err);
    expect(&t, TENSOR_BOOL, 4, (uint8_t[]){1, 1, 1, 0});
    tensor_free(&t);
    assert_ok(fold(OP_FLOOR, NULL, 1, in, &t), err);
    expect(&t, TENSOR_F32, 4, (float[]){-2.0f, 2.0f, 1e30f, 0.0f});
    tensor_free(&t);
}

static void generating(void **state)
{
    operand a, b, c;
    tensor t;
    graph_attributes fives = {.fill = {TENSOR_I64, 5}};
    assert_ok(fold(OP_CONSTANT_OF_SHAPE, &fives, 1, (const value_fact *[]){LIST(&a, 2, 2)}, &t),
              err);
    EXPECT_INTS(&t, 5, 5, 5, 5);
    tensor_free(&t);
    int64_t scalars[] = {2, 9, 3};
    const value_fact *in[] = {make(&a, TENSOR_I64, 0, NULL, &scalars[0]),
                              make(&b, TENSOR_I64, 0, NULL, &scalars[1]),
                              make(&c, TENSOR_I64, 0, NULL, &scalars[2])};
    assert_ok(fold(OP_RANGE, NULL, 3, in, &t), err);
    EXPECT_INTS(&t, 2, 5, 8);
    tensor_free(&t);
    graph_attributes middle = {.shape = {1, -1}};
    value_fact x = {.rank = 4, .dim = {7, 8, 9, 10}}; /* its shape is known, its numbers are not */
    assert_ok(fold(OP_SHAPE, &middle, 1, (const value_fact *[]){&x}, &t), err);
    EXPECT_INTS(&t, 8, 9);
    tensor_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_integers),
        cmocka_unit_test(integer_division_by_zero),
        cmocka_unit_test(broadcasting),
        cmocka_unit_test(moving),
        cmocka_unit_test(comparing_and_choosing),
        cmocka_unit_test(casting),
        cmocka_unit_test(generating),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
