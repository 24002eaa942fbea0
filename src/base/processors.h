/* base/processors.h - how many threads are worth running here.
 *
 * The kernels keep a core's multipliers busy: a second thread on the same core would only wait for
 * them, and one in another memory node would fetch the weights from afar. What is left over serves
 * the decoder and the encoder.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>

/* Cores among the processors `permitted`, of the memory node that has most of them, but no more
 * than the share that the control group may use (cpu.max, cpu.cfs_quota_us), rounded up; at
 * least 1. `root` is what stands before /sys and /proc: "" but for tests. What cannot be read there
 * does not count: every processor is then a core of its own. */
int processors_worth_using(const cpu_set_t *permitted, const char *root);

#endif
