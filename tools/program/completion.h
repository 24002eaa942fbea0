/* program/completion.h - scripts that make shells complete commands, options and values.
 *
 * A script is what begins it, a piece for each command, and what ends it. It knows all that it
 * needs: viseme does not run while a word is completed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_COMPLETION_H
#define PROGRAM_COMPLETION_H

#include "program/options.h"

#define COMPLETION_SHELLS "bash zsh fish"

/* All three print on standard output. */
typedef struct shell {
    const char *name;
    void (*begin)(void);
    void (*command)(const option_page *page);
    void (*end)(void);
} shell;

extern const shell completion_bash, completion_zsh, completion_fish;

/* NULL where there is none of that name. */
const shell *completion_shell(const char *name);

/* Prints a text within single quotes: on one line, a backslash before every character of `escaped`,
 * and `quote` for each single quote. */
void completion_put(const char *text, const char *escaped, const char *quote);

#endif
