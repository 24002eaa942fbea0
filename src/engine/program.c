/* engine/program.c - building, asking and freeing a compiled network.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/program.h"

#include "engine/cpu/kernels.h"

#include <stdlib.h>
#include <string.h>

struct nn_block {
    nn_block *next;
    size_t bytes;                                                  /* of all */
    char padding[VIS_ALIGN - sizeof(nn_block *) - sizeof(size_t)]; /* the payload stays aligned */
};

vis_status program_alloc(nn_program *p, size_t count, size_t size, void **out, vis_error *err)
{
    size_t bytes;
    if (!size_mul(count, size, &bytes) || !size_add(bytes, sizeof(nn_block), &bytes))
        return vis_fail(err, VIS_ERR_LIMIT, "network weights: size overflows");
    nn_block *block = aligned_calloc(bytes, 1);
    if (!block) return vis_fail_memory(err, "network weights");
    block->next = p->blocks;
    block->bytes = bytes;
    p->blocks = block;
    p->block_bytes += bytes;
    *out = block + 1;
    return VIS_OK;
}

void program_release(nn_program *p, const void *memory)
{
    for (nn_block **at = &p->blocks; *at; at = &(*at)->next) {
        nn_block *block = *at;
        if (block + 1 != memory) continue;
        *at = block->next;
        p->block_bytes -= block->bytes;
        aligned_free(block);
        return;
    }
}

void program_take_memory(nn_program *p, nn_program *from)
{
    nn_block **end = &p->blocks;
    while (*end)
        end = &(*end)->next;
    *end = from->blocks;
    p->block_bytes += from->block_bytes;
    from->blocks = NULL;
    from->block_bytes = 0;
}

void program_want_squares(nn_program *p, int id)
{
    nn_tensor *t = &p->tensor[id];
    if (t->squares) return;
    t->squares = round_up(t->floats, VIS_ALIGN / (int64_t)sizeof(float));
    t->floats = t->squares + t->shape.dim[0] * NN_SQUARES;
}

/* Makes room for one more element in a growing array. */
static vis_status grow(void **array, int count, int *capacity, size_t size, vis_error *err)
{
    if (count < *capacity) return VIS_OK;
    int wanted = *capacity ? *capacity * 2 : 64;
    void *bigger = realloc(*array, (size_t)wanted * size);
    if (!bigger) return vis_fail_memory(err, "network program");
    *array = bigger;
    *capacity = wanted;
    return VIS_OK;
}

vis_status program_add_tensor(nn_program *p, nn_layout layout, const graph_shape *shape, int lanes,
                              int *id, vis_error *err)
{
    nn_tensor t = {.layout = layout, .shape = *shape, .first = -1, .last = -1};
    graph_shape stored = *shape;
    if (layout != NN_PLAIN) {
        t.pitch = nn_padded(shape->dim[1], lanes);
        stored.dim[1] = t.pitch;
    }
    if (!shape_count(stored.dim, stored.rank, &t.floats) || t.floats > NN_MAX_ELEMENTS)
        return vis_fail(err, VIS_ERR_LIMIT, "network tensor of more than 8 GiB");
    if (layout == NN_NHWC_I16) t.floats = (t.floats + 1) / 2;
    VIS_TRY(grow((void **)&p->tensor, p->n_tensors, &p->tensors_capacity, sizeof t, err));
    t.region = region_whole(&t);
    p->tensor[p->n_tensors] = t;
    *id = p->n_tensors++;
    return VIS_OK;
}

vis_status program_add_step(nn_program *p, const nn_step_class *kind, const char *name,
                            const int *inputs, int n_inputs, int output, void *data, vis_error *err)
{
    nn_step step = {.kind = kind, .n_inputs = n_inputs, .output = output, .data = data};
    void *memory;
    VIS_TRY(program_alloc(p, (size_t)n_inputs + 1, sizeof(int), &memory, err));
    step.input = memory;
    size_t length = strlen(name) + 1;
    VIS_TRY(program_alloc(p, length, 1, &memory, err));
    memcpy(memory, name, length);
    step.name = memory;
    VIS_TRY(grow((void **)&p->step, p->n_steps, &p->steps_capacity, sizeof step, err));
    for (int i = 0; i < n_inputs; i++) {
        nn_tensor *t = &p->tensor[inputs[i]];
        step.input[i] = inputs[i];
        t->last = p->n_steps;
        step.depends |= t->depends;
    }
    nn_tensor *t = &p->tensor[output];
    if (t->first < 0) t->first = p->n_steps;
    if (t->last < p->n_steps) t->last = p->n_steps;
    t->depends |= step.depends;
    step.region = t->region;
    p->step[p->n_steps++] = step;
    return VIS_OK;
}

int64_t program_scratch_floats(const nn_program *p, int threads)
{
    int64_t most = 0;
    for (int i = 0; i < p->n_steps; i++) {
        if (!p->step[i].kind->worker_scratch) continue;
        int64_t floats = p->step[i].kind->worker_scratch(&p->step[i], threads);
        if (floats > most) most = floats;
    }
    return round_up(most + 16, 16);
}

int64_t program_output_numbers(const nn_program *p, int i)
{
    int64_t count = 0;
    (void)shape_count(p->output_shape[i].dim, p->output_shape[i].rank, &count);
    return count;
}

bool program_writes(const nn_program *p, int first, int count, int id)
{
    for (int i = first; i < first + count; i++)
        if (p->step[i].output == id) return true;
    return false;
}

void nn_program_free(nn_program *p)
{
    if (!p) return;
    while (p->blocks) {
        nn_block *next = p->blocks->next;
        aligned_free(p->blocks);
        p->blocks = next;
    }
    free(p->tensor);
    free(p->step);
    free(p);
}

const nn_fast *nn_fast_of(const nn_program *p)
{
    return &p->fast;
}

int nn_output_count(const nn_program *p)
{
    return p->n_outputs;
}

const graph_shape *nn_output_shape(const nn_program *p, int i)
{
    return &p->output_shape[i];
}

int nn_input_count(const nn_program *p)
{
    return p->n_inputs;
}

const graph_shape *nn_input_shape(const nn_program *p, int i)
{
    return &p->input_shape[i];
}

size_t nn_weight_bytes(const nn_program *p)
{
    return p->block_bytes;
}

size_t nn_arena_bytes(const nn_program *p, int threads)
{
    if (threads < 1) threads = 1;
    int64_t floats = p->arena_floats + program_scratch_floats(p, threads) * threads;
    return (size_t)floats * sizeof(float);
}

size_t nn_session_bytes(const nn_program *p, int threads)
{
    return nn_arena_bytes(p, threads) + (size_t)p->cache_floats * sizeof(float);
}

bool nn_filled_reads_inputs(const nn_program *p)
{
    return p->reads_cached;
}

size_t nn_cache_floats(const nn_program *p)
{
    return (size_t)p->cache_floats;
}
