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
    case VIS_OK:
        return "done";
    case VIS_NO:
        return "the answer is no: results differ or a fault was found";
    case VIS_ERR_USAGE:
        return "the call or the command line does not make sense";
    case VIS_ERR_OPEN:
        return "an input file is missing or cannot be read";
    case VIS_ERR_FORMAT:
        return "an input file is damaged or not what it claims to be";
    case VIS_ERR_UNSUPPORTED:
        return "an input is sound but asks for something viseme does not do";
    case VIS_ERR_MISMATCH:
        return "inputs do not belong together";
    case VIS_ERR_WRITE:
        return "an output could not be written";
    case VIS_ERR_MEMORY:
        return "out of memory or of another resource";
    case VIS_ERR_LIMIT:
        return "a size is beyond the limit that was set";
    case VIS_ERR_CANCELLED:
        return "stopped by the caller";
    case VIS_ERR_INTERNAL:
        return "a fault in viseme itself";
    case VIS_AGAIN:
        return "nothing yet: give more, or wait longer";
    }
    return "unknown status";
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
