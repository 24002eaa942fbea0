/* cli/report.c - errors, warnings, JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include "base/file.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_STYLE (JSON_INDENT(2) | JSON_REAL_PRECISION(9))

int report_status(const char *command, vis_status status, const vis_error *err)
{
    if (status != VIS_OK && status != VIS_NO)
        fprintf(stderr, "viseme %s: %s\n", command,
                err->message[0] ? err->message : vis_status_text(status));
    return vis_status_exit(status);
}

int report_output(const char *command, int exit_status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
    if (exit_status != 0) return exit_status;
    vis_error err;
    vis_status status = vis_fail(&err, VIS_ERR_WRITE, "standard output cannot be written");
    return report_status(command, status, &err);
}

static void print_warning(void *user, const char *line)
{
    warning_sink *sink = user;
    if (sink->quiet) return;
    flockfile(stderr); /* warnings come from any thread */
    if (sink->bar) progress_end(sink->bar);
    fprintf(stderr, "viseme: warning: %s\n", line);
    funlockfile(stderr);
}

vis_log warning_log(warning_sink *sink)
{
    return (vis_log){.call = print_warning, .user = sink};
}

/* The text of a JSON value, which is released; the text is the caller's to free. */
static vis_status dump(json_t *value, char **text, vis_error *err)
{
    *text = value ? json_dumps(value, JSON_STYLE) : NULL;
    json_decref(value);
    if (*text) return VIS_OK;
    return vis_fail(err, VIS_ERR_MEMORY,
                    "no JSON could be made: out of memory, or a file name that is not UTF-8");
}

vis_status report_json(json_t *value, vis_error *err)
{
    char *text;
    VIS_TRY(dump(value, &text, err));
    bool wrote = puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return wrote ? VIS_OK : vis_fail(err, VIS_ERR_WRITE, "standard output cannot be written");
}

vis_status report_json_file(const char *path, json_t *value, vis_error *err)
{
    char *text;
    VIS_TRY(dump(value, &text, err));
    vis_status status = file_write(path, text, strlen(text), err);
    free(text);
    return status;
}
