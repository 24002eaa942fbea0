/* unit/serve/test_routes.c - what is asked, and what is answered, without a network: who may, what there is, sessions
 * that are made, found and ended.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../live/stage.h"

#include "serve/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HERE "localhost:8080"
#define JSON "application/json"
#define NOBODY "/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA"

static void log_nothing(void *user, const char *line) {}

static const serve_caller caller = {.log = {.call = log_nothing}, .warning = {.call = log_nothing}};
static const char *const friends[] = {"https://friend.example"};

static serve_settings settings(void)
{
    serve_settings s = {.origin = friends, .origins = 1, .max_sessions = 2, .alone_seconds = 1000};
    assert_int_equal(listen_address_parse("127.0.0.1:0", &s.listen, NULL), VIS_OK);
    return s;
}

/* A server with the stage's character, and no network. */
static void begin(server *s, const serve_settings *o)
{
    memset(s, 0, sizeof *s);
    s->settings = o;
    s->caller = &caller;
    journal_open(&s->journal, false, &caller.log, &caller.warning);
    s->origins =
        (origins){.allowed = o->origin, .count = o->origins, .loopback = o->listen.loopback};
    s->cast.member[0].presenter = stage_presenter();
    s->cast.member[0].facts = live_presenter_get(stage_presenter());
    s->cast.members = 1;
    assert_int_equal(reaper_open(&s->reaper, NULL), VIS_OK);
}

static void end(server *s)
{
    server_part_all(s);
    server_settle(s);
}

static request ask(request_method method, const char *path)
{
    request r = {.method = method, .length = method == METHOD_POST ? 0 : -1};
    snprintf(r.path, sizeof r.path, "%s", path);
    snprintf(r.host, sizeof r.host, HERE);
    buffer_init(&r.body, 1 << 16);
    return r;
}

static request post(const char *path, const char *type, const char *body)
{
    request r = ask(METHOD_POST, path);
    snprintf(r.type, sizeof r.type, "%s", type);
    assert_int_equal(buffer_append(&r.body, body, strlen(body), NULL), VIS_OK);
    r.length = (int64_t)strlen(body);
    return r;
}

/* As http.c does it; uses the request up. */
static answer answered(server *s, request r)
{
    answer a = {0};
    routes_begin(s, &r, &a);
    if (a.status == 0) routes_finish(s, &r, &a);
    buffer_free(&r.body);
    return a;
}

static int status_of(server *s, request r)
{
    answer a = answered(s, r);
    int status = a.status;
    assert_true(status == 204 || status == 304 || a.size > 0);
    answer_free(&a);
    return status;
}

static void test_paths_and_methods(void **state)
{
    static const struct {
        request_method method;
        const char *path;
        int status;
    } rows[] = {
        {METHOD_GET, "/", 200},
        {METHOD_GET, "/openapi.json", 200},
        {METHOD_GET, "/healthz", 200},
        {METHOD_GET, "/metrics", 200},
        {METHOD_GET, "/v1/characters", 200},
        {METHOD_GET, "/v1/sessions", 200},
        {METHOD_GET, "", 404},
        {METHOD_GET, "?", 404},
        {METHOD_GET, "/v1/sessions/", 404},
        {METHOD_GET, "/v1/sessions//ws", 404},
        {METHOD_GET, "/v1/sessions/x/nothing", 404},
        {METHOD_GET, NOBODY, 404},
        {METHOD_GET, NOBODY "AAAAAAAAAAAAAAAAAAAA", 404},
        {METHOD_DELETE, NOBODY, 404},
        {METHOD_POST, NOBODY "/interrupt", 404},
        {METHOD_POST, NOBODY, 405},
        {METHOD_DELETE, "/v1/sessions", 405},
        {METHOD_OTHER, "/v1/sessions", 405},
        {METHOD_DELETE, "/", 405},
        {METHOD_OPTIONS, "/v1/sessions", 204},
        {METHOD_OPTIONS, "/nothing", 404},
    };
    const serve_settings o = settings();
    server s;
    begin(&s, &o);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(status_of(&s, ask(rows[i].method, rows[i].path)), rows[i].status);
    end(&s);
}

static void test_bodies(void **state)
{
    const serve_settings o = settings();
    server s;
    begin(&s, &o);
    assert_int_equal(status_of(&s, post("/v1/sessions", "text/plain", "{}")), 415);
    assert_int_equal(status_of(&s, post("/v1/sessions", JSON, "{")), 400);
    assert_int_equal(status_of(&s, post("/v1/sessions", JSON, "[]")), 400);
    assert_int_equal(status_of(&s, post("/v1/sessions", JSON, "{\"colour\":1}")), 400);
    assert_int_equal(status_of(&s, post("/v1/sessions", JSON, "{\"character\":\"nobody\"}")), 404);
    request r = post("/v1/sessions", JSON, "{}");
    r.length = 1 << 20;
    assert_int_equal(status_of(&s, r), 413);
    r = post("/v1/sessions", JSON, "{}");
    r.length_bad = true;
    assert_int_equal(status_of(&s, r), 400);
    r = post("/v1/sessions", JSON, "{}");
    r.chunked = true;
    r.length = -1;
    assert_int_equal(status_of(&s, r), 411);
    end(&s);
}

static request from(request r, const char *origin)
{
    snprintf(r.origin, sizeof r.origin, "%s", origin);
    return r;
}

