/* nn/fast_program.h - the fast precision of a program: built, measured on a sample, and kept where
 * it holds.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NN_FAST_PROGRAM_H
#define NN_FAST_PROGRAM_H

#include "nn/program.h"

/* Replaces *p, a float32 program, neither kept nor planned, by one whose blocks are in 16 bits as
 * far as options->sample allows (nn_fast). *p stays float32, byte for byte, when nothing of it may
 * be replaced, when the sample is not finite, or when no choice of blocks comes near enough to hold
 * NN_FAST_DECIBELS on other frames. VIS_ERR_UNSUPPORTED (weights that are not finite, by name),
 * VIS_ERR_MEMORY; *p is owned by the caller still, whatever comes. */
vis_status program_make_fast(nn_program **p, const nn_options *options, vis_error *err);

#endif
