/* unit/serve/test_settings.c - what options and files say, sorted out or refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "serve/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST(...)                                                                                  \
    (&(serve_list){(const char *[]){__VA_ARGS__},                                                  \
                   sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)})
static const serve_list none = {0};

static void test_each_character_gets_what_has_its_name(void **state)
{
    serve_settings s = {0};
    vis_error err;
    assert_int_equal(settings_characters(LIST("anna=/a", "bob=/b=c"),
                                         LIST("all.pth", "bob=bob.pth"), LIST("anna=e.pth"), &s,
                                         &err),
                     VIS_OK);
    assert_int_equal(s.characters, 2);
    assert_string_equal(s.character[0].name, "anna");
    assert_string_equal(s.character[0].model, "all.pth");
    assert_string_equal(s.character[0].audio_encoder, "e.pth");
    assert_string_equal(s.character[1].folder, "/b=c");
    assert_string_equal(s.character[1].model, "bob.pth");
    assert_null(s.character[1].audio_encoder);
}

static void test_one_alone_is_named_as_its_folder(void **state)
{
    static const char *const names[][2] = {{"demo/anna/", "anna"}, {"anna", "anna"},
                                           {"/", "default"},       {"..", "default"},
                                           {"./a=b", "default"},   {"with space", "default"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        serve_settings s = {0};
        assert_int_equal(settings_characters(LIST(names[i][0]), LIST("m"), &none, &s, NULL),
                         VIS_OK);
        assert_string_equal(s.character[0].name, names[i][1]);
        assert_string_equal(s.character[0].folder, names[i][0]);
    }
}

static void test_what_does_not_go_together_is_refused(void **state)
{
    serve_settings s = {0};
    assert_int_equal(settings_characters(&none, LIST("m"), &none, &s, NULL), VIS_ERR_USAGE);
    assert_int_equal(settings_characters(LIST("a", "b"), LIST("m"), &none, &s, NULL),
                     VIS_ERR_USAGE);
    assert_int_equal(settings_characters(LIST("a=x", "a=y"), LIST("m"), &none, &s, NULL),
                     VIS_ERR_USAGE);
    assert_int_equal(settings_characters(LIST("a=x"), &none, &none, &s, NULL), VIS_ERR_USAGE);
    assert_int_equal(settings_characters(LIST("a=x"), LIST("b=m"), &none, &s, NULL), VIS_ERR_USAGE);
    assert_int_equal(settings_characters(LIST("a=x", "b=y"), LIST("a=m"), &none, &s, NULL),
                     VIS_ERR_USAGE);
}

static serve_settings sound(void)
{
    serve_settings s = {.alone_seconds = 10};
    assert_int_equal(listen_address_parse("127.0.0.1:8080", &s.listen, NULL), VIS_OK);
    return s;
}

static void test_strangers_need_a_token(void **state)
{
    serve_settings s = sound();
    assert_int_equal(settings_check(&s, NULL), VIS_OK);
    assert_int_equal(listen_address_parse("0.0.0.0:80", &s.listen, NULL), VIS_OK);
    assert_int_equal(settings_check(&s, NULL), VIS_ERR_USAGE);
    s.token_file = "tokens";
    assert_int_equal(settings_check(&s, NULL), VIS_OK);
}

static void test_halves_are_refused(void **state)
{
    serve_settings s = sound();
    s.certificate = "c.pem";
    assert_int_equal(settings_check(&s, NULL), VIS_ERR_USAGE);
    s = sound();
    s.voice = "en";
    assert_int_equal(settings_check(&s, NULL), VIS_ERR_USAGE);
    s = sound();
    s.max_sessions = -1;
    assert_int_equal(settings_check(&s, NULL), VIS_ERR_USAGE);
}

static void test_addresses(void **state)
{
    listen_address a;
    assert_int_equal(listen_address_parse("[::1]:0", &a, NULL), VIS_OK);
    assert_true(a.ipv6 && a.loopback && a.port == 0);
    assert_string_equal(a.host, "::1");
    assert_int_equal(listen_address_parse("LOCALHOST:65535", &a, NULL), VIS_OK);
    assert_true(a.loopback && a.port == 65535);
    assert_int_equal(listen_address_parse("[::]:80", &a, NULL), VIS_OK);
    assert_false(a.loopback);
    static const char *const wrong[] = {
        "",       "8080",    ":8080",        "127.0.0.1", "127.0.0.1:",   "127.0.0.1:65536",
        "::1:80", "[::1:80", "a.example:80", "1.2.3:80",  "127.0.0.1:-1", "127.0.0.1:8o"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(listen_address_parse(wrong[i], &a, NULL), VIS_ERR_USAGE);
}

static void test_the_key_is_the_first_line(void **state)
{
    char path[] = "/tmp/viseme-key-XXXXXX", *key;
    int fd = mkstemp(path);
    assert_true(write(fd, "sk-123\nmore\n", 12) == 12);
    close(fd);
    assert_int_equal(settings_read_key(path, &key, NULL), VIS_OK);
    assert_string_equal(key, "sk-123");
    free(key);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(settings_read_key(path, &key, NULL), VIS_ERR_FORMAT);
    unlink(path);
    assert_int_equal(settings_read_key(path, &key, NULL), VIS_ERR_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_character_gets_what_has_its_name),
        cmocka_unit_test(test_one_alone_is_named_as_its_folder),
        cmocka_unit_test(test_what_does_not_go_together_is_refused),
        cmocka_unit_test(test_strangers_need_a_token),
        cmocka_unit_test(test_halves_are_refused),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_the_key_is_the_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
