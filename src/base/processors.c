/* base/processors.c - cores, memory nodes and quotas, as Linux tells them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/processors.h"

#include "base/control_group.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 256

/* "0-3,8,10-11" -> a set. */
static void parse_list(const char *text, cpu_set_t *set)
{
    CPU_ZERO(set);
    while (*text >= '0' && *text <= '9') {
        char *end;
        long first = strtol(text, &end, 10), last = first;
        if (*end == '-') last = strtol(end + 1, &end, 10);
        for (long i = first; i <= last && i < CPU_SETSIZE; i++)
            CPU_SET((int)i, set);
        text = *end == ',' ? end + 1 : end;
    }
}

static bool read_list(const char *path, cpu_set_t *set)
{
    char text[SMALL_FILE];
    if (!small_file_read(path, text)) return false;
    parse_list(text, set);
    return CPU_COUNT(set) > 0;
}

/* Of the permitted processors, the first of each core. */
static void first_of_cores(const cpu_set_t *permitted, const char *root, cpu_set_t *cores)
{
    CPU_ZERO(cores);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        char path[PATH_MAX];
        cpu_set_t siblings;
        if (!CPU_ISSET(i, permitted)) continue;
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 root, i);
        if (!read_list(path, &siblings)) CPU_ZERO(&siblings);
        int first = 0;
        while (first < i && !(CPU_ISSET(first, &siblings) && CPU_ISSET(first, permitted)))
            first++;
        if (first == i) CPU_SET(i, cores);
    }
}

static int most_in_a_node(const cpu_set_t *cores, const char *root)
{
    int most = 0;
    for (int node = 0; node < MAX_NODES; node++) {
        char path[PATH_MAX];
        cpu_set_t own, both;
        snprintf(path, sizeof path, "%s/sys/devices/system/node/node%d/cpulist", root, node);
        if (!read_list(path, &own)) continue;
        CPU_AND(&both, &own, cores);
        if (CPU_COUNT(&both) > most) most = CPU_COUNT(&both);
    }
    return most ? most : CPU_COUNT(cores);
}

/* quota / period, rounded up; INT_MAX without a limit. */
static int share(long quota, long period)
{
    if (quota <= 0 || period <= 0) return INT_MAX;
    long processors = quota / period + (quota % period != 0);
    return processors < INT_MAX ? (int)processors : INT_MAX;
}

/* The quota of one group of the second version: "max 100000", "150000 100000". */
static void take_share(const char *path, void *least)
{
    char text[SMALL_FILE], *after;
    if (!small_file_read(path, text)) return;
    long quota = strtol(text, &after, 10); /* "max": 0, which is no limit either */
    int here = share(quota, strtol(after, NULL, 10));
    if (here < *(int *)least) *(int *)least = here;
}

/* The least quota from the own group up to the root. */
static int second_version_share(const char *root)
{
    int least = INT_MAX;
    control_group_visit(root, "cpu.max", take_share, &least);
    return least;
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

int processors_worth_using(const cpu_set_t *permitted, const char *root)
{
    cpu_set_t cores;
    first_of_cores(permitted, root, &cores);
    int count = most_in_a_node(&cores, root);
    int limits[] = {second_version_share(root), first_version_share(root)};
    for (int i = 0; i < 2; i++)
        if (limits[i] < count) count = limits[i];
    return count > 0 ? count : 1;
}
