/* base/processors.c - cores, memory nodes and quotas, as Linux tells them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/processors.h"

#include "base/control_group.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_NODES 256

int processors_count(const processor_set *set)
{
    int count = 0;
    for (int i = 0; i < PROCESSORS_MAX / 64; i++)
        count += __builtin_popcountll(set->bits[i]);
    return count;
}

void processors_permitted(processor_set *out)
{
    *out = (processor_set){0};
#if defined(__linux__)
    cpu_set_t *set = CPU_ALLOC(PROCESSORS_MAX); /* a plain cpu_set_t ends at 1,024 */
    size_t size = CPU_ALLOC_SIZE(PROCESSORS_MAX);
    bool known = set && sched_getaffinity(0, size, set) == 0;
    for (int i = 0; known && i < PROCESSORS_MAX; i++)
        if (CPU_ISSET_S((size_t)i, size, set)) processor_add(out, i);
    CPU_FREE(set);
    if (known) return;
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    for (int i = 0; i < (online > 1 ? online : 1) && i < PROCESSORS_MAX; i++)
        processor_add(out, i);
}

/* "0-3,8,10-11" -> a set. */
static void parse_list(const char *text, processor_set *set)
{
    *set = (processor_set){0};
    while (*text >= '0' && *text <= '9') {
        char *end;
        long first = strtol(text, &end, 10), last = first;
        if (*end == '-') last = strtol(end + 1, &end, 10);
        for (long i = first; i <= last && i < PROCESSORS_MAX; i++)
            processor_add(set, (int)i);
        text = *end == ',' ? end + 1 : end;
    }
}

static bool read_list(const char *path, processor_set *set)
{
    char text[SMALL_FILE];
    if (!small_file_read(path, text)) return false;
    parse_list(text, set);
    return processors_count(set) > 0;
}

/* Of the permitted processors, the first of each core. */
static void first_of_cores(const processor_set *permitted, const char *root, processor_set *cores)
{
    *cores = (processor_set){0};
    for (int i = 0; i < PROCESSORS_MAX; i++) {
        char path[PATH_MAX];
        processor_set siblings;
        if (!processor_in(permitted, i)) continue;
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 root, i);
        if (!read_list(path, &siblings)) siblings = (processor_set){0};
        int first = 0;
        while (first < i && !(processor_in(&siblings, first) && processor_in(permitted, first)))
            first++;
        if (first == i) processor_add(cores, i);
    }
}

static int max_in_a_node(const processor_set *cores, const char *root)
{
    int max = 0;
    for (int node = 0; node < MAX_NODES; node++) {
        char path[PATH_MAX];
        processor_set own;
        snprintf(path, sizeof path, "%s/sys/devices/system/node/node%d/cpulist", root, node);
        if (!read_list(path, &own)) continue;
        for (int i = 0; i < PROCESSORS_MAX / 64; i++)
            own.bits[i] &= cores->bits[i];
        int count = processors_count(&own);
        if (count > max) max = count;
    }
    return max ? max : processors_count(cores);
}

/* quota / period, rounded up; INT_MAX without a limit. */
static int share(long quota, long period)
{
    if (quota <= 0 || period <= 0) return INT_MAX;
    long processors = quota / period + (quota % period != 0);
    return processors < INT_MAX ? (int)processors : INT_MAX;
}

/* The quota of one group of the second version: "max 100000", "150000 100000". */
static void take_share(const char *path, void *min)
{
    char text[SMALL_FILE], *after;
    if (!small_file_read(path, text)) return;
    long quota = strtol(text, &after, 10); /* "max": 0, which is no limit either */
    int here = share(quota, strtol(after, NULL, 10));
    if (here < *(int *)min) *(int *)min = here;
}

/* The least quota from the own group up to the root. */
static int second_version_share(const char *root)
{
    int min = INT_MAX;
    control_group_visit(root, "cpu.max", take_share, &min);
    return min;
}

static int first_version_share(const char *root)
{
    char path[PATH_MAX], quota[SMALL_FILE], period[SMALL_FILE];
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu/cpu.cfs_quota_us", root);
    if (!small_file_read(path, quota)) return INT_MAX;
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu/cpu.cfs_period_us", root);
    if (!small_file_read(path, period)) return INT_MAX;
    return share(strtol(quota, NULL, 10), strtol(period, NULL, 10));
}

int processors_worth_using(const processor_set *permitted, const char *root)
{
    processor_set cores;
    first_of_cores(permitted, root, &cores);
    int count = max_in_a_node(&cores, root);
    int limits[] = {second_version_share(root), first_version_share(root)};
    for (int i = 0; i < 2; i++)
        if (limits[i] < count) count = limits[i];
    return count > 0 ? count : 1;
}
