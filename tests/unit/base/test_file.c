/* Files are read whole within a limit and written whole or not at all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/viseme-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static char *in_folder(const char *name)
{
    char *path = path_join(folder, name);
    assert_non_null(path);
    return path;
}

static void names_say_what_is_in_them(void **state)
{
    static const char *const mp4[] = {".mp4", ".m4v", NULL};
    vis_error err = {0};
    assert_int_equal(file_check_suffix("a.b/talking", mp4, &err), VIS_OK);
    assert_int_equal(file_check_suffix("talking.M4V", mp4, &err), VIS_OK);
    assert_int_equal(file_check_suffix("a.b/talking.webm", mp4, &err), VIS_ERR_USAGE);
    assert_non_null(strstr(err.message, "name it a.b/talking.mp4"));
    assert_int_equal(folder_check_name("some/report", &err), VIS_OK);
    assert_int_equal(folder_check_name("report.v2", &err), VIS_OK);
    assert_int_equal(folder_check_name("some/report.HTML", &err), VIS_ERR_USAGE);
    char *there = in_folder("old.json"); /* whatever its name, it is a folder */
    assert_int_equal(folder_make(there, &err), VIS_OK);
    assert_int_equal(folder_check_name(there, &err), VIS_OK);
    free(there);
}

static void written_files_read_back(void **state)
{
    char *path = in_folder("a.bin");
    buffer b;
    vis_error err;
    assert_int_equal(file_write(path, "hello", 5, &err), VIS_OK);
    buffer_init(&b, 5);
    assert_int_equal(file_read(path, &b, &err), VIS_OK);
    assert_int_equal(b.size, 5);
    assert_memory_equal(b.data, "hello", 5);
    buffer_free(&b);
    buffer_init(&b, 4);
    assert_int_equal(file_read(path, &b, &err), VIS_ERR_LIMIT);
    buffer_free(&b);
    file_map map;
    assert_int_equal(file_map_open(path, &map, &err), VIS_OK);
    assert_int_equal(map.size, 5);
    file_unmap(&map);
    free(path);
}

