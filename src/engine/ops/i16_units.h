/* engine/ops/i16_units.h - chooses the units of a block in 16 bits, and packs its weights in them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_OPS_I16_UNITS_H
#define ENGINE_OPS_I16_UNITS_H

#include "engine/calibrate.h"
#include "engine/ops/i16.h"

/* A matrix of floats in a product, as it was packed for float32: weights [k, channels] of a tensor
 * that is equalised and has a gain, from `slot` on in a row of A; weights NULL: there is none. */
typedef struct unit_source {
    const float *weights, *equaliser; /* equaliser [k] */
    int64_t k, slot;
    float gain, length; /* length: of the tensor's longest pixel on the sample */
} unit_source;

#define UNIT_SOURCES (SOURCE_MAX_PARTS + 2)

/* What a front multiplies: its parts, then the enlarged one, then what is cached. */
typedef struct front_sources {
    unit_source part[SOURCE_MAX_PARTS], low, cached;
    const float *results; /* [hidden of float32] the largest depthwise results on the sample */
    float length;         /* P on the sample */
} front_sources;

/* The gains of the sources, which must be 1, so that each has its proper share of P; `length` of
 * all; f->range.min; units, packed weights and biases of `f`, and the weights of `cached`
 * (untouched where there is no such source). Where channels lie (slots, pairs, hidden) must be
 * there. VIS_ERR_MEMORY. */
vis_status i16_front_units(nn_program *p, i16_front *f, front_sources *from, i16_gemm *cached,
                           vis_error *err);

/* Start, scale and packed weights of a product to floats, whose `n`, `pairs` and `floats` are
 * there: of depthwise results [k], in units P v[k], and (weights NULL: not) of an input beside
 * them. VIS_ERR_MEMORY. */
vis_status i16_gemm_units(nn_program *p, const float *weights, const float *v, int64_t k,
                          const unit_source *direct, i16_gemm *w, vis_error *err);

/* Weights, start and scale of a convolution tap by tap, whose q, `pairs` and `n` are there.
 * VIS_ERR_MEMORY. */
vis_status i16_taps_units(nn_program *p, const float *equaliser, conv_taps_i16_step *w,
                          vis_error *err);

#endif
