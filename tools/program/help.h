/* program/help.h - what a command takes, told by several voices from the one table of its options.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_HELP_H
#define PROGRAM_HELP_H

#include "program/options.h"

/* Of every command. */
#define EXIT_STATUSES                                                                              \
    "0 done, 1 the answer is no, 2 wrong usage, 3 bad input file,\n4 could not write, 5 out of "   \
    "resources."

/* Prints the page on standard output. The voice is the value of --help=VOICE: NULL for people at a
 * terminal, "man" for the manual page, the name of a shell for its completion of this command
 * (program/completion.h). False, and nothing is printed, where there is no such voice. */
bool help_print(const option_page *page, const char *voice);

void help_text(const option_page *page);
void help_man(const option_page *page);

/* One option of a manual page. */
void help_man_option(const option *o);

/* What can stand in the place of an option's value, or of a lone word. */
typedef enum help_value { HELP_ANY, HELP_FILE, HELP_FOLDER, HELP_CHOICE, HELP_COMMAND } help_value;
help_value help_value_of(const option *o);

/* The page's options and places, its own first; NULL after the last. */
const option *help_option(const option_page *page, int index);

/* What a lone word can be: the page's last place of one, or what stands for it; NULL: none. */
const option *help_lone(const option_page *page);

#endif
