/* nn/steps/narrow_units.h - chooses the units of a block in 16 bits, and packs its weights in them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NN_STEPS_NARROW_UNITS_H
#define NN_STEPS_NARROW_UNITS_H

#include "nn/steps/narrow.h"

/* From the float weights of f->q and of `kept` (NULL: none), the 1x1 convolution whose result is
 * added: least_peak, u, v, packed weights and biases of `f`, weights of `ready`. Where channels lie
 * (slots, pairs, hidden) must be there. VIS_ERR_MEMORY. */
vis_status narrow_front_units(nn_program *p, narrow_front *f, const conv_step *kept,
                              narrow_product *ready, vis_error *err);

/* One of the matrices of a product: weights [k, channels] (float, packed) of inputs from `slot` on
 * in a row of A, in units P unit[k]; unit NULL: P / NN16_INPUT. */
typedef struct product_source {
    const float *weights, *unit;
    int64_t k, slot;
} product_source;

/* Start, scale and packed weights of a product to floats, whose `n`, `pairs` and `floats` are
 * there. VIS_ERR_MEMORY. */
vis_status narrow_product_units(nn_program *p, const product_source *sources, int n_sources,
                                narrow_product *w, vis_error *err);

/* Weights, start and scale of a convolution tap by tap, whose q, `pairs` and `n` are there.
 * VIS_ERR_MEMORY. */
vis_status narrow_taps_units(nn_program *p, taps16_step *w, vis_error *err);

#endif
