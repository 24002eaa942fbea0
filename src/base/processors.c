/* base/processors.c - cores, memory nodes and quotas, as Linux tells them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/processors.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 256
#define TEXT_SIZE 4096

/* The beginning of a small file; false when it cannot be read. */
static bool read_text(char text[TEXT_SIZE], const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f) return false;
    size_t got = fread(text, 1, TEXT_SIZE - 1, f);
    text[got] = 0;
    fclose(f);
    return got > 0;
}

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
    char text[TEXT_SIZE];
    if (!read_text(text, path)) return false;
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

/* The quota of one folder of the second version: "max 100000", "150000 100000". */
static int group_share(const char *folder)
{
    char path[PATH_MAX], text[TEXT_SIZE];
    long quota, period;
    if (snprintf(path, sizeof path, "%s/cpu.max", folder) >= (int)sizeof path) return INT_MAX;
    if (!read_text(text, path) || sscanf(text, "%ld %ld", &quota, &period) != 2) return INT_MAX;
    return share(quota, period);
}

/* The least quota from the own group up to the root. */
static int second_version_share(const char *root)
{
    char text[TEXT_SIZE], path[PATH_MAX], folder[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!read_text(text, path)) return INT_MAX;
    const char *own = strstr(text, "0::/");
    if (!own || (own != text && own[-1] != '\n')) return INT_MAX;
    int base = snprintf(folder, sizeof folder, "%s/sys/fs/cgroup", root), length = base;
    length += snprintf(folder + length, sizeof folder - (size_t)length, "%.*s",
                       (int)strcspn(own + 3, "\n"), own + 3);
    if (length >= (int)sizeof folder) return INT_MAX;
    int least = INT_MAX;
    for (;;) {
        int here = group_share(folder);
        if (here < least) least = here;
        char *slash = strrchr(folder + base, '/');
        if (!slash) return least;
        *slash = 0;
    }
}

static int first_version_share(const char *root)
{
    char path[PATH_MAX], quota[TEXT_SIZE], period[TEXT_SIZE];
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu/cpu.cfs_quota_us", root);
    if (!read_text(quota, path)) return INT_MAX;
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu/cpu.cfs_period_us", root);
    if (!read_text(period, path)) return INT_MAX;
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
