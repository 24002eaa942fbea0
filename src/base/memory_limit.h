/* base/memory_limit.h - how much memory this process may take, and setting a bound to it.
 *
 * What counts against the bound is what the kernel counts against RLIMIT_DATA (Linux 4.7 and
 * later): everything that the process may write and shares with nobody, that is heap, tensors,
 * decoded pictures and the stacks of threads, whether touched or not, in this library and in those
 * it stands on. The program itself, shared libraries and files that are mapped to be read do not
 * count. Beyond the bound allocations fail, which everybody here reports.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MEMORY_LIMIT_H
#define BASE_MEMORY_LIMIT_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Bounds the process from now on; threads that begin later get smaller stacks, as these count. A
 * bound cannot be taken back, only lowered. VIS_ERR_USAGE below what the process holds already;
 * VIS_ERR_LIMIT where the system sets a lower one. */
vis_status memory_limit_set(int64_t bytes, vis_error *err);

/* The bound that memory_limit_set set; 0 for none. */
int64_t memory_limit(void);

/* Bytes that the process may take in all: the least of the machine's memory, the control group's
 * (memory.max, memory.limit_in_bytes) and RLIMIT_DATA and RLIMIT_AS. */
size_t memory_allowed(void);
size_t memory_allowed_on(const char *root); /* what stands before /sys and /proc, for tests */

/* Bytes of that which nobody has taken yet: what the machine could give without pushing others out
 * (MemAvailable), what the control group and those above it have not used, and what the limits of
 * the process leave. A guess, as others take and give. What caches are sized by. */
size_t memory_left(void);
size_t memory_left_on(const char *root);

#endif
