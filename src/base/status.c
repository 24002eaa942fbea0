/* base/status.c - filling the error record.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include "base/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The functions themselves are defined here, whatever an analyser is told of them. */
#undef vis_fail
#undef vis_fail_memory
#undef vis_prefix

const char *vis_status_text(vis_status status)
{
    switch (status) {
#define CASE(code, exit_status, text)                                                              \
    case code:                                                                                     \
        return text;
        VIS_STATUS_MAP(CASE)
#undef CASE
    }
    return "unknown status";
}

int vis_status_exit(vis_status status)
{
    switch (status) { /* NOLINTBEGIN(bugprone-branch-clone): several of the map share one */
#define CASE(code, exit_status, text)                                                              \
    case code:                                                                                     \
        return exit_status;
        VIS_STATUS_MAP(CASE)
#undef CASE
    } /* NOLINTEND(bugprone-branch-clone) */
    return vis_status_exit(VIS_ERR_INTERNAL);
}

vis_status vis_fail(vis_error *err, vis_status status, const char *format, ...)
{
    if (!err) return status;
    /* Formatted aside first: an argument may be the old message of this very record. */
    char line[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_make_printable(line);
    memcpy(err->message, line, sizeof line);
    err->status = status;
    return status;
}

vis_status vis_fail_memory(vis_error *err, const char *what)
{
    return vis_fail(err, VIS_ERR_MEMORY, "out of memory for %s", what);
}

vis_status vis_errno_status(vis_status otherwise)
{
    bool ran_out = errno == ENOMEM || errno == EMFILE || errno == ENFILE;
    return ran_out ? VIS_ERR_MEMORY : otherwise;
}

vis_status vis_prefix(vis_error *err, vis_status status, const char *context)
{
    if (!err) return status;
    return vis_fail(err, err->status, "%s: %s", context, err->message);
}
