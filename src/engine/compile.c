/* engine/compile.c - from a graph to a program.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/kernels_i16.h"
#include "engine/layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void lowering_free(lowering *l)
{
    for (int i = 0; l->compose && i < l->g->n_values; i++) {
        if (!l->compose[i].layer) continue;
        conv_layer_free(l->compose[i].layer);
        free(l->compose[i].layer);
    }
    free(l->compose);
    free(l->plain);
    free(l->nhwc);
    free(l->readers);
    free(l->reader);
    free(l->is_output);
    free(l->writer);
    free(l->done);
}

/* Empty maps, and who reads and writes each value. */
static vis_status lowering_init(lowering *l, nn_program *p, const graph *g,
                                const nn_options *options, vis_error *err)
{
    size_t values = (size_t)g->n_values + 1;
    *l = (lowering){.p = p, .g = g, .lower_late = lower_put_off};
    if (options) {
        l->reference = options->reference;
        l->cache_inputs = options->cache_inputs;
        l->i16 = options->fast && options->sample && nn_kernels_i16_best();
    }
    l->plain = malloc(values * sizeof(int));
    l->nhwc = malloc(values * sizeof(int));
    l->writer = malloc(values * sizeof(int));
    l->reader = malloc(values * sizeof(int));
    l->is_output = calloc(values, sizeof(bool));
    l->compose = calloc(values, sizeof *l->compose);
    l->readers = calloc(values, sizeof(int));
    l->done = calloc((size_t)g->n_nodes + 1, sizeof(bool));
    if (!l->plain || !l->nhwc || !l->writer || !l->reader || !l->is_output || !l->compose ||
        !l->readers || !l->done)
        return vis_fail_memory(err, "network program");
    for (int i = 0; i < g->n_values; i++)
        l->plain[i] = l->nhwc[i] = l->writer[i] = l->reader[i] = -1;
    for (int i = 0; i < g->n_nodes; i++) {
        for (int k = 0; k < g->node[i].n_inputs; k++) {
            int value = g->node[i].input[k];
            if (value < 0) continue;
            l->readers[value]++;
            l->reader[value] = i;
        }
        for (int k = 0; k < g->node[i].n_outputs; k++)
            if (g->node[i].output[k] >= 0) l->writer[g->node[i].output[k]] = i;
    }
    for (int i = 0; i < g->n_outputs; i++) {
        l->readers[g->output[i]]++;
        l->reader[g->output[i]] = -1;
        l->is_output[g->output[i]] = true;
    }
    return VIS_OK;
}

static vis_status add_inputs(lowering *l, vis_error *err)
{
    nn_program *p = l->p;
    p->n_inputs = l->g->n_inputs;
    for (int i = 0; i < l->g->n_inputs; i++) {
        int value = l->g->input[i], id;
        VIS_TRY(lowering_write(l, NN_PLAIN, value, &id, err));
        p->tensor[id].storage = NN_IN_INPUT;
        p->tensor[id].index = i;
        p->tensor[id].depends = (uint32_t)1 << i;
        p->input_shape[i] = lowering_shape(l, value);
    }
    return VIS_OK;
}

/* A result that only one plain arena tensor holds is written straight into the caller's array;
 * inputs, constants and repeated results are copied there. */
static vis_status add_outputs(lowering *l, vis_error *err)
{
    nn_program *p = l->p;
    p->n_outputs = l->g->n_outputs;
    for (int i = 0; i < l->g->n_outputs; i++) {
        int value = l->g->output[i], id;
        p->output_shape[i] = lowering_shape(l, value);
        VIS_TRY(lowering_read(l, NN_PLAIN, value, &id, err));
        if (p->tensor[id].storage == NN_IN_ARENA) {
            p->tensor[id].storage = NN_IN_OUTPUT;
            p->tensor[id].index = i;
            continue;
        }
        int copy;
        VIS_TRY(program_add_tensor(p, NN_PLAIN, &p->output_shape[i], 1, &copy, err));
        p->tensor[copy].storage = NN_IN_OUTPUT;
        p->tensor[copy].index = i;
        VIS_TRY(lower_copy(l, l->g->value[value].name, id, copy, err));
    }
    return VIS_OK;
}

static vis_status build(nn_program **out, const graph *g, const nn_options *options, vis_error *err)
{
    lowering l;
    nn_program *p = *out;
    p->kernels = nn_kernels_best();
    p->fast.decibel = INFINITY;
    vis_status status = lowering_init(&l, p, g, options, err);
    if (status == VIS_OK) status = add_inputs(&l, err);
    for (int i = 0; status == VIS_OK && i < g->n_nodes; i++)
        status = l.reference ? lower_reference(&l, &g->node[i], err) : lower_fast(&l, i, err);
    if (status == VIS_OK) status = add_outputs(&l, err);
    lowering_free(&l);
    if (status != VIS_OK) return status;
    if (options && !l.reference) VIS_TRY(program_limit(p, options, err));
    if (l.i16) VIS_TRY(program_make_fast(out, options, err));
    program_plan_cache(*out, l.cache_inputs);
    return program_plan(*out, err);
}

vis_status nn_compile(const graph *g, const graph_shape *inputs, int n_inputs,
                      const nn_options *options, nn_program **out, vis_error *err)
{
    resolved_graph *resolved;
    VIS_TRY(graph_resolve(g, inputs, n_inputs, &resolved, err));
    nn_program *p = calloc(1, sizeof *p);
    vis_status status = p ? build(&p, resolved_graph_get(resolved), options, err)
                          : vis_fail_memory(err, "network program");
    resolved_graph_free(resolved);
    if (status != VIS_OK) {
        nn_program_free(p);
        return status;
    }
    *out = p;
    return VIS_OK;
}

bool nn_has_fast(void)
{
    return nn_kernels_i16_best() != NULL;
}

bool nn_fast_passed_over(void)
{
    return nn_kernels_i16_passed_over();
}
