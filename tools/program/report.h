/* program/report.h - how commands speak: errors and warnings on standard error, JSON on standard
 * output.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_REPORT_H
#define PROGRAM_REPORT_H

#include "program/progress.h"
#include "viseme/viseme.h"

#include <jansson.h>

/* Prints "viseme NAME: message" for a failure; returns the exit status of the code either way. */
int report_status(const char *command, vis_status status, const vis_error *err);

/* After a command's last word: its exit status, unless what it printed could not be written, which
 * is said and turns success into failure. */
int report_output(const char *command, int exit_status);

/* Where warnings of a command go. `bar` (may be NULL) is wiped before a line is printed. */
typedef struct warning_sink {
    bool quiet;
    progress *bar;
} warning_sink;
vis_log warning_log(warning_sink *sink);

/* Prints a JSON value as one indented document and releases it. VIS_ERR_WRITE or VIS_ERR_MEMORY. */
vis_status report_json(json_t *value, vis_error *err);

#endif
