/* fuzz/arguments.c - the command line: words, one a line, as `viseme` gets them, the command first.
 *
 * The program itself runs, up to the doors behind which a command begins to work: those are closed
 * (the linker leads calls to them here), so that no file is opened, whatever the words say, and
 * none written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "base/status.h"
#include "sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 400 /* more than TEXT_LIST_MAX, the most of one kind */

int viseme_main(int argc, char **argv); /* tools/program/main.c */

/* The doors, CLOSED_DOORS in meson.build; the last argument of each is the error. */
#define CLOSED(name, ...)                                                                          \
    vis_status __wrap_##name(__VA_ARGS__, vis_error *err);                                         \
    vis_status __wrap_##name(__VA_ARGS__, vis_error *err)                                          \
    {                                                                                              \
        return vis_fail(err, VIS_ERR_OPEN, #name ": closed");                                      \
    }

CLOSED(vis_model_open, const char *path, const void *options, void **out)
CLOSED(vis_character_open, const char *path, const void *options, void **out)
CLOSED(vis_render_video, const void *options, void *result)
CLOSED(vis_features_write, const char *audio, void *encoder, int threads, const char *output,
       const char *mel, const void *log, void *progress, void *user, void *made)
CLOSED(comparison_run, const void *options, void **out)
CLOSED(figures_read, const char *path, void *figures)
CLOSED(serve_run, const void *settings, const void *caller)
CLOSED(vis_verify, const char *path, const void *options, void **out)
CLOSED(diagnose_run, const void *options, void *out)
CLOSED(folder_make, const char *path)
CLOSED(file_check_output, const char *path)
CLOSED(vis_limit_memory, int64_t bytes)

/* Its caller frees the result also on failure. */
vis_status __wrap_sweep_run(const void *options, sweep_result *out, vis_error *err);
vis_status __wrap_sweep_run(const void *options, sweep_result *out, vis_error *err)
{
    *out = (sweep_result){0};
    return vis_fail(err, VIS_ERR_OPEN, "closed");
}

/* A thread for each input that waits for signals would outlive it. */
void __wrap_interrupt_watch(const char *command);
void __wrap_interrupt_watch(const char *command) {}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    /* --help would fill the screen; errors are left to whoever runs this. */
    return freopen("/dev/null", "w", stdout) ? 0 : -1;
}

/* Runs the program as main would be called: words that may be written to, a NULL behind them. */
static void run(char *const *words, int count)
{
    char *argv[MAX_WORDS + 2] = {0};
    static char name[] = "viseme";
    argv[0] = name;
    memcpy(argv + 1, words, (size_t)count * sizeof *words);
    int exit_status = viseme_main(count + 1, argv);
    if (exit_status < 0 || exit_status > 5) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[MAX_WORDS];
    int count = 0;
    for (size_t at = 0; at < size && count < MAX_WORDS;) {
        size_t length = 0;
        while (at + length < size && data[at + length] != '\n' && data[at + length] != '\0')
            length++;
        words[count] = strndup((const char *)data + at, length);
        if (!words[count++]) abort();
        at += length + 1;
    }
    run(words, count);
    for (int i = 0; i < count; i++)
        free(words[i]);
    return 0;
}
