/* base/memory_limit.c - resource limits, control groups, and what the machine has.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory_limit.h"

#include "base/control_group.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Far more than any thread here or in FFmpeg's libraries uses; the usual 8 MiB would be a fifth of
 * a small bound with a few threads. */
#define STACK_BYTES ((size_t)1 << 20)

static _Atomic int64_t limit_set;

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t from_rlim(rlim_t value)
{
    return value == RLIM_INFINITY || value > SIZE_MAX ? SIZE_MAX : (size_t)value;
}

static size_t resource_limit(int which)
{
    struct rlimit r;
    return getrlimit(which, &r) == 0 ? from_rlim(r.rlim_cur) : SIZE_MAX;
}

/* Bytes that RLIMIT_AS and RLIMIT_DATA count. /proc/self/statm, in pages: size, resident, shared,
 * text, 0, data with the first thread's stack. */
static bool taken(size_t *all, size_t *resident, size_t *data)
{
    char text[SMALL_FILE];
    size_t pages[6] = {0};
    long page = sysconf(_SC_PAGESIZE);
    if (page <= 0 || !small_file_read("/proc/self/statm", text)) return false;
    char *at = text;
    for (int i = 0; i < 6; i++)
        pages[i] = strtoul(at, &at, 10);
    *all = pages[0] * (size_t)page;
    *resident = pages[1] * (size_t)page;
    *data = pages[5] * (size_t)page;
    return *all > 0;
}

int64_t memory_limit(void)
{
    return atomic_load(&limit_set);
}

vis_status memory_limit_set(int64_t bytes, vis_error *err)
{
    size_t all = 0, resident = 0, data = 0;
    struct rlimit now;
    if (getrlimit(RLIMIT_DATA, &now) != 0)
        return vis_fail(err, VIS_ERR_LIMIT, "memory cannot be limited: %s", strerror(errno));
    if (bytes <= 0 || (taken(&all, &resident, &data) && (uint64_t)bytes <= data))
        return vis_fail(err, VIS_ERR_USAGE, "a limit of %lld bytes is below the %zu taken already",
                        (long long)bytes, data);
    if ((uint64_t)bytes > from_rlim(now.rlim_max))
        return vis_fail(err, VIS_ERR_LIMIT,
                        "a limit of %lld bytes is beyond the system's own, %llu (ulimit -d)",
                        (long long)bytes, (unsigned long long)now.rlim_max);
    now.rlim_cur = now.rlim_max = (rlim_t)bytes;
    if (setrlimit(RLIMIT_DATA, &now) != 0)
        return vis_fail(err, VIS_ERR_LIMIT, "memory cannot be limited: %s", strerror(errno));
#if defined(__GLIBC__) /* elsewhere threads have small stacks by themselves */
    pthread_attr_t small;
    if (pthread_attr_init(&small) == 0) {
        if (pthread_attr_setstacksize(&small, STACK_BYTES) == 0) pthread_setattr_default_np(&small);
        pthread_attr_destroy(&small);
    }
#endif
    atomic_store(&limit_set, bytes);
    return VIS_OK;
}

/* A number of bytes in a file of a control group; "max" and what cannot be read is no limit. */
static void lower_to(const char *path, void *bytes)
{
    char text[SMALL_FILE], *end;
    if (!small_file_read(path, text)) return;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || errno || value > SIZE_MAX) return;
    *(size_t *)bytes = min_size(*(size_t *)bytes, (size_t)value);
}

static size_t machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (size_t)pages * (size_t)page : SIZE_MAX;
}

size_t memory_allowed_on(const char *root)
{
    char path[PATH_MAX];
    size_t bytes = machine();
    control_group_visit(root, "memory.max", lower_to, &bytes);
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/memory/memory.limit_in_bytes", root);
    lower_to(path, &bytes);
    return min_size(bytes, min_size(resource_limit(RLIMIT_DATA), resource_limit(RLIMIT_AS)));
}

size_t memory_allowed(void)
{
    return memory_allowed_on("");
}

static size_t minus(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

/* The number behind NAME in a small file of such lines; `otherwise` where there is none. */
static size_t number_after(const char *path, const char *name, size_t otherwise)
{
    char text[SMALL_FILE];
    const char *at = small_file_read(path, text) ? strstr(text, name) : NULL;
    return at ? strtoul(at + strlen(name), NULL, 10) : otherwise;
}

/* What the machine could give now without pushing others out. */
static size_t machine_has(const char *root)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    size_t kib = number_after(path, "MemAvailable:", SIZE_MAX);
    return kib > SIZE_MAX >> 10 ? SIZE_MAX : kib << 10;
}

/* Files of one group that tell its limit and its use, of either version. */
typedef struct group_files {
    const char *limit, *use, *idle; /* `idle`: what it uses for files that it reads no more */
} group_files;

static const group_files second = {"memory.max", "memory.current", "\ninactive_file "};
static const group_files first = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                  "\ntotal_inactive_file "};

/* What the group whose limit stands in `path` has not used; no limit, no answer. */
static void take_group(const char *path, const group_files *files, size_t *bytes)
{
    char other[PATH_MAX];
    size_t limit = SIZE_MAX, use = SIZE_MAX;
    lower_to(path, &limit);
    if (limit == SIZE_MAX) return;
    int folder = (int)(strlen(path) - strlen(files->limit));
    snprintf(other, sizeof other, "%.*s%s", folder, path, files->use);
    lower_to(other, &use);
    if (use == SIZE_MAX) return;
    snprintf(other, sizeof other, "%.*smemory.stat", folder, path);
    *bytes = min_size(*bytes, minus(limit, minus(use, number_after(other, files->idle, 0))));
}

static void take_second(const char *path, void *bytes)
{
    take_group(path, &second, bytes);
}

static size_t groups_have(const char *root)
{
    char path[PATH_MAX];
    size_t bytes = SIZE_MAX;
    control_group_visit(root, second.limit, take_second, &bytes);
    snprintf(path, sizeof path, "%s/sys/fs/cgroup/memory/%s", root, first.limit);
    take_group(path, &first, &bytes);
    return bytes;
}

size_t memory_left_on(const char *root)
{
    size_t all = 0, resident = 0, data = 0;
    taken(&all, &resident, &data);
    size_t left = min_size(machine_has(root), minus(memory_allowed_on(root), resident));
    left = min_size(left, groups_have(root));
    size_t data_limit = resource_limit(RLIMIT_DATA), all_limit = resource_limit(RLIMIT_AS);
    if (data_limit != SIZE_MAX) left = min_size(left, minus(data_limit, data));
    if (all_limit != SIZE_MAX) left = min_size(left, minus(all_limit, all));
    return left;
}

size_t memory_left(void)
{
    return memory_left_on("");
}
