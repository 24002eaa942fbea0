/* base/cpu.h - which instruction sets may be used. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>

/* In the order of what is better; a processor offers some of them, the first always. */
typedef enum cpu_isa {
    CPU_PORTABLE = 0,         /* what the compiler's baseline gives */
    CPU_NEON = 1,             /* aarch64, of whose baseline it is a part */
    CPU_AVX2 = 2,             /* AVX2 + FMA */
    CPU_AVXVNNI = 3,          /* and AVX-VNNI; not a part of those below */
    CPU_AVX512 = 4,           /* AVX2 + FMA and AVX-512 F, BW, DQ, VL */
    CPU_AVX512VNNI = 5,       /* and VNNI */
    CPU_ALL = CPU_AVX512VNNI, /* no limit */
} cpu_isa;

/* The best set that this processor and operating system offer, lowered by the environment variable
 * VISEME_ISA (portable, neon, avx2, avxvnni, avx512, avx512vnni) and by cpu_limit. */
cpu_isa cpu_best(void);

/* Does VISEME_ISA, if it is there, name a set? One that is not known rules nothing out. */
bool cpu_environment_known(void);

/* Never use anything above `isa` from now on; for tests. */
void cpu_limit(cpu_isa isa);

const char *cpu_isa_name(cpu_isa isa);

#endif
