/* tests/unit/base/machine.h - a machine that is described by files: what would stand in its /sys
 * and /proc lies below a temporary folder.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BASE_MACHINE_H
#define TESTS_BASE_MACHINE_H

extern char machine_root[64]; /* what stands before /sys and /proc */

/* Fixture of a test: an empty machine, removed with its files afterwards. */
int machine_setup(void **state);
int machine_teardown(void **state);

/* A file of the machine, "/proc/self/cgroup", with its folders. */
void machine_tell(const char *path, const char *text);

#endif
