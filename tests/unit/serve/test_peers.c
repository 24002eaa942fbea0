/* unit/serve/test_peers.c - one address has no more connections than it may, and others theirs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} any_address;

static any_address address(const char *text)
{
    any_address a;
    memset(&a, 0, sizeof a);
    a.any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    void *to = strchr(text, ':') ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr;
    assert_int_equal(inet_pton(a.any.sa_family, text, to), 1);
    return a;
}

static bool admitted(const peers *p, const char *text)
{
    any_address a = address(text);
    return peers_admit(p, &a.any);
}

static peer *entered(peers *p, const char *text)
{
    any_address a = address(text);
    peer *e = peers_enter(p, &a.any);
    assert_non_null(e);
    return e;
}

static void test_each_has_its_own(void **state)
{
    peers p;
    assert_int_equal(peers_open(&p, 8, 2, NULL), VIS_OK);
    peer *first = entered(&p, "192.0.2.1"), *second = entered(&p, "192.0.2.1");
    assert_ptr_equal(first, second);
    assert_false(admitted(&p, "192.0.2.1"));
    assert_true(admitted(&p, "192.0.2.2"));
    peer *other = entered(&p, "192.0.2.2");
    assert_ptr_not_equal(other, first);
    peers_leave(first);
    assert_true(admitted(&p, "192.0.2.1"));
    peers_leave(second);
    peers_leave(other);
    for (int i = 0; i < p.places; i++)
        assert_int_equal(p.place[i].connections, 0);
    peers_close(&p);
}

/* A place that is free in front of an address's own does not hide it. */
static void test_places_are_used_again(void **state)
{
    peers p;
    assert_int_equal(peers_open(&p, 4, 2, NULL), VIS_OK);
    peer *first = entered(&p, "192.0.2.1"), *second = entered(&p, "192.0.2.2");
    peers_leave(first);
    assert_ptr_equal(entered(&p, "192.0.2.2"), second);
    assert_false(admitted(&p, "192.0.2.2"));
    assert_ptr_equal(entered(&p, "192.0.2.3"), first);
    peers_close(&p);
}

/* All addresses of a network are one's own. */
static void test_networks(void **state)
{
    peers p;
    assert_int_equal(peers_open(&p, 4, 1, NULL), VIS_OK);
    entered(&p, "2001:db8:1:2::1");
    assert_false(admitted(&p, "2001:db8:1:2:ffff::9"));
    assert_true(admitted(&p, "2001:db8:1:3::1"));
    entered(&p, "0.0.0.1");
    assert_true(admitted(&p, "::1"));
    assert_false(admitted(&p, "::ffff:0.0.0.1")); /* through a socket of both kinds */
    peers_close(&p);
}

static void test_without_a_bound(void **state)
{
    peers p;
    assert_int_equal(peers_open(&p, 2, 0, NULL), VIS_OK);
    for (int i = 0; i < 100; i++)
        entered(&p, "192.0.2.1");
    assert_true(admitted(&p, "192.0.2.1"));
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_true(peers_admit(&p, &local));
    assert_null(peers_enter(&p, &local));
    peers_leave(NULL);
    peers_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_its_own),
        cmocka_unit_test(test_places_are_used_again),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_without_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
