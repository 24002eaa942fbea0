/* tests/unit/base/test_processors.c - threads worth running on machines of several kinds, as their
 * /sys and /proc describe them.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/processors.h"
#include "base/threads.h"
#include "machine.h"

#include <stdio.h>

/* Processors i and i + cores are one core. */
static void tell_cores(int cores, int threads_a_core)
{
    for (int i = 0; i < cores * threads_a_core; i++) {
        char path[128], text[64];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 i);
        if (threads_a_core == 2)
            snprintf(text, sizeof text, "%d,%d", i % cores, i % cores + cores);
        else
            snprintf(text, sizeof text, "%d", i);
        machine_tell(path, text);
    }
}

static int worth_using(int first, int last)
{
    processor_set permitted = {0};
    for (int i = first; i <= last; i++)
        processor_add(&permitted, i);
    return processors_worth_using(&permitted, machine_root);
}

static void nothing_known(void **state)
{
    assert_int_equal(worth_using(0, 7), 8);
    assert_int_equal(worth_using(5, 5), 1);
}

static void two_threads_a_core(void **state)
{
    tell_cores(4, 2);
    assert_int_equal(worth_using(0, 7), 4);
    assert_int_equal(worth_using(0, 3), 4);
    assert_int_equal(worth_using(4, 7), 4); /* the second threads alone are cores as well */
    assert_int_equal(worth_using(3, 4), 2);
}

static void thousands(void **state)
{
    assert_int_equal(worth_using(0, 2047), 2048);
    machine_tell("/sys/devices/system/node/node0/cpulist", "0-1023");
    machine_tell("/sys/devices/system/node/node1/cpulist", "1024-4095,999999");
    assert_int_equal(worth_using(1000, 3000), 1977);
    assert_int_equal(worth_using(PROCESSORS_MAX - 1, PROCESSORS_MAX - 1), 1);
}

static void two_nodes(void **state)
{
    tell_cores(12, 1);
    machine_tell("/sys/devices/system/node/node0/cpulist", "0-3,10-11");
    machine_tell("/sys/devices/system/node/node1/cpulist", "4-9");
    assert_int_equal(worth_using(0, 11), 6);
    assert_int_equal(worth_using(2, 6), 3);
}

static void a_share_of_the_machine(void **state)
{
    tell_cores(8, 1);
    machine_tell("/proc/self/cgroup", "1:name=systemd:/\n0::/user/job");
    machine_tell("/sys/fs/cgroup/user/job/cpu.max", "max 100000");
    assert_int_equal(worth_using(0, 7), 8);
    machine_tell("/sys/fs/cgroup/user/cpu.max", "250000 100000");
    assert_int_equal(worth_using(0, 7), 3);
    machine_tell("/sys/fs/cgroup/cpu.max", "50000 100000");
    assert_int_equal(worth_using(0, 7), 1);
}

static void a_share_in_the_first_version(void **state)
{
    tell_cores(8, 1);
    machine_tell("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
    machine_tell("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    assert_int_equal(worth_using(0, 7), 8);
    machine_tell("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000");
    assert_int_equal(worth_using(0, 7), 4);
}

static void nonsense_does_not_count(void **state)
{
    tell_cores(2, 1);
    machine_tell("/proc/self/cgroup", "0::");
    machine_tell("/sys/devices/system/node/node0/cpulist", "zero");
    machine_tell("/sys/devices/system/cpu/cpu1/topology/thread_siblings_list",
                 "-7,99999999999999999999");
    machine_tell("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "lots");
    machine_tell("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "0");
    assert_int_equal(worth_using(0, 1), 2);
}

static void this_machine(void **state)
{
    processor_set set;
    processors_permitted(&set);
    int count = thread_default_count();
    assert_true(count >= 1 && count <= processors_count(&set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_known, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(two_threads_a_core, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(thousands, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(two_nodes, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(a_share_of_the_machine, machine_setup, machine_teardown),
        cmocka_unit_test_setup_teardown(a_share_in_the_first_version, machine_setup,
                                        machine_teardown),
        cmocka_unit_test_setup_teardown(nonsense_does_not_count, machine_setup, machine_teardown),
        cmocka_unit_test(this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
