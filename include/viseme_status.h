/* viseme_status.h - what every call of viseme returns: a code, the record that explains it, and
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

/* X(code, exit status of the program, meaning) */
#define VIS_STATUS_MAP(X)                                                                          \
    X(VIS_OK, 0, "done")                                                                           \
    X(VIS_NO, 1, "the answer is no: results differ or a fault was found")                          \
    X(VIS_ERR_USAGE, 2, "the call or the command line does not make sense")                        \
    X(VIS_ERR_OPEN, 3, "an input file is missing or cannot be read")                               \
    X(VIS_ERR_FORMAT, 3, "an input file is damaged or not what it claims to be")                   \
    X(VIS_ERR_UNSUPPORTED, 3, "an input file is sound but asks for something viseme does not do")  \
    X(VIS_ERR_MISMATCH, 3, "inputs do not belong together")                                        \
    X(VIS_ERR_WRITE, 4, "an output could not be written")                                          \
    X(VIS_ERR_MEMORY, 5, "out of memory or of another resource")                                   \
    X(VIS_ERR_LIMIT, 5, "a size is beyond the limit that was set")                                 \
    X(VIS_ERR_CANCELLED, 5, "stopped by the caller")                                               \
    X(VIS_ERR_INTERNAL, 5, "a fault in viseme itself")                                             \
    X(VIS_AGAIN, 5, "nothing yet: give more, or wait longer")

typedef enum vis_status {
#define VIS_STATUS_ENUM(code, exit_status, text) code,
    VIS_STATUS_MAP(VIS_STATUS_ENUM)
#undef VIS_STATUS_ENUM
} vis_status;

/* Why a call failed. `message` is one line without a newline, always terminated. */
typedef struct vis_error {
    vis_status status;
    char message[768];
} vis_error;

/* The meaning of a code in plain words; never NULL, owned by the library. */
VIS_API const char *vis_status_text(vis_status status);

/* The exit status that the viseme program gives for this code: 0 to 5. */
VIS_API int vis_status_exit(vis_status status);

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
