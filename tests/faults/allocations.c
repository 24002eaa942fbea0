/* tests/faults/allocations.c - memory runs out: whatever request fails, alone or with all after it,
 * every command ends with exit status 5 and one line, or does its work without; every file that is
 * there is whole; no memory, mapping, descriptor, thread or other file is left.
 *
 *     allocations [--every] [--one-in N] [--thin] [--figures FILE.json] [WORD]
 *
 *     allocations --inputs     makes the inputs and prints their folder: for tests/faults/starve.py
 *
 * --every: each request of the commands that make very many, too, which takes an hour. --one-in N:
 * of those commands only every Nth, for quick runs; --thin: of all commands. WORD: only the
 * commands with it in their name. The figures are written if all is well.
 *
 * The commands run in this process, whose requests failing.h counts. What libraries ask for is
 * tests/faults/starve.py's. A build with AddressSanitizer also looks for what is leaked in
 * libraries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "../unit/cmocka_all.h"
#include "failing.h"
#include "inputs.h"
#include "left_behind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define leaked() __lsan_do_recoverable_leak_check()
#else
#define leaked() 0
#endif

#define MAX_WORDS 48
#define RUNS_A_LEAK_CHECK 500 /* it stops all threads and reads all memory */
#define OUT_OF_RESOURCES 5    /* exit status */
#define MAX_COMPLAINTS 40
#define MAX_PLACES 16384

int viseme_main(int count, char **words); /* main of tools/program */

/* The program's thread that waits for signals stays for the rest of the process: not here. */
void __wrap_interrupt_watch(const char *command);
void __wrap_interrupt_watch(const char *command) {}

/* A word that begins with @ is a path in the folder of inputs.h; outputs go into out/ there. */
typedef struct command {
    const char *name, *line;
    bool timed;    /* some of the numbers that it prints are times */
    bool by_place; /* of its many requests only the first and the last of each place fail */
} command;

#define MODEL " --model @inputs/model.pth --audio-mode ave"
#define SHALLOW " --model @inputs/shallow.onnx"
#define FOOTAGE " --character @ --features @aud_ave.npy"
#define PACKAGE " --character @inputs/package --features @aud_ave.npy"
#define SPEECH " --audio @inputs/speech.wav --audio-encoder @inputs/encoder.pth"
#define ID " --mark-id 25ea3102d308472385760f4d9e924c1a"
#define EACH false, false
#define EACH_TIMED true, false
#define PLACES false, true
#define PLACES_TIMED true, true
static const command commands[] = {
    {"inspect", "inspect @inputs/shallow.onnx --json", EACH},
    {"features", "features" SPEECH " -o @out/aud_ave.npy --mel @out/mel.npy --json", EACH},
    {"frames", "frames" SHALLOW FOOTAGE " --frames 1 -o @out/frames", EACH_TIMED},
    {"render", "render" SHALLOW " --character @" SPEECH " --frames 1" ID " -o @out/talking.mp4",
     EACH_TIMED},
    {"inspect, whole .pth", "inspect @inputs/model.pth --json", PLACES},
    {"inspect, whole .onnx", "inspect @inputs/model.onnx", PLACES},
    {"export, whole .pth", "export" MODEL " -o @out/model.onnx --json", PLACES},
    {"frames, whole .pth", "frames" MODEL FOOTAGE " --frames 1 -o @out/frames --json",
     PLACES_TIMED},
    {"frames, package", "frames" SHALLOW PACKAGE " --frames 1 -o @out/frames", PLACES_TIMED},
    {"render, package", "render" SHALLOW PACKAGE " --frames 1" ID " -o @out/talking.mp4 --json",
     PLACES_TIMED},
    {"infer",
     "infer" SHALLOW " --input @inputs/visual.npy --input @inputs/audio.npy -o @out/out.npy",
     PLACES_TIMED},
    {"infer, raw", "infer" SHALLOW " --data @inputs/raw -o @out/out.npy --json", PLACES_TIMED},
    {"dump", "dump" SHALLOW FOOTAGE " --frames 1 -o @out/raw", PLACES},
    {"compare, models",
     "compare @inputs/shallow.onnx @inputs/shallow.onnx --data @inputs/raw --nodes "
     "always -o @out/report --json",
     PLACES},
    {"compare, pictures", "compare @inputs/pictures @inputs/pictures -o @out/report", PLACES},
    {"diagnose", "diagnose" SHALLOW FOOTAGE " --frames 2 --run 3 -o @out/report --json", PLACES},
    {"sweep",
     "sweep @inputs/shallow.onnx @inputs/shallow.onnx" FOOTAGE " --frames 2 -o @out/report",
     PLACES},
    {"verify", "verify " SIGNED_VIDEO " --json", PLACES},
    {"bench", "bench" SHALLOW " --runs 1 --json", PLACES_TIMED},
};
#define COMMANDS ((int)(sizeof commands / sizeof *commands))

