/* viseme/status.h - what every call of viseme returns: a code, the record that explains it, and
 * warnings.
 *
 * A call that can fail returns a vis_status and takes a `vis_error *` (which may be NULL). On
 * success it returns VIS_OK and leaves the record alone; on failure it fills the record with one
 * line of text that says what is wrong, in which file, where in it, and what to do about it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef VISEME_STATUS_H
#define VISEME_STATUS_H

#define VIS_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* New codes are only ever added at the end. */
typedef enum vis_status {
    VIS_OK = 0,              /* done */
    VIS_NO = 1,              /* the answer is no: results differ or a fault was found */
    VIS_ERR_USAGE = 2,       /* the call or the command line does not make sense */
    VIS_ERR_OPEN = 3,        /* an input file is missing or cannot be read */
    VIS_ERR_FORMAT = 4,      /* an input file is damaged or not what it claims to be */
    VIS_ERR_UNSUPPORTED = 5, /* an input is sound but asks for something viseme does not do */
    VIS_ERR_MISMATCH = 6,    /* inputs do not belong together */
    VIS_ERR_WRITE = 7,       /* an output could not be written */
    VIS_ERR_MEMORY = 8,      /* out of memory or of another resource */
    VIS_ERR_LIMIT = 9,       /* a size is beyond the limit that was set */
    VIS_ERR_CANCELLED = 10,  /* stopped by the caller */
    VIS_ERR_INTERNAL = 11,   /* a fault in viseme itself */
    VIS_AGAIN = 12           /* nothing yet: give more, or wait longer */
} vis_status;

/* Why a call failed. `message` is one line without a newline, always terminated. */
typedef struct vis_error {
    vis_status status;
    char message[768];
} vis_error;

/* The meaning of a code in plain words; never NULL, owned by the library. */
VIS_API const char *vis_status_text(vis_status status);

/* Where warnings go. `call` takes one line (no newline) that the user should see, with the caller's
 * own pointer `user`; NULL drops them. It runs on the thread that met the cause or the one that
 * called, at times on two threads at once. */
typedef void (*vis_log_fn)(void *user, const char *line);
typedef struct vis_log {
    vis_log_fn call;
    void *user;
} vis_log;

#ifdef __cplusplus
}
#endif
#endif
