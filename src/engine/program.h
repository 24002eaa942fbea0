/* engine/program.h - what a compiled network looks like inside: tensors with a place, and steps in
 * order.
 *
 * Tensors live in one of three layouts:
 *   NN_PLAIN  row-major in the order of the graph, as the caller passes them; any rank;
 *   NN_NHWC   [N, H, W, pitch]: the channels of a pixel side by side, their number rounded up as
 *             nn_padded says; the padding lanes hold zeros;
 *   NN_NHWC_I16 the same in whole numbers of 16 bits, int16_t (ops/i16.h).
 * Arena tensors get their offsets once, at compile time, from their lifetimes (plan.c).
 *
 * A step says which graph inputs it depends on. Steps that depend only on inputs to cache are
 * cacheable; what they write and other steps read lies in a block of its own, which a run can be
 * given (plan.c).
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PROGRAM_H
#define ENGINE_PROGRAM_H

#include "base/memory.h"
#include "engine/nn.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NN_SQUARES 16                      /* NN_I16_LANES */
#define NN_MAX_ELEMENTS ((int64_t)1 << 31) /* floats in one tensor: 8 GiB; beyond, refuse */

typedef enum nn_layout { NN_PLAIN, NN_NHWC, NN_NHWC_I16 } nn_layout;
typedef enum nn_storage {
    NN_IN_ARENA,
    NN_IN_INPUT,    /* the caller's inputs[index] */
    NN_IN_OUTPUT,   /* the caller's outputs[index] */
    NN_IN_CONSTANT, /* part of the program */
    NN_IN_CACHE,    /* the block that outlasts a run; `offset` counts from its start */
} nn_storage;

typedef struct nn_tensor {
    nn_layout layout;
    nn_storage storage;
    int index;         /* of the input or output */
    graph_shape shape; /* as in the graph, also for NN_NHWC (rank 4 there) */
    int64_t pitch;     /* NN_NHWC, NN_NHWC_I16: numbers from one pixel to the next */
    int64_t floats;    /* storage */
    int64_t squares;   /* floats before the NN_SQUARES of each image, which lie behind its data:
                          NN_NHWC: the largest sums of squares that were measured, lane by
                          lane, of channels times `equaliser`; NN_NHWC_I16: P, and nothing.
                          0: nobody asks for them */
    const float
        *equaliser;        /* [pitch] powers of two, or NULL while `squares` is 0; program memory */
    int64_t offset;        /* NN_IN_ARENA, NN_IN_CACHE: floats from its start */
    const float *constant; /* NN_IN_CONSTANT */
    int first, last;       /* steps that write it first and touch it last; planning only */
    nn_region region;      /* rank 4: what of its rows and columns is computed (region.c) */
    nn_span *rows;         /* [height] of these the columns row by row; NULL: all of the region */
    uint32_t depends;      /* bit i: changes with graph input i */
} nn_tensor;

typedef struct nn_step nn_step;
struct nn_program;
struct nn_session;

/* What a kind of step can do; one constant table per kind. */
typedef struct nn_step_class {
    const char *name;
    void (*run)(const nn_step *step, struct nn_session *s);
    /* floats of scratch that each of `threads` workers needs; NULL: none */
    int64_t (*worker_scratch)(const nn_step *step, int threads);
    /* Can the step compute no more than step->region? Then widens the region of its output to what it
       will compute, and adds what that needs to those of its inputs (region_include); NULL: never */
    bool (*limit)(struct nn_program *p, const nn_step *step);
    bool by_rows; /* it computes nn_tensor.rows, not all of the region */
} nn_step_class;

struct nn_step {
    const nn_step_class *kind;
    const char *name; /* of the graph node that ends it; program memory */
    int *input;       /* tensor indices; program memory */
    int n_inputs;
    int output;
    void *data;       /* the kind's own parameters; program memory */
    int64_t macs;     /* for the whole output */
    nn_region region; /* of the output, as its tensor has it */
    uint32_t depends;
    bool cacheable; /* its results can be kept */
    bool i16;       /* in 16 bits */
    bool measures;  /* what it writes, itself */
};

typedef struct nn_block nn_block; /* a piece of program memory */

struct nn_program {
    nn_tensor *tensor;
    int n_tensors, tensors_capacity;
    nn_step *step;
    int n_steps, steps_capacity;
    nn_block *blocks;     /* everything that lives as long as the program */
    size_t block_bytes;   /* weights and parameters */
    int64_t arena_floats; /* of one session, scratch not counted */
    int64_t cache_floats; /* of the block that outlasts a run */
    bool reads_cached;    /* nn_filled_reads_inputs */
    int n_inputs, n_outputs;
    graph_shape input_shape[GRAPH_MAX_INPUTS], output_shape[GRAPH_MAX_INPUTS];
    const struct nn_kernels *kernels;         /* the table that weights were packed for */
    const struct nn_kernels_i16 *kernels_i16; /* for the steps in 16 bits; NULL: there are none */
    nn_fast fast;
};

struct nn_session {
    const nn_program *program;
    thread_pool *pool;
    int threads;
    float *arena;
    int64_t arena_floats;       /* that were taken */
    float *own_cache;           /* [cache_floats]; for callers without a block of their own */
    float *cache;               /* of the current run */
    float *observed;            /* by hidden channel: raised to the depthwise results of the step
                                   that runs; NULL: not wanted (engine/calibrate.h) */
    float *scratch;             /* threads x scratch_floats */
    int64_t scratch_floats;     /* of one worker */
    const float *const *inputs; /* of the current run */
    float *const *outputs;
};

/* Zeroed memory, aligned to VIS_ALIGN, that lives as long as the program. */
vis_status program_alloc(nn_program *p, size_t count, size_t size, void **out, vis_error *err);