/* How often a request of a command was made to fail. */
typedef struct figures {
    long runs[2], done_all_the_same[2];
} figures;

static figures told[COMMANDS];
static bool every;      /* by_place does not count */
static long one_in = 1; /* of the requests of commands that go by place, */
static bool thin;       /* of those of all commands */
/* Files in memory that the program writes to, and what the last run wrote there. */
static int standard_output = -1, standard_error = -1;
static char printed[16384], said[1024];
static long held; /* by it, after its end */

static int viseme(char **words)
{
    int count = 0;
    while (words[count])
        count++;
    return viseme_main(count, words);
}

/* --- one run --- */

typedef struct program {
    char text[MAX_WORDS][512];
    char *words[MAX_WORDS + 1];
} program;

static void program_read(program *p, const char *text)
{
    char copy[1024], *rest = NULL;
    int count = 0;
    snprintf(copy, sizeof copy, "viseme %s --threads 2", text);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        assert_in_range(count, 0, MAX_WORDS - 1);
        snprintf(p->text[count], sizeof p->text[0], "%s%s%s", w[0] == '@' ? inputs_folder() : "",
                 w[0] == '@' ? "/" : "", w + (w[0] == '@'));
        p->words[count] = p->text[count];
        count++;
    }
    p->words[count] = NULL;
}

/* Points a descriptor elsewhere; the old one is returned. */
static int turn(int descriptor, int to)
{
    int old = dup(descriptor);
    assert_true(old >= 0 && dup2(to, descriptor) == descriptor);
    return old;
}

static void turn_back(int descriptor, int old)
{
    assert_int_equal(dup2(old, descriptor), descriptor);
    close(old);
}

/* n < 0: nothing fails, but places are noted. */
static void rewind_file(int file)
{
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
}

static void read_text(int file, char *text, size_t room)
{
    ssize_t size = pread(file, text, room - 1, 0);
    text[size > 0 ? size : 0] = '\0';
}

static int run(program *p, long n, failing_how how, bool *failed)
{
    rewind_file(standard_error);
    rewind_file(standard_output);
    fflush(stdout);
    int err = turn(STDERR_FILENO, standard_error), out = turn(STDOUT_FILENO, standard_output);
    held = failing_held();
    if (n < 0)
        failing_watch();
    else
        failing_start(n, how);
    int status = viseme(p->words);
    *failed = failing_stop();
    held = failing_held() - held;
    fflush(stdout);
    turn_back(STDOUT_FILENO, out);
    turn_back(STDERR_FILENO, err);
    read_text(standard_error, said, sizeof said);
    read_text(standard_output, printed, sizeof printed);
    return status;
}

/* --- every run of a command --- */

typedef struct before {
    char out[600];    /* the folder of outputs */
    left_files whole; /* what the command makes when nothing fails */
    char printed[sizeof printed];
    int status, descriptors, threads;
} before;

/* A run that is looked at: request n of a command fails. */
typedef struct trial {
    const command *command;
    before *before;
    failing_how how;
    long n;
    int wrong; /* promises broken so far */
} trial;

