/* tests/unit/cmocka_all.h - cmocka with the headers that it expects before it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CMOCKA_ALL_H
#define TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#ifdef assert_uint_in_range /* since cmocka 2, which warns of the old name */
#undef assert_in_range
#define assert_in_range assert_uint_in_range
#endif

#endif
