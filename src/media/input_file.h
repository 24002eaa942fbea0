/* media/input_file.h - a file to read, and what it is called.
 *
 * Most often these are one. What a caller hands in without a file lies in one that has no name
 * (media/spool.h), and is called as the caller says.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_INPUT_FILE_H
#define MEDIA_INPUT_FILE_H

typedef struct input_file {
    const char *name; /* for messages, and for what a suffix says; NULL: not given */
    const char *path; /* what is opened */
} input_file;

static inline input_file input_path(const char *path)
{
    return (input_file){path, path};
}

#endif