#define EXPECT(truth, ...)                                                                         \
    do {                                                                                           \
        if (!(truth)) complain(t, __VA_ARGS__);                                                    \
    } while (0)

__attribute__((format(printf, 2, 3))) static void complain(trial *t, const char *format, ...)
{
    va_list args;
    char text[2048];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_error("%s, request %ld%s: %s; it said: %s\n", t->command->name, t->n,
                t->how == FAIL_FROM_THEN ? " and all after it" : "", text, said);
    if (++t->wrong >= MAX_COMPLAINTS) fail();
}

/* Behind warnings, if any, "viseme COMMAND: ..." in one line. */
static bool is_one_error(const command *c)
{
    static const char warning[] = "viseme: warning: ";
    const char *text = said;
    while (strncmp(text, warning, sizeof warning - 1) == 0 && strchr(text, '\n'))
        text = strchr(text, '\n') + 1;
    size_t word = strcspn(c->line, " "), length = strlen(text);
    return strncmp(text, "viseme ", 7) == 0 && strncmp(text + 7, c->line, word) == 0 &&
           strncmp(text + 7 + word, ": ", 2) == 0 && text[7 + word + 2] > ' ' &&
           strchr(text, '\n') == text + length - 1;
}

static void check_files(trial *t, bool all)
{
    static left_files found;
    const before *b = t->before;
    char which[256] = "";
    left_read(b->out, &found);
    bool whole = left_are_whole(&found, &b->whole, which);
    int count = found.count;
    left_free(&found);
    EXPECT(whole, "%s is not what it is when nothing fails", which);
    EXPECT(!all || count == b->whole.count, "%d files instead of %d", count, b->whole.count);
}

/* The same text; numbers apart, where some of them are times, and what aligns them. */
static bool same_print(const char *expected, bool timed)
{
    static const char number[] = " 0123456789.e+-";
    const char *a = printed, *b = expected;
    while (timed && *a && *b) {
        size_t m = strspn(a, number), n = strspn(b, number);
        if ((m > 0) != (n > 0) || (m == 0 && *a != *b)) return false;
        a += m ? m : 1;
        b += n ? n : 1;
    }
    return strcmp(a, b) == 0;
}

static void check_run(trial *t, int status)
{
    before *b = t->before;
    EXPECT(status == b->status || status == OUT_OF_RESOURCES, "exit status %d", status);
    EXPECT(status != OUT_OF_RESOURCES || is_one_error(t->command), "no message, or several");
    EXPECT(held == 0, "%ld blocks and pages are still held", held);
    EXPECT(left_threads_at_most(b->threads), "%d threads are left", left_threads() - b->threads);
    EXPECT(left_descriptors() == b->descriptors, "%d descriptors are left",
           left_descriptors() - b->descriptors);
    EXPECT(status != b->status || same_print(b->printed, t->command->timed), "another answer: %s",
           printed);
    check_files(t, status == b->status);
    if (t->n % RUNS_A_LEAK_CHECK == 0) EXPECT(!leaked(), "leaked, or one of the runs before it");
    b->threads = left_threads(); /* each is told once */
    b->descriptors = left_descriptors();
}

static void fail_one(trial *t, program *p, figures *f, bool *failed)
{
    left_empty(t->before->out);
    int status = run(p, t->n, t->how, failed);
    check_run(t, status);
    if (*failed) f->runs[t->how]++;
    if (*failed && status == t->before->status) f->done_all_the_same[t->how]++;
}

/* Fails request 0, 1, 2, ... until a run makes fewer. */
static void fail_all(trial *t, program *p, figures *f)
{
    bool failed = true;
    for (t->n = 0; failed; t->n += thin ? one_in : 1)
        fail_one(t, p, f, &failed);
}

static void fail_places(trial *t, program *p, figures *f, const long *numbers, int count)
{
    bool failed;
    for (long i = 0; i < count; i += one_in) {
        t->n = numbers[i];
        fail_one(t, p, f, &failed);
    }
}

