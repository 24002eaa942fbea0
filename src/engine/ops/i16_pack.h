/* engine/ops/i16_pack.h - the weights of blocks in 16 bits, packed once for every program that is
 * tried with them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_I16_PACK_H
#define ENGINE_OPS_I16_PACK_H

#include "engine/calibrate.h"
#include "engine/ops/i16.h"

/* An input that is quantised alone by a step before, into pixels of `pitch` numbers. */
typedef struct i16_alone {
    i16_part part;
    int64_t pitch;
} i16_alone;

/* What the steps of a block need, whichever other blocks are in 16 bits; NULL: not of its kind. */
typedef struct i16_packed {
    nn_program *memory; /* without steps; owns all of it */
    ir_rows_i16_step *rows;
    i16_front *channels;
    i16_range range;  /* `channels`: of the inputs before they are quantised */
    i16_gemm *cached; /* makes the part that is cached */
    i16_gemm *result; /* `channels`: the projection */
    conv_taps_i16_step *taps;
    i16_alone alone; /* what `cached`, `taps`, or `rows` with `quantised` read */
} i16_packed;

/* Packs all blocks of a float32 program that calibration_run has seen. `cache_inputs`: nn_options.
 * *out [n_blocks] points into `old`. VIS_ERR_MEMORY; *out is to be freed then as well. */
vis_status i16_pack(const nn_program *old, const calibration *seen, uint32_t cache_inputs,
                    thread_pool *pool, i16_packed **out, vis_error *err);
void i16_packed_free(i16_packed *packed, int n_blocks); /* NULL is fine */
#endif
