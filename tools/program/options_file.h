/* program/options_file.h - a command's options from a JSON file: {"listen": "127.0.0.1:8080", ...}.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_OPTIONS_FILE_H
#define PROGRAM_OPTIONS_FILE_H

#include "program/options.h"

/* Gives `take` each value of the file as text, with its option of the page: flags that are true with
 * NULL. Options that `is_given` says were given already are passed over, and common ones are read
 * too, but for --help. What `take` is given lives to the process's end. VIS_ERR_OPEN, VIS_ERR_FORMAT (no JSON, an unknown key, with its line), and
 * what `take` says, behind the file's name and line. */
typedef struct options_file_reader {
    const option_page *page;
    bool (*is_given)(void *user, const option *o);
    vis_status (*take)(void *user, const option *o, const char *text, vis_error *err);
    void *user;
} options_file_reader;
vis_status options_file_read(const char *path, const options_file_reader *reader, vis_error *err);

#endif
