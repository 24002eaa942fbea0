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

static void print_warning(void *user, const char *line)
{
    warning_sink *sink = user;
    if (sink->quiet) return;
    if (sink->bar) progress_end(sink->bar);
    fprintf(stderr, "viseme: warning: %s\n", line);
}

vis_log warning_log(warning_sink *sink)
{
    return (vis_log){.call = print_warning, .user = sink};
}

vis_status report_json(json_t *value, vis_error *err)
{
    char *text = value ? json_dumps(value, JSON_STYLE) : NULL;
    json_decref(value);
    if (!text) return vis_fail_memory(err, "JSON");
    bool wrote = puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return wrote ? VIS_OK : vis_fail(err, VIS_ERR_WRITE, "standard output cannot be written");
}

vis_status report_json_file(const char *path, json_t *value, vis_error *err)
{
    char *text = value ? json_dumps(value, JSON_STYLE) : NULL;
    json_decref(value);
    if (!text) return vis_fail_memory(err, "JSON");
    vis_status status = file_write(path, text, strlen(text), err);
    free(text);
    return status;
}
