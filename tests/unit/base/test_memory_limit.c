/* What a process may take goes by the machine, its control groups and its limits; large blocks
 * come from the system and go back to it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/memory.h"
#include "base/memory_limit.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB ((size_t)1 << 20)
#define NO_LIMITS 77 /* qemu takes limits and sets none */

static void machine_alone(void **state)
{
    assert_true(memory_allowed() >= memory_allowed_on(machine_root) / 1000);
    assert_true(memory_allowed_on(machine_root) > 64 * MB);
}

static void second_version(void **state)
{
    machine_tell("/proc/self/cgroup", "0::/a/b");
    machine_tell("/sys/fs/cgroup/a/b/memory.max", "max");
    size_t free_of_limits = memory_allowed_on(machine_root);
    machine_tell("/sys/fs/cgroup/a/memory.max", "50331648");
    assert_int_equal(memory_allowed_on(machine_root), 48 * MB);
    machine_tell("/sys/fs/cgroup/a/b/memory.max", "33554432");
    assert_int_equal(memory_allowed_on(machine_root), 32 * MB);
    assert_true(free_of_limits > 48 * MB);
}

static void first_version(void **state)
{
    machine_tell("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
    assert_true(memory_allowed_on(machine_root) > 64 * MB);
    machine_tell("/sys/fs/cgroup/memory/memory.limit_in_bytes", "41943040");
    assert_int_equal(memory_allowed_on(machine_root), 40 * MB);
}

/* What is free goes by the machine and by what groups, also those above, have used of their limits;
 * files that were read once are given back when somebody wants the memory. */
static void left_of_machine_and_groups(void **state)
{
    machine_tell("/proc/meminfo",
                 "MemTotal: 9000000 kB\nMemFree: 1 kB\nMemAvailable:   65536 kB\n");
    assert_int_equal(memory_left_on(machine_root), 64 * MB);
    machine_tell("/proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n");
    machine_tell("/proc/self/cgroup", "0::/a/b");
    machine_tell("/sys/fs/cgroup/a/b/memory.max", "max");
    machine_tell("/sys/fs/cgroup/a/b/memory.current", "50331648");
    machine_tell("/sys/fs/cgroup/a/memory.max", "1073741824");
    machine_tell("/sys/fs/cgroup/a/memory.current", "1006632960");
    assert_int_equal(memory_left_on(machine_root), 64 * MB);
    machine_tell("/sys/fs/cgroup/a/memory.stat", "anon 7\ninactive_file 33554432\nactive_file 9\n");
    assert_int_equal(memory_left_on(machine_root), 96 * MB);
    machine_tell("/sys/fs/cgroup/a/memory.current", "2147483648"); /* beyond the limit */
    assert_int_equal(memory_left_on(machine_root), 0);
}

static void left_of_a_group_of_the_first_version(void **state)
{
    machine_tell("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824");
    machine_tell("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1006632960");
    machine_tell("/sys/fs/cgroup/memory/memory.stat",
                 "inactive_file 5\ntotal_inactive_file 1048576\n");
    assert_int_equal(memory_left_on(machine_root), 65 * MB);
}

/* In a process of its own, as a limit cannot be taken back. Address space, which checkers of memory
 * reserve without measure, is not touched: only the answers are asked. */
static void follows_resource_limits(void **state)
{
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit r = {(rlim_t)(77 * MB), RLIM_INFINITY}, got;
        if (setrlimit(RLIMIT_DATA, &r) != 0 || getrlimit(RLIMIT_DATA, &got) != 0) _exit(1);
        if (got.rlim_cur != r.rlim_cur) _exit(NO_LIMITS);
        _exit(memory_allowed() == 77 * MB && memory_left() <= 77 * MB ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_LIMITS) skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void refuses_limits_that_cannot_be(void **state)
{
    vis_error err;
    assert_int_equal(memory_limit_set(0, &err), VIS_ERR_USAGE);
    assert_int_equal(memory_limit_set(-5, &err), VIS_ERR_USAGE);
    assert_int_equal(memory_limit_set(4096, &err), VIS_ERR_USAGE);
    assert_int_equal(memory_limit(), 0);
}

static void blocks_of_any_size(void **state)
{
    const size_t sizes[] = {0,      1,  63,     64,           4096,   MB - 200,
                            MB - 1, MB, MB + 1, 2 * MB - 128, 2 * MB, 5 * MB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *zeroed = aligned_calloc(sizes[i], 1), *other = aligned_malloc(1, sizes[i]);
        assert_true(zeroed && other && (uintptr_t)zeroed % VIS_ALIGN == 0 &&
                    (uintptr_t)other % VIS_ALIGN == 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(zeroed[k], 0);
        memset(zeroed, 1, sizes[i]);
        memset(other, 2, sizes[i]);
        aligned_free(zeroed);
        aligned_free(other);
    }
    assert_null(aligned_calloc(SIZE_MAX, 2));
    assert_null(aligned_malloc(SIZE_MAX, 1));
    aligned_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(machine_alone, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(second_version, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(first_version, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(left_of_machine_and_groups, machine_setup,
                                        machine_teardown),
        cmocka_unit_test_setup_teardown(left_of_a_group_of_the_first_version, machine_setup,
                                        machine_teardown),
        cmocka_unit_test(follows_resource_limits),
        cmocka_unit_test(refuses_limits_that_cannot_be),
        cmocka_unit_test(blocks_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