/* Adds a tensor, its storage computed from shape and layout (`lanes` is used for NN_NHWC). */
vis_status program_add_tensor(nn_program *p, nn_layout layout, const graph_shape *shape, int lanes,
                              int *id, vis_error *err);

/* Adds a step that reads `inputs` and writes `output`; `data` must be program memory. */
vis_status program_add_step(nn_program *p, const nn_step_class *kind, const char *name,
                            const int *inputs, int n_inputs, int output, void *data,
                            vis_error *err);

/* Makes room behind a tensor of floats for the squares of each of its images, which are then
 * measured whenever a step has written it; behind NN_NHWC_I16 for what its writer puts there. */
void program_want_squares(nn_program *p, int id);

/* Moves all memory of `from` into `p`. */
void program_take_memory(nn_program *p, nn_program *from);

/* Frees a piece of program memory before its time. */
void program_release(nn_program *p, const void *memory);

/* Marks the cacheable steps and moves what later ones read of them into the cached block; before
 * program_plan. */
void program_plan_cache(nn_program *p, uint32_t inputs);

/* Numbers of a result; at most NN_MAX_ELEMENTS, as of every tensor. */
int64_t program_output_numbers(const nn_program *p, int i);

/* Does one of the steps first .. first + count - 1 write this tensor? */
bool program_writes(const nn_program *p, int first, int count, int id);

/* region.c. Finds out how much of each tensor is computed where the options' region and rows are
 * wanted of the outputs; before program_plan. VIS_ERR_USAGE as nn_compile, VIS_ERR_MEMORY. */
vis_status program_limit(nn_program *p, const nn_options *options, vis_error *err);

/* All of a tensor; nothing where its rank is not 4. */
nn_region region_whole(const nn_tensor *t);

/* Is only a part of a tensor computed? */
bool region_is_part(const nn_tensor *t);

/* Widens what is computed of a tensor so that these rows and columns are among it. */
void region_include(nn_tensor *t, const nn_region *more);

/* The columns of a row that are computed. */
nn_span region_row(const nn_tensor *t, int64_t y);

/* The pixels of an image that are computed. */
int64_t region_pixels(const nn_tensor *t);

static inline int64_t region_area(const nn_region *r)
{
    return (r->x1 - r->x0) * (r->y1 - r->y0);
}

/* A step's sums that are left. */
int64_t program_step_macs(const nn_program *p, const nn_step *step);

/* fast_program.c. Replaces *p, a float32 program, its memory not planned, by one whose blocks are
 * in 16 bits as far as options->sample allows (nn_fast). *p stays float32, byte for byte, when
 * nothing of it may be replaced, when the sample is not finite, or when no choice of blocks comes
 * near enough to hold NN_FAST_DECIBELS on other frames. VIS_ERR_UNSUPPORTED (weights that are not
 * finite, by name), VIS_ERR_MEMORY; *p is owned by the caller still, whatever comes. */
vis_status program_make_fast(nn_program **p, const nn_options *options, vis_error *err);

/* Gives every arena tensor its offset. */
vis_status program_plan(nn_program *p, vis_error *err);

/* The same, but what of the first n_lasts tensors `lasts` is still there when a run ends. */
vis_status program_plan_lasting(nn_program *p, const bool *lasts, int n_lasts, vis_error *err);

/* Floats of scratch that each of `threads` workers needs, padded to whole cache lines. */
int64_t program_scratch_floats(const nn_program *p, int threads);

/* A session for few runs: as nn_session_create, but its memory is taken from the system where it is
 * touched, by whichever thread, and not beforehand. */
vis_status session_create_brief(const nn_program *p, thread_pool *pool, nn_session **out,
                                vis_error *err);

/* Points a session at another program that keeps nothing. false: its memory does not suffice, and
 * nothing has changed. */
bool session_turn_to(nn_session *s, const nn_program *p);

/* What the steps of a run read and write; `cache` as for nn_run_cached. */
void session_begin(struct nn_session *s, const float *const *inputs, float *const *outputs,
                   float *cache);

/* One step of a run, and what is measured behind it. */
void session_run_step(struct nn_session *s, const nn_step *step);

/* The same with zeros in its output where it computes nothing, for who looks at whole tensors. */
void session_run_step_clean(struct nn_session *s, const nn_step *step);

/* The storage of a tensor during a run. A caller's input comes back as float * as well; steps never
 * write to their inputs. */
static inline float *session_data(const struct nn_session *s, int id)
{
    const nn_tensor *t = &s->program->tensor[id];
    switch (t->storage) {
    case NN_IN_INPUT:
        return (float *)s->inputs[t->index];
    case NN_IN_OUTPUT:
        return s->outputs[t->index];
    case NN_IN_CONSTANT:
        return (float *)t->constant;
    case NN_IN_CACHE:
        return s->cache + t->offset;
    default:
        return s->arena + t->offset;
    }
}

/* Where the squares of an image lie (program_want_squares): [NN_SQUARES]. */
static inline float *session_squares(const struct nn_session *s, int id, int64_t image)
{
    return session_data(s, id) + s->program->tensor[id].squares + image * NN_SQUARES;
}

/* Raises a number that tasks share to `to`, neither being negative: such numbers are in the order
 * of their bits, NaN above all. */
static inline void session_raise(float *shared, float to)
{
    uint32_t *at = (uint32_t *)(void *)shared, bits, seen;
    memcpy(&bits, &to, sizeof bits);
    seen = __atomic_load_n(at, __ATOMIC_RELAXED);
    while (bits > seen &&
           !__atomic_compare_exchange_n(at, &seen, bits, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

static inline float *session_scratch(const struct nn_session *s, int worker)
{
    return s->scratch + s->scratch_floats * worker;
}

static inline int64_t round_up(int64_t value, int64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

#endif
