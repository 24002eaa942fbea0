/* nn/steps/narrow_pack.h - the weights of blocks in 16 bits, packed once for every program that is
 * tried with them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NN_STEPS_NARROW_PACK_H
#define NN_STEPS_NARROW_PACK_H

#include "nn/calibrate.h"
#include "nn/steps/narrow.h"

/* An input that is quantised alone by a step before, into pixels of `pitch` numbers. */
typedef struct narrow_alone {
    narrow_part part;
    int64_t pitch;
} narrow_alone;

/* What the steps of a block need, whichever other blocks are in 16 bits; NULL: not of its kind. */
typedef struct narrow_packed {
    nn_program *memory; /* without steps; owns all of it */
    rows16_step *rows;
    narrow_front *channels;
    narrow_range range;     /* `channels`: of the inputs before they are quantised */
    narrow_product *kept;   /* makes the part that is kept */
    narrow_product *result; /* `channels`: the projection */
    taps16_step *taps;
    narrow_alone alone; /* what `kept`, `taps`, or `rows` with `quantised` read */
} narrow_packed;

/* Packs all blocks of a float32 program that calibration_run has seen. `keep`: nn_options. *out
 * [n_blocks] points into `old`. VIS_ERR_MEMORY; *out is to be freed then as well. */
vis_status narrow_pack(const nn_program *old, const calibration *seen, uint32_t keep,
                       thread_pool *pool, narrow_packed **out, vis_error *err);
void narrow_packed_free(narrow_packed *packed, int n_blocks); /* NULL is fine */
#endif
