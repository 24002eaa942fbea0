/* engine/cpu/kernels.c - chooses a table.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/cpu/kernels.h"
#include "engine/cpu/kernels_i16.h"
#include "engine/cpu/trial_i16.h"

static nn_i16_trial avxvnni_trial;

const nn_kernels *nn_kernels_for(cpu_isa isa)
{
#ifdef WITH_AVX512
    if (isa >= CPU_AVX512) return &nn_kernels_avx512;
#endif
#if defined(__x86_64__)
    if (isa >= CPU_AVX2) return &nn_kernels_avx2;
#elif defined(__aarch64__)
    if (isa == CPU_NEON) return &nn_kernels_neon;
#endif
    return &nn_kernels_portable;
}

const nn_kernels *nn_kernels_best(void)
{
    return nn_kernels_for(cpu_best());
}

const nn_kernels_i16 *nn_kernels_i16_for(cpu_isa isa)
{
#ifdef WITH_AVX512
    if (isa >= CPU_AVX512VNNI) return &nn_kernels_i16_avx512vnni;
#endif
#ifdef WITH_AVXVNNI
    if (isa == CPU_AVXVNNI) return &nn_kernels_i16_avxvnni;
#endif
#if defined(__x86_64__)
    if (isa >= CPU_AVX2) return &nn_kernels_i16_avx2;
#elif defined(__aarch64__)
    if (isa == CPU_NEON) return &nn_kernels_i16_neon;
#endif
    (void)isa;
    return NULL;
}

const nn_kernels_i16 *nn_kernels_i16_best(void)
{
    const nn_kernels_i16 *table = nn_kernels_i16_for(cpu_best());
#ifdef WITH_AVXVNNI
    if (table == &nn_kernels_i16_avxvnni)
        return nn_i16_trusted(&avxvnni_trial, table, &nn_kernels_i16_avx2);
#endif
    return table;
}

bool nn_kernels_i16_passed_over(void)
{
    return nn_i16_distrusted(&avxvnni_trial);
}
