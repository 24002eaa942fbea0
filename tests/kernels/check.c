/* tests/kernels/check.c - runs the checks on every table that this machine can execute.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CANARY 16               /* floats in front of a buffer */
#define CANARY_BITS 0x7fa5a5a5u /* a NaN */

static int failures;
static uint64_t seed = 88172645463325252u;

/* In front of the canary. */
typedef struct guard {
    void *map;
    size_t map_size;
} guard;

static uint32_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

uint32_t check_integer(uint32_t limit)
{
    return random_bits() % limit;
}

float *check_buffer(size_t count)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = (count + CANARY) * sizeof(float) + sizeof(guard) + 16;
    size_t size = (bytes + page - 1) / page * page;
    char *map = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + size, page, PROT_NONE)) {
        perror("check_buffer");
        exit(2);
    }
    float *buffer = (float *)(map + size) - count;
    uint32_t bits = CANARY_BITS;
    for (int i = 1; i <= CANARY; i++)
        memcpy(buffer - i, &bits, sizeof bits);
    guard g = {map, size + page};
    memcpy((char *)(buffer - CANARY) - sizeof g, &g, sizeof g);
    return buffer;
}

void check_release(float *buffer)
{
    guard g;
    memcpy(&g, (char *)(buffer - CANARY) - sizeof g, sizeof g);
    for (int i = 1; i <= CANARY; i++) {
        uint32_t bits;
        memcpy(&bits, buffer - i, sizeof bits);
        if (bits != CANARY_BITS) {
            check_fail("buffer", "written in front of its start");
            break;
        }
    }
    munmap(g.map, g.map_size);
}

void check_random(float *buffer, size_t count, check_fill fill)
{
    for (size_t i = 0; i < count; i++) {
        float u = (float)random_bits() / 4294967296.0f, v = u * 4 - 2;
        switch (fill) {
        case FILL_POSITIVE:
            v = u;
            break;
        case FILL_SPARSE:
            v = random_bits() % 8 ? (u < 0.5f ? 0.0f : -0.0f) : v;
            break;
        case FILL_HUGE:
            v *= powf(10, (float)(random_bits() % 18));
            break;
        case FILL_TINY:
            v *= powf(10, -(float)(random_bits() % 22));
            break;
        default:
            break;
        }
        buffer[i] = v;
    }
}

void check_fail(const char *what, const char *detail)
{
    if (failures++ < 20) printf("FAIL %s: %s\n", what, detail);
}

bool check_close(const char *what, const float *got, const float *want, const float *scale,
                 size_t count, float factor)
{
    for (size_t i = 0; i < count; i++) {
        double limit = (double)factor * (double)scale[i] * 0x1p-24 + 1e-44;
        double error = fabs((double)got[i] - (double)want[i]);
        if (isnan(got[i]) && isnan(want[i])) continue;
        if (got[i] == want[i]) continue; /* infinities, too */
        if (error <= limit) continue;
        char text[160];
        snprintf(text, sizeof text, "element %zu is %.9g, should be %.9g (allowed %.3g)", i,
                 (double)got[i], (double)want[i], limit);
        check_fail(what, text);
        return false;
    }
    return true;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double check_time(void (*call)(void *), void *argument)
{
    double best = 1e30;
    for (int round = 0; round < 50; round++) {
        double start = now();
        for (int i = 0; i < 20; i++)
            call(argument);
        double took = (now() - start) / 20;
        if (took < best) best = took;
    }
    return best;
}

/* The table that is chosen is the one of the set that is named to the user, or of the one below it
 * that it only extends: "avx512" of "avx512vnni", "avx2" of "avxvnni". */
static void check_choice(void)
{
#if defined(__aarch64__)
    if (!getenv("VISEME_ISA") && cpu_best() != CPU_NEON) check_fail("neon", "not chosen");
    if (cpu_best() == CPU_NEON && nn_kernels_i16_best() != &nn_kernels_i16_neon)
        check_fail("neon", "its 16-bit kernels not chosen");
#endif
    for (int isa = CPU_ALL; isa >= CPU_PORTABLE; isa--) {
        cpu_limit((cpu_isa)isa);
        if (cpu_best() > (cpu_isa)isa) check_fail(cpu_isa_name((cpu_isa)isa), "exceeded");
        const char *name = nn_kernels_best()->name;
        cpu_isa floats = cpu_best() == CPU_AVXVNNI ? CPU_AVX2 : cpu_best();
        if (strncmp(name, cpu_isa_name(floats), strlen(name)) != 0)
            check_fail(cpu_isa_name(cpu_best()), name);
    }
    cpu_limit(CPU_ALL);
}

static void check_table_i16(const nn_kernels_i16 *table, bool bench)
{
    int before = failures;
    check_kernels_i16(table);
    printf("%s %s\n", failures == before ? "ok  " : "FAIL", table->name);
    if (bench) bench_kernels_i16(table);
}

/* Every table of 16-bit kernels that this machine can execute. */
static void check_halves(bool bench)
{
    const nn_kernels_i16 *last = NULL;
    for (int isa = CPU_PORTABLE; isa <= CPU_ALL; isa++) {
        cpu_limit((cpu_isa)isa);
        const nn_kernels_i16 *table = nn_kernels_i16_for(cpu_best());
        if ((int)cpu_best() != isa || table == last) continue;
        if (nn_kernels_i16_best() != table) check_fail(table->name, "not trusted");
        check_table_i16(table, bench);
        last = table;
    }
    cpu_limit(CPU_ALL);
#ifdef WITH_EVEX
    if (cpu_best() >= CPU_AVX512VNNI) check_table_i16(&nn_kernels_i16_evex, bench);
#endif
}

int main(int argc, char **argv)
{
    bool bench = argc > 1 && strcmp(argv[1], "--bench") == 0;
    check_pair pairs[4] = {{&nn_kernels_portable, &nn_kernels_c4},
                           {&nn_kernels_wide, &nn_kernels_c16}};
    int n = 2;
    check_choice();
#if defined(__x86_64__)
    if (cpu_best() >= CPU_AVX2) pairs[n++] = (check_pair){&nn_kernels_avx2, &nn_kernels_c8};
    if (cpu_best() >= CPU_AVX512) pairs[n++] = (check_pair){&nn_kernels_avx512, &nn_kernels_c16};
#elif defined(__aarch64__)
    pairs[n++] = (check_pair){&nn_kernels_neon, &nn_kernels_c4};
#endif
    for (int i = 0; i < n; i++) {
        int before = failures;
        check_gemm(&pairs[i]);
        check_depthwise(&pairs[i]);
        check_rows(&pairs[i]);
        check_winograd(&pairs[i]);
        printf("%s %s\n", failures == before ? "ok  " : "FAIL", pairs[i].fast->name);
        if (!bench || pairs[i].fast == &nn_kernels_wide) continue;
        bench_gemm(pairs[i].fast);
        bench_depthwise(pairs[i].fast);
        bench_rows(pairs[i].fast);
        bench_winograd(pairs[i].fast);
    }
    check_halves(bench);
    check_trial_i16();
    return failures ? 1 : 0;
}