static void test_sites(void **state)
{
    const serve_settings o = settings();
    server s;
    begin(&s, &o);
    assert_int_equal(
        status_of(&s, from(post("/v1/sessions", JSON, "{"), "https://foreign.example")), 403);
    assert_int_equal(status_of(&s, from(post("/v1/sessions", JSON, "{"), friends[0])), 400);
    answer a = answered(&s, from(ask(METHOD_OPTIONS, "/v1/sessions"), friends[0]));
    assert_true(a.preflight);
    assert_string_equal(a.origin, friends[0]);
    assert_string_equal(a.allow, "GET, HEAD, POST, OPTIONS");
    answer_free(&a);
    a = answered(&s, from(ask(METHOD_GET, "/v1/characters"), "https://foreign.example"));
    assert_int_equal(a.status, 200); /* whose page may not read it */
    assert_string_equal(a.origin, "");
    answer_free(&a);
    request r = ask(METHOD_GET, "/v1/characters");
    snprintf(r.host, sizeof r.host, "rebound.example");
    assert_int_equal(status_of(&s, r), 421);
    end(&s);
}

static void test_a_token_guards_the_making(void **state)
{
    const serve_settings o = settings();
    server s;
    char path[] = "/tmp/viseme-tokens-XXXXXX";
    int fd = mkstemp(path);
    assert_true(write(fd, "a-token-that-is-long\n", 21) == 21);
    close(fd);
    begin(&s, &o);
    assert_int_equal(tokens_read(path, &s.tokens, NULL), VIS_OK);
    unlink(path);
    answer a = answered(&s, post("/v1/sessions", JSON, "{}"));
    assert_int_equal(a.status, 401);
    assert_true(a.challenge);
    answer_free(&a);
    assert_int_equal(status_of(&s, ask(METHOD_GET, "/v1/sessions")), 401);
    assert_int_equal(status_of(&s, ask(METHOD_GET, "/metrics")), 401);
    assert_int_equal(status_of(&s, ask(METHOD_GET, "/v1/characters")), 200);
    request r = post("/v1/sessions", JSON, "{");
    snprintf(r.authorization, sizeof r.authorization, "Bearer a-token-that-is-long");
    assert_int_equal(status_of(&s, r), 400); /* let in, and understood no further */
    end(&s);
}

/* Opens one; its path. */
static void open_session(server *s, char path[64])
{
    answer a = answered(s, post("/v1/sessions", JSON, "{}"));
    assert_int_equal(a.status, 201);
    snprintf(path, 64, "%s", a.location);
    answer_free(&a);
}

static void test_sessions(void **state)
{
    const serve_settings o = settings();
    server s;
    char first[64], second[64], third[64], below[80];
    begin(&s, &o);
    open_session(&s, first);
    open_session(&s, second);
    assert_string_not_equal(first, second);
    answer a = answered(&s, post("/v1/sessions", JSON, "{}"));
    assert_int_equal(a.status, 503);
    assert_true(a.retry_seconds > 0);
    answer_free(&a);
    assert_int_equal(status_of(&s, ask(METHOD_GET, first)), 200);
    snprintf(below, sizeof below, "%s/ws", first);
    assert_int_equal(status_of(&s, ask(METHOD_GET, below)), 426);
    snprintf(below, sizeof below, "%s/interrupt", first);
    assert_int_equal(status_of(&s, ask(METHOD_POST, below)), 200);
    snprintf(below, sizeof below, "%s/speak", first);
    assert_int_equal(status_of(&s, post(below, JSON, "{\"text\":\"x\"}")), 501); /* no voice */
    assert_int_equal(status_of(&s, post(below, "image/png", "x")), 415);
    assert_int_equal(status_of(&s, ask(METHOD_DELETE, first)), 204);
    open_session(&s, third); /* its place is free at once */
    assert_int_equal(status_of(&s, ask(METHOD_GET, first)), 404);
    assert_int_equal(status_of(&s, ask(METHOD_DELETE, first)), 404);
    assert_int_equal(s.place_count, 2);
    end(&s);
    assert_int_equal(s.place_count, 0);
}

/* Who takes and leaves places quicker than they can be closed waits for that. */
static void test_what_is_being_closed_is_bounded(void **state)
{
    const serve_settings o = settings();
    server s;
    char path[64];
    bool refused = false;
    begin(&s, &o);
    for (int i = 0; i < 2000; i++) {
        answer a = answered(&s, post("/v1/sessions", JSON, "{}"));
        refused = refused || a.status == 503;
        assert_true(a.status == 201 || a.status == 503);
        assert_true(reaper_waiting(s.reaper) <= 64);
        snprintf(path, sizeof path, "%s", a.location);
        if (a.status == 201) assert_int_equal(status_of(&s, ask(METHOD_DELETE, path)), 204);
        answer_free(&a);
        if (refused) break;
    }
    for (int ms = 0; reaper_waiting(s.reaper) > 0; ms++) {
        assert_true(ms < 60000);
        usleep(1000);
    }
    open_session(&s, path);
    end(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_and_methods),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_sites),
        cmocka_unit_test(test_a_token_guards_the_making),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_what_is_being_closed_is_bounded),
    };
    stage_network = argv[1];
    return cmocka_run_group_tests(tests, stage_open, stage_close);
}
