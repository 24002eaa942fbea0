/* base/cpu.h - which instruction sets may be used. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

typedef enum cpu_isa {
    CPU_PORTABLE = 0, /* what the compiler's baseline gives */
    CPU_AVX2 = 1,     /* AVX2 + FMA */
    CPU_AVX512 = 2,   /* AVX-512 F, BW, DQ, VL */
} cpu_isa;

/* The best set that this processor and operating system offer, lowered by the environment variable
 * VISEME_ISA (portable, avx2, avx512) and by cpu_limit. */
cpu_isa cpu_best(void);

/* Never use anything above `isa` from now on; for tests. */
void cpu_limit(cpu_isa isa);

const char *cpu_isa_name(cpu_isa isa);

#endif
