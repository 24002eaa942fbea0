/* tests/faults/fail_allocation.c - a preloaded library that makes requests of a whole process fail,
 * those of its libraries too: FFmpeg, x264, libzip, libpng, soxr, jansson, the C library itself.
 *
 * The program stops in front of its main and becomes a server: for each order "HOW N\n" that comes
 * in through the descriptor whose number FAIL_ORDERS holds it forks, and the child runs main, where
 * request N (memory or a thread, 0 the first) fails: HOW "1" alone, "*" with all after it, "-"
 * none. The answer through FAIL_ANSWERS is one line: the wait status, the number of requests,
 * whether one failed, and, for a crash, from where: LIBRARY(FUNCTION) of the innermost frames. A
 * child that does not end is killed by SIGALRM. Forking this late saves loading and binding two
 * hundred libraries each time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 300 /* seconds of a child */
#define FRAMES 24
#define EXPORT __attribute__((visibility("default")))

/* Shared with the child. */
typedef struct tally {
    _Atomic long requests;
    _Atomic bool failed;
    char first[1024], crash[1024]; /* from where: the first that failed, and the end */
} tally;

static tally *shared;
static void note_callers(char *text, size_t size);
static long failing_number = -1;
static bool counting, and_all_after;

static bool fails(void)
{
    if (!counting) return false;
    long number = atomic_fetch_add(&shared->requests, 1);
    if (failing_number < 0 || number < failing_number) return false;
    if (number > failing_number && !and_all_after) return false;
    if (!atomic_exchange(&shared->failed, true)) {
        counting = false;
        note_callers(shared->first, sizeof shared->first);
        counting = true;
    }
    errno = ENOMEM;
    return true;
}

/* --- what is asked for: glibc's own functions under their other names --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

EXPORT void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = fails() ? NULL : __libc_memalign(alignment, size);
    if (!block) return ENOMEM;
    *out = block;
    return 0;
}

typedef int thread_maker(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
static thread_maker *make_thread;

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument)
{
    if (!make_thread) make_thread = (thread_maker *)dlsym(RTLD_NEXT, "pthread_create");
    return fails() ? EAGAIN : make_thread(thread, attributes, body, argument);
}

/* --- crashes --- */

/* LIBRARY(FUNCTION) of the frames around the caller. Allocates nothing. */
static void note_callers(char *text, size_t size)
{
    void *frame[FRAMES];
    int depth = backtrace(frame, FRAMES);
    size_t at = 0;
    for (int i = 2; i < depth && i < FRAMES && at < size; i++) {
        Dl_info where;
        if (!dladdr(frame[i], &where) || !where.dli_fname) continue;
        const char *name = strrchr(where.dli_fname, '/');
        int wrote = snprintf(text + at, size - at, " %s(%s)", name ? name + 1 : where.dli_fname,
                             where.dli_sname ? where.dli_sname : "");
        at += wrote > 0 ? (size_t)wrote : 0;
    }
}

/* Nothing here may allocate; the process is lost anyway. */
static void on_crash(int number)
{
    counting = false;
    note_callers(shared->crash, sizeof shared->crash);
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_crashes(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], on_crash);
}

/* --- the server --- */

typedef int main_function(int, char **, char **);
static main_function *program;

static int run_child(const char *how, long n, int argc, char **argv, char **environment)
{
    catch_crashes();
    alarm(PATIENCE);
    failing_number = how[0] == '-' ? -1 : n;
    and_all_after = how[0] == '*';
    counting = true;
    int status = program(argc, argv, environment);
    counting = false; /* what follows is the C library's own */
    return status;
}

static int serve(int argc, char **argv, char **environment)
{
    const char *from = getenv("FAIL_ORDERS"), *to = getenv("FAIL_ANSWERS");
    FILE *orders = from && to ? fdopen(atoi(from), "re") : NULL;
    char how[8];
    void *frame[FRAMES];
    backtrace(frame, FRAMES); /* loads what it needs */
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!orders || shared == MAP_FAILED) return 2;
    for (long n; fscanf(orders, "%7s %ld", how, &n) == 2;) {
        memset(shared, 0, sizeof *shared);
        pid_t child = fork();
        if (child == 0) exit(run_child(how, n, argc, argv, environment));
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child) return 2;
        dprintf(atoi(to), "%d %ld %d%s |%s\n", status, (long)shared->requests, (int)shared->failed,
                shared->first, shared->crash);
    }
    return 0;
}

typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void),
                           void (*)(void), void *);
EXPORT start_function __libc_start_main;

EXPORT int __libc_start_main(main_function *wanted, int argc, char **argv, void (*init)(void),
                             void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
    start_function *start = (start_function *)dlsym(RTLD_NEXT, "__libc_start_main");
    program = wanted;
    return start(serve, argc, argv, init, fini, loader_fini, stack_end);
}
