/* base/cpu.c - instruction sets of this processor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const isa_names[] = {"portable", "avx2", "avx512"};

static _Atomic int limit = CPU_AVX512;

/* GCC's check covers the operating system's part too (XCR0). */
static cpu_isa detect(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return CPU_PORTABLE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return CPU_AVX512;
    return CPU_AVX2;
#else
    return CPU_PORTABLE;
#endif
}

static int environment_limit(void)
{
    const char *wanted = getenv("VISEME_ISA");
    for (int i = CPU_PORTABLE; wanted && i <= CPU_AVX512; i++)
        if (strcmp(wanted, isa_names[i]) == 0) return i;
    return CPU_AVX512;
}

cpu_isa cpu_best(void)
{
    int best = detect();
    int from_environment = environment_limit();
    int from_caller = atomic_load(&limit);
    if (from_environment < best) best = from_environment;
    if (from_caller < best) best = from_caller;
    return (cpu_isa)best;
}

void cpu_limit(cpu_isa isa)
{
    atomic_store(&limit, (int)isa);
}

const char *cpu_isa_name(cpu_isa isa)
{
    return isa_names[isa];
}
