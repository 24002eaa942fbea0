/* base/cpu.c - instruction sets of this processor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const isa_names[] = {"portable", "neon",   "avx2",
                                        "avxvnni",  "avx512", "avx512vnni"};

static _Atomic int limit = CPU_ALL;

#if defined(__x86_64__)
/* Leaf 7, subleaf 1, EAX bit 4: by hand, since not every compiler's check has a name for it. */
static bool has_avxvnni(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || a < 1) return false;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && a & 1u << 4;
}
#endif

/* GCC's check covers the operating system's part too (XCR0). */
static bool offers(int isa)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (isa == CPU_AVX512VNNI) return avx512 && __builtin_cpu_supports("avx512vnni");
    if (isa == CPU_AVX512) return avx512;
    if (isa == CPU_AVXVNNI) return avx2 && has_avxvnni();
    if (isa == CPU_AVX2) return avx2;
#elif defined(__aarch64__)
    if (isa == CPU_NEON) return true;
#endif
    return isa == CPU_PORTABLE;
}

/* -1: a name that is not known. */
static int environment_limit(void)
{
    const char *wanted = getenv("VISEME_ISA");
    for (int i = CPU_PORTABLE; wanted && i <= CPU_ALL; i++)
        if (strcmp(wanted, isa_names[i]) == 0) return i;
    return wanted && wanted[0] ? -1 : CPU_ALL;
}

bool cpu_environment_known(void)
{
    return environment_limit() >= 0;
}

cpu_isa cpu_best(void)
{
    int best = atomic_load(&limit), from_environment = environment_limit();
    if (from_environment >= 0 && from_environment < best) best = from_environment;
    while (!offers(best))
        best--;
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