/* Whatever opens a file for reading refuses what is none, and does not wait for it. */
static void only_files_are_opened(void **state)
{
    char *pipe = in_folder("pipe"), *socket_path = in_folder("socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(bind(socket_fd, (struct sockaddr *)&address, sizeof address), 0);
    const struct {
        const char *path, *says;
    } cases[] = {{pipe, "is a device or pipe, not a file"},
                 {socket_path, "is a socket, not a file"},
                 {"/dev/zero", "is a device or pipe, not a file"},
                 {folder, "is a folder, not a file"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vis_error err = {0};
        file_map map;
        buffer b;
        char hex[65];
        int fd;
        size_t size;
        buffer_init(&b, 100);
        assert_int_equal(file_open(cases[i].path, &fd, &size, &err), VIS_ERR_OPEN);
        assert_int_equal(fd, -1);
        if (!strstr(err.message, cases[i].says)) fail_msg("%s", err.message);
        assert_int_equal(file_read(cases[i].path, &b, NULL), VIS_ERR_OPEN);
        assert_int_equal(file_map_open(cases[i].path, &map, NULL), VIS_ERR_OPEN);
        assert_int_equal(file_sha256(cases[i].path, hex, NULL), VIS_ERR_OPEN);
    }
    close(socket_fd);
    free(pipe);
    free(socket_path);
}

static void expect_sha256(const void *bytes, size_t size, const char *wanted)
{
    char read[65], mapped[65], *path = in_folder("message");
    assert_int_equal(file_write(path, bytes, size, NULL), VIS_OK);
    assert_int_equal(file_sha256(path, read, NULL), VIS_OK);
    assert_string_equal(read, wanted);
    file_map_sha256(&(file_map){.data = bytes, .size = size}, mapped);
    assert_string_equal(mapped, wanted);
    free(path);
}

/* FIPS 180-4's example messages (NIST's "SHA-256" example values), and nothing at all. The million
 * letters are read in several pieces. */
static void sha256_is_that_of_the_standard(void **state)
{
    expect_sha256("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *letters = malloc(1000000);
    assert_non_null(letters);
    memset(letters, 'a', 1000000);
    expect_sha256(letters, 1000000,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(letters);
}

static void missing_files_and_folders_are_told_apart(void **state)
{
    buffer b;
    vis_error err;
    char hex[65];
    buffer_init(&b, 10);
    assert_int_equal(file_read("/nowhere/at/all", &b, &err), VIS_ERR_OPEN);
    assert_non_null(strstr(err.message, "no such file"));
    assert_int_equal(file_sha256("/nowhere/at/all", hex, &err), VIS_ERR_OPEN);
    assert_non_null(strstr(err.message, "no such file"));
    assert_int_equal(file_read(folder, &b, &err), VIS_ERR_OPEN);
    assert_non_null(strstr(err.message, "a folder"));
    assert_int_equal(file_write("/nowhere/at/all", "x", 1, &err), VIS_ERR_WRITE);
    char *empty = in_folder("empty");
    assert_int_equal(file_write(empty, "", 0, &err), VIS_OK);
    file_map map;
    assert_int_equal(file_map_open(empty, &map, &err), VIS_ERR_FORMAT);
    free(empty);
}

static void only_files_may_be_replaced(void **state)
{
    vis_error err;
    assert_int_equal(file_check_output("/dev/null", &err), VIS_ERR_WRITE);
    assert_int_equal(file_write("/dev/null", "x", 1, &err), VIS_ERR_WRITE);
    assert_int_equal(file_check_output(folder, &err), VIS_ERR_WRITE);
    char *fresh = in_folder("fresh");
    assert_int_equal(file_check_output(fresh, &err), VIS_OK);
    assert_false(path_is_file(fresh));
    free(fresh);
}

static void a_failed_commit_leaves_nothing(void **state)
{
    char *temporary = in_folder("t.tmp");
    assert_int_equal(file_write(temporary, "x", 1, NULL), VIS_OK);
    assert_int_equal(file_commit(temporary, "/nowhere/final", NULL), VIS_ERR_WRITE);
    assert_int_not_equal(access(temporary, F_OK), 0);
    free(temporary);
}

static void temporary_names_stay_beside_and_keep_the_suffix(void **state)
{
    char *name = file_temporary_name("some/where/out.mp4");
    assert_memory_equal(name, "some/where/.out.", 16);
    assert_true(path_has_suffix(name, ".MP4"));
    file_discard(name);
    free(name);
    name = file_temporary_name("plain");
    assert_memory_equal(name, "./.plain.", 9);
    file_discard(name);
    free(name);
}

/* A temporary of the folder's out.mp4 with some bytes in it. */
static char *begin_output(char **final)
{
    *final = in_folder("out.mp4");
    char *temporary = file_temporary_name(*final);
    FILE *file = fopen(temporary, "w");
    assert_non_null(file);
    fputs("half", file);
    fclose(file);
    return temporary;
}

/* The process number of a child that has ended. */
static pid_t ended_process(void)
{
    pid_t child = fork();
    if (child == 0) _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

/* The number for this machine and container in the name of a temporary. */
static uint32_t origin_in(const char *temporary)
{
    unsigned origin = 0;
    assert_int_equal(sscanf(path_name(temporary), ".out.%*d-%8x", &origin), 1);
    return origin;
}

/* The temporary that a process which has ended left of an MP4. */
static char *left_behind(const char *stem, uint32_t origin, int number)
{
    char name[64];
    snprintf(name, sizeof name, ".%s.%d-%08x.%d.tmp.mp4", stem, (int)ended_process(), origin,
             number);
    return in_folder(name);
}

static void what_killed_processes_left_is_removed(void **state)
{
    char *final, *mine = begin_output(&final);
    uint32_t here = origin_in(mine);
    char *stale = left_behind("out", here, 0), *held = left_behind("out", here, 1);
    char *other = left_behind("output", here, 0), *elsewhere = left_behind("out", here + 1, 0);
    char *files[] = {stale, held, other, elsewhere};
    for (int i = 0; i < 4; i++)
        assert_int_equal(file_write(files[i], "x", 1, NULL), VIS_OK);
    int hold = file_hold(held);
    assert_true(hold >= 0);
    file_remove_stale(final);
    assert_false(path_is_file(stale));
    assert_true(path_is_file(held));
    assert_true(path_is_file(other));
    assert_true(path_is_file(elsewhere)); /* its process may live where it cannot be seen */
    assert_true(path_is_file(mine));
    close(hold);
    file_remove_stale(final);
    assert_false(path_is_file(held));
    file_discard(mine);
    assert_false(path_is_file(mine));
    for (int i = 0; i < 4; i++)
        free(files[i]);
    free(mine);
    free(final);
}

/* In a process of its own, which ends as a program would. */
static void all_unfinished_files_can_be_removed_at_once(void **state)
{
    pid_t child = fork();
    if (child == 0) {
        char *final, *first = begin_output(&final), *second = begin_output(&final);
        if (file_commit(first, final, NULL) != VIS_OK) _exit(1);
        file_finish_begin();
        if (file_discard_all() || !path_is_file(second)) _exit(3);
        file_finish_end();
        if (!file_discard_all()) _exit(4);
        _exit(path_is_file(final) && !path_is_file(first) && !path_is_file(second) ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_new_name_replaces_nothing(void **state)
{
    static const char *const names[] = {"out.mp4", "out-2.mp4", "out-3.mp4"};
    char *wanted = in_folder(names[0]);
    assert_int_equal(file_write(wanted, "old", 3, NULL), VIS_OK);
    for (int i = 1; i < 3; i++) {
        char *final, *temporary = begin_output(&final), *name, *expected = in_folder(names[i]);
        assert_int_equal(file_commit_new(temporary, wanted, &name, NULL), VIS_OK);
        assert_string_equal(name, expected);
        assert_true(path_is_file(name));
        assert_false(path_is_file(temporary));
        free(temporary);
        free(final);
        free(name);
        free(expected);
    }
    char *final, *temporary = begin_output(&final), *name;
    assert_int_equal(file_commit_new(temporary, "/nowhere/x", &name, NULL), VIS_ERR_WRITE);
    assert_null(name);
    assert_false(path_is_file(temporary));
    free(temporary);
    free(final);
    free(wanted);
}

/* What a file holds, as text. */
static const char *contents(const char *path)
{
    static char text[16];
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[size] = '\0';
    return text;
}

static void links_lead_to_the_file_that_is_written(void **state)
{
    char *folder_a = in_folder("a"), *file = in_folder("a/file"), *link = in_folder("link");
    char *second = in_folder("second"), *circle = in_folder("circle"),
         *astray = in_folder("astray");
    assert_int_equal(folder_make(folder_a, NULL), VIS_OK);
    assert_int_equal(symlink("a/file", link), 0); /* dangling as yet */
    assert_int_equal(symlink(link, second), 0);   /* and one whole path */
    assert_int_equal(symlink("circle", circle), 0);
    assert_int_equal(symlink("nowhere/file", astray), 0);
    const char *names[] = {link, second};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(file_write(names[i], i ? "two" : "one", 3, NULL), VIS_OK);
        assert_string_equal(contents(file), i ? "two" : "one");
        char *target = file_target(names[i]);
        assert_string_equal(target, file);
        free(target);
        char *temporary = file_temporary_name(names[i]);
        assert_memory_equal(temporary, folder_a, strlen(folder_a));
        file_discard(temporary);
        free(temporary);
    }
    vis_error err;
    assert_int_equal(file_write(circle, "x", 1, &err), VIS_ERR_WRITE);
    assert_non_null(strstr(err.message, "circle"));
    assert_int_equal(file_check_output(circle, &err), VIS_ERR_WRITE);
    assert_int_equal(file_check_output(astray, &err), VIS_ERR_WRITE);
    char *all[] = {folder_a, file, link, second, circle, astray};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void numbered_files_come_in_order(void **state)
{
    const char *names[] = {"10.jpg", "9.jpg",  "009.jpg", "x.jpg",
                           "1.png",  "1a.jpg", "-3.jpg",  "99999999999.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = in_folder(names[i]);
        assert_int_equal(file_write(path, "", 0, NULL), VIS_OK);
        free(path);
    }
    int *numbers, count;
    assert_int_equal(folder_numbers(folder, ".jpg", &numbers, &count, NULL), VIS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(numbers[0], 9);
    assert_int_equal(numbers[1], 10);
    free(numbers);
}

static void folders_are_made_with_those_above(void **state)
{
    char *path = in_folder("p/q/r");
    assert_int_equal(folder_make(path, NULL), VIS_OK);
    assert_true(path_is_folder(path));
    assert_int_equal(folder_make(path, NULL), VIS_OK);
    char *file = in_folder("p/file"), *below = in_folder("p/file/s");
    assert_int_equal(file_write(file, "", 0, NULL), VIS_OK);
    assert_int_equal(folder_make(below, NULL), VIS_ERR_WRITE);
    free(path);
    free(file);
    free(below);
}

static void paths_fall_into_folder_and_name(void **state)
{
    char *a = path_folder("x/y.z"), *b = path_folder("y"), *c = path_folder("/y");
    assert_string_equal(a, "x");
    assert_string_equal(b, ".");
    assert_string_equal(c, "/");
    assert_string_equal(path_name("x/y.z"), "y.z");
    assert_string_equal(path_suffix("x.w/y.a.z"), ".z");
    assert_string_equal(path_suffix("x.w/y"), "");
    free(a);
    free(b);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_files_are_opened),
        cmocka_unit_test(names_say_what_is_in_them),
        cmocka_unit_test(written_files_read_back),
        cmocka_unit_test(sha256_is_that_of_the_standard),
        cmocka_unit_test(missing_files_and_folders_are_told_apart),
        cmocka_unit_test(only_files_may_be_replaced),
        cmocka_unit_test(a_failed_commit_leaves_nothing),
        cmocka_unit_test(temporary_names_stay_beside_and_keep_the_suffix),
        cmocka_unit_test(what_killed_processes_left_is_removed),
        cmocka_unit_test(all_unfinished_files_can_be_removed_at_once),
        cmocka_unit_test(a_new_name_replaces_nothing),
        cmocka_unit_test(links_lead_to_the_file_that_is_written),
        cmocka_unit_test(numbered_files_come_in_order),
        cmocka_unit_test(folders_are_made_with_those_above),
        cmocka_unit_test(paths_fall_into_folder_and_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
