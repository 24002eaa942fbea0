/* base/processors.h - how many threads are worth running here.
 *
 * The kernels keep a core's multipliers busy: a second thread on the same core would only wait for
 * them, and one in another memory node would fetch the weights from afar. What is left over serves
 * the decoder and the encoder.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESSORS_MAX 8192 /* as many as Linux counts on any machine */

/* Processor i is bit i % 64 of bits[i / 64]. */
typedef struct processor_set {
    uint64_t bits[PROCESSORS_MAX / 64];
} processor_set;

static inline bool processor_in(const processor_set *set, int i)
{
    return set->bits[i / 64] >> (i % 64) & 1;
}

static inline void processor_add(processor_set *set, int i)
{
    set->bits[i / 64] |= (uint64_t)1 << (i % 64);
}

int processors_count(const processor_set *set);

/* Those that this thread may run on; where the system does not say, as many as it has. */
void processors_permitted(processor_set *out);

/* Cores among the processors `permitted`, of the memory node that has most of them, but no more
 * than the share that the control group may use (cpu.max, cpu.cfs_quota_us), rounded up; at
 * least 1. `root` is what stands before /sys and /proc: "" but for tests. What cannot be read there
 * does not count: every processor is then a core of its own. */
int processors_worth_using(const processor_set *permitted, const char *root);

#endif
