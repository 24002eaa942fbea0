/* base/status.h - how the library says that something failed. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "viseme/status.h"

/* Fills `err` (if not NULL) with the code and one formatted line, and returns the code, so that a
 * function can end with `return vis_fail(err, VIS_ERR_FORMAT, "%s: ...", path);`.
 * Control characters in the text (a file name may hold any) become '?'. */
vis_status vis_fail(vis_error *err, vis_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The line for an allocation that failed: `what` names what the memory was for. */
vis_status vis_fail_memory(vis_error *err, const char *what);

/* What a call of the system failed with, by errno: VIS_ERR_MEMORY where memory or descriptors ran
 * out, which is no fault of the file; else `otherwise`. */
vis_status vis_errno_status(vis_status otherwise);

/* Puts "context: " in front of the message of an error that a callee filled. Returns err->status,
 * or `status` when err is NULL. */
vis_status vis_prefix(vis_error *err, vis_status status, const char *context);

/* An analyser that reads one file at a time must be told that a failure is never VIS_OK
 * (tools/analyse.sh, .clang-tidy). */
#ifdef VIS_ANALYSIS
#define vis_fail(err, status, ...)                                                                 \
    (vis_fail(err, status, __VA_ARGS__), (status) == VIS_OK ? VIS_ERR_INTERNAL : (status))
#define vis_fail_memory(err, what) (vis_fail_memory(err, what), VIS_ERR_MEMORY)
#define vis_prefix(err, status, context)                                                           \
    (vis_prefix(err, status, context), (status) == VIS_OK ? VIS_ERR_INTERNAL : (status))
#endif

/* Return from the calling function when `expression` is not VIS_OK. */
#define VIS_TRY(expression)                                                                        \
    do {                                                                                           \
        vis_status vis_try_status_ = (expression);                                                 \
        if (vis_try_status_ != VIS_OK) return vis_try_status_;                                     \
    } while (0)

#endif
