/* engine/nn.h - runs a network.
 *
 * A program is a graph compiled for one set of input shapes: batch norm folded, neighbouring
 * operators fused into steps, memory planned, weights packed for the kernels. It is immutable and
 * may be shared by threads. A session owns the working memory of one run at a time; it allocates
 * nothing per run. Same program, same number of threads, same machine: same bytes out.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_NN_H
#define ENGINE_NN_H

#include "base/threads.h"
#include "graph/resolve.h"

typedef struct nn_program nn_program;
typedef struct nn_session nn_session;

/* Rows and columns of a picture: x0, y0 inside, x1, y1 outside. */
typedef struct nn_region {
    int64_t x0, y0, x1, y1;
} nn_region;

/* Columns of a row: x0 inside, x1 outside; none where x0 >= x1. */
typedef struct nn_span {
    int64_t x0, x1;
} nn_span;

typedef struct nn_options {
    bool reference; /* plain C kernels, one step an operator, nothing fused: for checking */
    bool fast;      /* blocks of the network in 16 bits where this machine has kernels for it */
    /* Bit i: what depends on graph input i, and on no input without a bit here, can be kept from
       one run to others in which those inputs are the same. */
    uint32_t cache_inputs;
    /* For `fast`: inputs as for nn_run, on which it is measured against float32 (nn_fast); NULL:
       float32 is used. Read by nn_compile alone. */
    const float *const *sample;
    thread_pool *pool; /* that the measuring may use, or NULL; changes no result */
    /* What is wanted of every output [N, C, H, W]; NULL: all. Of the last steps no more is computed
       than that needs. Inside, float32 has the bytes of a whole run, and `fast` is measured and
       scaled by what is computed; outside, an output keeps what was there or has some more of the
       result. `reference` computes all. */
    const nn_region *region;
    /* [region->y1], or NULL: all of the region. Of each of its rows the columns that are wanted, all
       within it. Read by nn_compile alone. */
    const nn_span *rows;
} nn_options;

/* Does this machine have kernels for nn_options.fast? Without them float32 is used. */
bool nn_has_fast(void);

/* Are there better ones for this machine's instructions, which nn_has_fast or nn_compile found to
 * calculate differently, and left? */
bool nn_fast_passed_over(void);

/* What a network in 16 bits is to hold on every frame: PSNR to float32 (peak 1). On the sample more
 * is asked for. */
#define NN_FAST_DECIBELS 40.0

/* What became of nn_options.fast. Blocks are inverted residuals and large dense convolutions. */
typedef struct nn_fast {
    bool used;      /* false: all float32 */
    int blocks;     /* that could run in 16 bits */
    int exact;      /* of those, how many stay float32; all where it is not used */
    double decibel; /* PSNR of the results to float32 on the sample; of the best choice that was
                       tried where it is not used; infinite where nothing was measured */
} nn_fast;

/* Compiles `g` for inputs of these shapes (order of g->input). The program keeps nothing of `g`.
 * VIS_ERR_USAGE: a region that is empty, or that an output does not have; columns outside of it. */
vis_status nn_compile(const graph *g, const graph_shape *inputs, int n_inputs,
                      const nn_options *options, nn_program **out, vis_error *err);
void nn_program_free(nn_program *p);

/* What was decided for the fast precision when the program was compiled. */
const nn_fast *nn_fast_of(const nn_program *p);

/* Shapes of the results, float32 row-major. */
int nn_output_count(const nn_program *p);
const graph_shape *nn_output_shape(const nn_program *p, int i);
int nn_input_count(const nn_program *p);
const graph_shape *nn_input_shape(const nn_program *p, int i);

/* Bytes that nn_session_create takes, with what is kept where the caller gives no block for it. */
size_t nn_session_bytes(const nn_program *p, int threads);

/* Bytes: weights as packed, and working memory of one session with `threads` workers. */
size_t nn_weight_bytes(const nn_program *p);
size_t nn_arena_bytes(const nn_program *p, int threads);

/* A session on a pool (NULL: the calling thread alone). Program and pool must outlive it. */
vis_status nn_session_create(const nn_program *p, thread_pool *pool, nn_session **out,
                             vis_error *err);
void nn_session_free(nn_session *s);

/* Floats that hold all of a run's results that can be kept (nn_options.cache_inputs) and that the
 * rest of the network reads; 0 when there are none. */
size_t nn_cache_floats(const nn_program *p);

/* One run. inputs[i] and outputs[i] are the caller's float32 arrays, row-major, of the shapes
 * above; any alignment. Cannot fail once the session exists. */
void nn_run(nn_session *s, const float *const *inputs, float *const *outputs);

/* The same with the caller's memory for what can be kept: cache[nn_cache_floats], aligned to
 * VIS_ALIGN; NULL: the session's own. Not `filled`, it is written; filled by an earlier run of this
 * program, in any session, it is only read, the steps before it are left out, and cached inputs are
 * not read (they may be NULL) unless nn_filled_reads_inputs. Same bytes. */
void nn_run_cached(nn_session *s, const float *const *inputs, float *const *outputs, float *cache,
                   bool filled);

/* Has the network steps that read a cached input together with others, and so in every run? */
bool nn_filled_reads_inputs(const nn_program *p);

#endif
