/* program/report.c - errors, warnings, JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/report.h"
#include "base/exit_status.h"

#include "base/json.h"
#include "base/memory_limit.h"
#include "base/status.h"
#include "measure/option_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int report_status(const char *command, vis_status status, const vis_error *err)
{
    if (status == VIS_OK || status == VIS_NO) return exit_status(status);
    vis_error told = *err;
    option_names_translate(told.message);
    fprintf(stderr, "viseme %s: %s", command,
            told.message[0] ? told.message : vis_status_text(status));
    if (status == VIS_ERR_MEMORY && memory_limit() > 0)
        fprintf(stderr, "; --max-memory allows %lld MB: give more, or try --threads 1",
                (long long)(memory_limit() >> 20));
    fputc('\n', stderr);
    return exit_status(status);
}

static vis_status fail_output(vis_error *err)
{
    return vis_fail(err, VIS_ERR_WRITE, "standard output cannot be written: %s", strerror(errno));
}

int report_output(const char *command, int exit_status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
    if (exit_status != 0) return exit_status;
    vis_error err;
    return report_status(command, fail_output(&err), &err);
}

static void print_warning(void *user, const char *line)
{
    warning_sink *sink = user;
    if (sink->quiet) return;
    char told[sizeof(vis_error)];
    snprintf(told, sizeof told, "%s", line);
    option_names_translate(told);
    flockfile(stderr); /* warnings come from any thread */
    if (sink->bar) progress_end(sink->bar);
    fprintf(stderr, "viseme: warning: %s\n", told);
    funlockfile(stderr);
}

vis_log warning_log(warning_sink *sink)
{
    return (vis_log){.call = print_warning, .user = sink};
}

vis_status report_json(json_t *value, vis_error *err)
{
    char *text;
    VIS_TRY(json_print(value, &text, err));
    vis_status status = puts(text) >= 0 && fflush(stdout) == 0 ? VIS_OK : fail_output(err);
    free(text);
    return status;
}