/* Returns how many requests stand for all, in numbers. */
static int without_failure(trial *t, program *p, long *numbers, int room)
{
    before *b = t->before;
    bool failed;
    t->n = -1;
    run(p, -1, FAIL_ONE, &failed); /* what libraries keep for good is made now */
    left_empty(b->out);
    b->threads = left_threads();
    b->descriptors = left_descriptors();
    b->status = run(p, -1, FAIL_ONE, &failed);
    left_read(b->out, &b->whole);
    memcpy(b->printed, printed, sizeof printed);
    EXPECT(b->status == 0 || b->status == 1, "exit status %d", b->status);
    check_run(t, b->status);
    return failing_places(numbers, room);
}

static void starve(trial *t, program *p, figures *f)
{
    static long numbers[MAX_PLACES];
    int places = without_failure(t, p, numbers, MAX_PLACES);
    for (t->how = FAIL_ONE; t->how <= FAIL_FROM_THEN; t->how++) {
        if (t->command->by_place && !every)
            fail_places(t, p, f, numbers, places);
        else
            fail_all(t, p, f);
        EXPECT(!leaked(), "leaked, or one of the runs before it");
    }
}

static void any_request_may_fail(void **state)
{
    static program p;
    static before b;
    trial t = {.command = *state, .before = &b};
    figures *f = &told[t.command - commands];
    program_read(&p, t.command->line);
    snprintf(b.out, sizeof b.out, "%s/out", inputs_folder());
    left_empty(b.out);
    starve(&t, &p, f);
    left_free(&b.whole);
    print_message("%s: %ld requests, %ld of which it can do without; %ld with all after them\n",
                  t.command->name, f->runs[FAIL_ONE], f->done_all_the_same[FAIL_ONE],
                  f->runs[FAIL_FROM_THEN]);
    assert_int_equal(t.wrong, 0);
}

/* --- all commands --- */

static int set_up(void **state)
{
    char out[600];
    failing_init();
    standard_error = memfd_create("stderr", MFD_CLOEXEC);
    standard_output = memfd_create("stdout", MFD_CLOEXEC);
    if (standard_error < 0 || standard_output < 0 || inputs_make(viseme) != 0) return -1;
    snprintf(out, sizeof out, "%s/out", inputs_folder());
    return mkdir(out, 0777);
}

static int tear_down(void **state)
{
    close(standard_error);
    close(standard_output);
    return inputs_remove();
}

static int write_figures(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) return 2;
    fprintf(f, "{");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(f, "%s\n  \"%s\": {\"requests\": %ld, \"optional\": %ld, \"with_all_after\": %ld}",
                i ? "," : "", commands[i].name, told[i].runs[FAIL_ONE],
                told[i].done_all_the_same[FAIL_ONE], told[i].runs[FAIL_FROM_THEN]);
    fprintf(f, "\n}\n");
    return fclose(f) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[COMMANDS];
    const char *path = NULL;
    static char filter[128] = "*";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--inputs") == 0)
            return inputs_make(viseme) == 0 && puts(inputs_folder()) >= 0 ? 0 : 2;
        if (strcmp(argv[i], "--every") == 0)
            every = true;
        else if (strcmp(argv[i], "--thin") == 0)
            thin = true;
        else if (strcmp(argv[i], "--one-in") == 0 && i + 1 < argc)
            one_in = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--figures") == 0 && i + 1 < argc)
            path = argv[++i];
        else
            snprintf(filter, sizeof filter, "*%s*", argv[i]);
    }
    if (one_in < 1) return 2;
    for (int i = 0; i < COMMANDS; i++)
        tests[i] = (struct CMUnitTest){.name = commands[i].name,
                                       .test_func = any_request_may_fail,
                                       .initial_state = (void *)&commands[i]};
    cmocka_set_test_filter(filter);
    int failures = cmocka_run_group_tests(tests, set_up, tear_down);
    return failures == 0 && path ? write_figures(path) : failures;
}
