/* formats/onnx_node.c - taking attributes from an ONNX node.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formats/onnx_node.h"

#include <stdio.h>
#include <string.h>

#define MAX_LIST 64 /* numbers in an attribute that becomes an input */

vis_status onnx_node_fail(const onnx_node *n, vis_status status, const char *what)
{
    return vis_fail(n->err, status, "%s: node %s (%s): %s", n->path, n->name, n->proto->op_type,
                    what);
}

const Onnx__AttributeProto *onnx_attribute(onnx_node *n, const char *name)
{
    for (size_t i = 0; i < n->proto->n_attribute; i++) {
        const Onnx__AttributeProto *a = n->proto->attribute[i];
        if (a->name && strcmp(a->name, name) == 0) {
            n->taken |= (uint64_t)1 << i; /* onnx_convert has checked that there are at most 64 */
            return a;
        }
    }
    return NULL;
}

static vis_status wrong_attribute(const onnx_node *n, const char *name, const char *what)
{
    return vis_fail(n->err, VIS_ERR_UNSUPPORTED, "%s: node %s (%s): attribute %s %s", n->path,
                    n->name, n->proto->op_type, name, what);
}

vis_status onnx_take_int(onnx_node *n, const char *name, int64_t *value)
{
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    if (!a->has_i) return wrong_attribute(n, name, "is not an integer");
    *value = a->i;
    return VIS_OK;
}

vis_status onnx_take_float(onnx_node *n, const char *name, float *value)
{
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    if (!a->has_f) return wrong_attribute(n, name, "is not a number");
    *value = a->f;
    return VIS_OK;
}

vis_status onnx_take_ints(onnx_node *n, const char *name, int64_t *value, int count)
{
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    if (a->n_ints != (size_t)count) {
        return wrong_attribute(n, name, "is not for two dimensions, the only ones handled");
    }
    memcpy(value, a->ints, (size_t)count * sizeof(*value));
    return VIS_OK;
}

vis_status onnx_take_choice(onnx_node *n, const char *name, const char *const *choices, int *choice)
{
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    for (int i = 0; a->has_s && choices[i]; i++) {
        if (a->s.len == strlen(choices[i]) && memcmp(a->s.data, choices[i], a->s.len) == 0) {
            *choice = i;
            return VIS_OK;
        }
    }
    return vis_fail(n->err, VIS_ERR_UNSUPPORTED,
                    "%s: node %s (%s): attribute %s = \"%.*s\" is not handled", n->path, n->name,
                    n->proto->op_type, name, a->s.len > 40 ? 40 : (int)a->s.len,
                    a->s.data ? (const char *)a->s.data : "");
}

vis_status onnx_take_fixed(onnx_node *n, const char *name, int64_t only)
{
    int64_t value = only;
    VIS_TRY(onnx_take_int(n, name, &value));
    return value == only ? VIS_OK : wrong_attribute(n, name, "has a value that is not handled");
}

/* Puts a new constant in as input number `at`; inputs before it that were not given become
 * GRAPH_NONE. */
static vis_status set_input(onnx_node *n, const char *name, tensor *t, int at)
{
    char key[128];
    while (n->n_inputs <= at) {
        n->input[n->n_inputs++] = GRAPH_NONE;
    }
    snprintf(key, sizeof(key), "%.96s.%.16s", n->name, name);
    return graph_add_constant(n->g, key, t, &n->input[at], n->err);
}

vis_status onnx_ints_to_input(onnx_node *n, const char *name, int at)
{
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    if (a->n_ints > MAX_LIST) return wrong_attribute(n, name, "is too long");
    tensor t;
    int64_t count = (int64_t)a->n_ints;
    VIS_TRY(tensor_create(&t, TENSOR_I64, 1, &count, n->err));
    if (count) memcpy(t.data, a->ints, a->n_ints * sizeof(int64_t));
    return set_input(n, name, &t, at);
}

vis_status onnx_floats_to_input(onnx_node *n, const char *name, int at)
{
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    if (a->n_floats > MAX_LIST) return wrong_attribute(n, name, "is too long");
    tensor t;
    int64_t count = (int64_t)a->n_floats;
    VIS_TRY(tensor_create(&t, TENSOR_F32, 1, &count, n->err));
    if (count) memcpy(t.data, a->floats, a->n_floats * sizeof(float));
    return set_input(n, name, &t, at);
}

vis_status onnx_float_to_input(onnx_node *n, const char *name, int at)
{
    float value = 0;
    const Onnx__AttributeProto *a = onnx_attribute(n, name);
    if (!a) return VIS_OK;
    VIS_TRY(onnx_take_float(n, name, &value));
    tensor t;
    VIS_TRY(tensor_create(&t, TENSOR_F32, 0, NULL, n->err));
    tensor_f32(&t)[0] = value;
    return set_input(n, name, &t, at);
}

vis_status onnx_node_finish(onnx_node *n)
{
    for (size_t i = 0; i < n->proto->n_attribute; i++) {
        const char *name = n->proto->attribute[i]->name;
        if (!(n->taken >> i & 1)) return wrong_attribute(n, name ? name : "?", "is not known here");
    }
    return VIS_OK;
}
