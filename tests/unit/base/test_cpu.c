/* tests/unit/base/test_cpu.c - which instruction sets are used when some are ruled out.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/cpu.h"

#include <stdlib.h>

static int no_limits(void **state)
{
    cpu_limit(CPU_ALL);
    return unsetenv("VISEME_ISA");
}

/* Either way of ruling sets out gives the best of those that are left. */
static void nothing_above_a_limit(void **state)
{
    cpu_isa best = cpu_best();
    for (int isa = CPU_PORTABLE; isa <= CPU_ALL; isa++) {
        cpu_limit((cpu_isa)isa);
        cpu_isa limited = cpu_best();
        assert_true(limited <= (cpu_isa)isa && limited <= best);
        if (isa >= (int)best) assert_int_equal(limited, best);
        cpu_limit(CPU_ALL);
        assert_int_equal(setenv("VISEME_ISA", cpu_isa_name((cpu_isa)isa), 1), 0);
        assert_int_equal(cpu_best(), limited);
        assert_int_equal(unsetenv("VISEME_ISA"), 0);
    }
}

/* A set of other processors is never named as this one's. */
static void only_what_the_processor_has(void **state)
{
    for (int isa = CPU_PORTABLE; isa <= CPU_ALL; isa++) {
        cpu_limit((cpu_isa)isa);
#if defined(__aarch64__)
        assert_int_equal(cpu_best(), isa == CPU_PORTABLE ? CPU_PORTABLE : CPU_NEON);
#else
        assert_int_not_equal(cpu_best(), CPU_NEON);
#endif
    }
}

static void unknown_names_rule_nothing_out(void **state)
{
    cpu_isa best = cpu_best();
    assert_true(cpu_environment_known());
    assert_int_equal(setenv("VISEME_ISA", "vax", 1), 0);
    assert_int_equal(cpu_best(), best);
    assert_false(cpu_environment_known());
    assert_int_equal(setenv("VISEME_ISA", "", 1), 0);
    assert_int_equal(cpu_best(), best);
    assert_true(cpu_environment_known());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_above_a_limit, no_limits),
        cmocka_unit_test_setup(only_what_the_processor_has, no_limits),
        cmocka_unit_test_setup(unknown_names_rule_nothing_out, no_limits),
    };
    return cmocka_run_group_tests(tests, NULL, no_limits);
}
