/* tests/kernels/check.h - every table of kernels against its twin in plain C.
 *
 * Inputs end right before a page that cannot be read, outputs lie between canaries; tolerances
 * follow from the operands. With --bench each kernel is timed on the sizes of the real networks.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_KERNELS_CHECK_H
#define TESTS_KERNELS_CHECK_H

#include "engine/cpu/kernels.h"
#include "engine/cpu/kernels_i16.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct check_pair {
    const nn_kernels *fast, *twin; /* of equal lanes */
} check_pair;

/* What a buffer is filled with. */
typedef enum check_fill {
    FILL_NORMAL,   /* about -2 .. 2 */
    FILL_POSITIVE, /* 0 .. 1, as after a ReLU */
    FILL_SPARSE,   /* mostly zeros of either sign */
    FILL_HUGE,     /* up to 1e17: products stay finite */
    FILL_TINY,     /* down to denormals */
    FILL_KINDS
} check_fill;

/* `count` floats that end where memory ends; freed by check_release, which also checks the canary
 * in front. Never NULL: the test stops instead. */
float *check_buffer(size_t count);
void check_release(float *buffer);
void check_random(float *buffer, size_t count, check_fill fill);
uint32_t check_integer(uint32_t limit); /* [0, limit), repeatable */

/* Compares got with want: |got - want| <= factor * scale[i] * 2^-24 (NaN only where NaN is wanted).
 * Prints and counts a failure. */
bool check_close(const char *what, const float *got, const float *want, const float *scale,
                 size_t count, float factor);

void check_fail(const char *what, const char *detail);

/* Best of several runs, in nanoseconds of this thread's processor time. */
double check_time(void (*call)(void *), void *argument);

void check_gemm(const check_pair *pair);
void check_depthwise(const check_pair *pair);
void check_rows(const check_pair *pair);
void check_winograd(const check_pair *pair);
void check_kernels_i16(const nn_kernels_i16 *k);
void check_trial_i16(void);
void bench_gemm(const nn_kernels *k);
void bench_depthwise(const nn_kernels *k);
void bench_rows(const nn_kernels *k);
void bench_winograd(const nn_kernels *k);
void bench_kernels_i16(const nn_kernels_i16 *k);

/* The sixteen-lane template built for a machine without AVX-512. */
extern const nn_kernels nn_kernels_wide;

#ifdef WITH_EVEX
/* AVX-VNNI's table in the form in which AVX-512 VNNI has its instruction. */
extern const nn_kernels_i16 nn_kernels_i16_evex;
#endif

#endif
