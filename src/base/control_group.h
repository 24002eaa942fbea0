/* base/control_group.h - where the control groups of this process tell their limits.
 *
 * Linux's cgroups: a container or a service may be allowed fewer processors and less memory than
 * the machine has. Second version: one tree under /sys/fs/cgroup, in which a limit holds for all
 * groups below it. First version: a tree for each resource, of which a container sees its own part
 * as the root.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CONTROL_GROUP_H
#define BASE_CONTROL_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#define SMALL_FILE 4096 /* bytes: more than any of these files has */

/* The beginning of a small file, terminated; false when it cannot be read. */
bool small_file_read(const char *path, char text[SMALL_FILE]);

/* Calls `visit` with the path of FILE ("cpu.max") in the process's own group of the second version
 * and in each one above it. `root` stands before /sys and /proc: "" but for tests. */
void control_group_visit(const char *root, const char *file,
                         void (*visit)(const char *path, void *user), void *user);

#endif
