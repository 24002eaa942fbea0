/* unit/serve/test_doors.c - who is let in: tokens, sites, names of the server.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/listen_address.h"
#include "serve/origins.h"
#include "serve/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static vis_status read_tokens(const char *text, tokens *t)
{
    char path[] = "/tmp/viseme-tokens-XXXXXX";
    int fd = mkstemp(path);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    vis_status status = tokens_read(path, t, NULL);
    unlink(path);
    return status;
}

static void test_tokens(void **state)
{
    tokens t = {0};
    assert_true(tokens_allow(&t, NULL)); /* none is asked for */
    assert_int_equal(read_tokens("# two\n\n  first-of-the-tokens \r\nsecond-of-the-tokens", &t),
                     VIS_OK);
    assert_int_equal(t.count, 2);
    assert_true(tokens_allow(&t, "Bearer first-of-the-tokens"));
    assert_true(tokens_allow(&t, "bearer second-of-the-tokens"));
    static const char *const wrong[] = {"",
                                        "Bearer ",
                                        "Bearer first-of-the-token",
                                        "first-of-the-tokens",
                                        "Basic first-of-the-tokens",
                                        "Bearer first-of-the-tokens "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(tokens_allow(&t, wrong[i]));
    assert_false(tokens_allow(&t, NULL));
    assert_int_equal(read_tokens("# none\n", &t), VIS_ERR_FORMAT);
    assert_int_equal(read_tokens("short\n", &t), VIS_ERR_FORMAT);
}

static const char *const friends[] = {"https://friend.example"};
static const origins open_origins = {friends, 1, false}, closed_origins = {friends, 1, true};

static void test_origins(void **state)
{
    const origins *o = &open_origins;
    assert_int_equal(origins_judge(o, "", "here:80"), ORIGIN_NONE);
    assert_int_equal(origins_judge(o, "http://here:80", "here:80"), ORIGIN_OWN);
    assert_int_equal(origins_judge(o, "https://HERE", "here"), ORIGIN_OWN);
    assert_int_equal(origins_judge(o, "https://friend.example", "here"), ORIGIN_ALLOWED);
    static const char *const foreign[] = {"null",
                                          "http://friend.example",
                                          "https://friend.example.evil",
                                          "http://here:81",
                                          "ftp://here:80",
                                          "here:80",
                                          "?"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_int_equal(origins_judge(o, foreign[i], "here:80"), ORIGIN_FOREIGN);
}

static void test_a_site_that_names_itself_as_this_machine(void **state)
{
    assert_true(origins_host_fits(&open_origins, "evil.example"));
    assert_false(origins_host_fits(&closed_origins, "evil.example"));
    assert_false(origins_host_fits(&closed_origins, "127.0.0.1.evil.example"));
    assert_false(origins_host_fits(&closed_origins, "localhost.evil.example:80"));
    static const char *const fine[] = {"",          "localhost",  "LocalHost:8080", "127.0.0.1:1",
                                       "127.9.9.9", "[::1]:8080", "friend.example"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        assert_true(origins_host_fits(&closed_origins, fine[i]));
}

static void test_what_a_site_is_called(void **state)
{
    assert_int_equal(origin_check("https://a.example", NULL), VIS_OK);
    assert_int_equal(origin_check("http://localhost:3000", NULL), VIS_OK);
    static const char *const wrong[] = {"*",
                                        "a.example",
                                        "https://",
                                        "https://a.example/",
                                        "https://A.example",
                                        "https://a.example; script-src *"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(origin_check(wrong[i], NULL), VIS_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_a_site_that_names_itself_as_this_machine),
        cmocka_unit_test(test_what_a_site_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
