/* nothing_left.h - streams that come and go by the thousand leave no memory behind. */
#ifndef TEST_NOTHING_LEFT_H
#define TEST_NOTHING_LEFT_H

#include "../cmocka_all.h"

#include <limits.h>
#include <stdio.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MANY 60 /* their own books would be counted too */
#define PAGES_MAX LONG_MAX
#else
#define MANY 1000
#define PAGES_MAX 4000
#endif

static inline long resident_pages(void)
{
    long all, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    assert_int_equal(fscanf(f, "%ld %ld", &all, &resident), 2);
    fclose(f);
    return resident;
}

/* One that stayed would hold its ring, and of those that painted, pictures of 120 KB. */
static inline void expect_nothing_left(void (*come_and_go)(int count))
{
    come_and_go(MANY / 10);
    long before = resident_pages();
    come_and_go(MANY);
    assert_true(resident_pages() - before < PAGES_MAX);
}

#endif
