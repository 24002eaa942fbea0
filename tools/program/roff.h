/* program/roff.h - the language of manual pages, man(7), printed on standard output.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_ROFF_H
#define PROGRAM_ROFF_H

#include <stdbool.h>

/* What a page begins with, and its section NAME: of a command, or (NULL) of viseme. */
void roff_begin(const char *command, const char *purpose);

void roff_section(const char *title);

/* Text whose dashes are those that one types: names of options, commands. */
void roff_literal(const char *text);

/* Names of options bold, words in capitals slanted. */
void roff_usage(const char *text);

/* Whole lines: paragraphs are filled, an empty line parts them, indented lines stand as they are.
 */
void roff_paragraphs(const char *text);

/* Lines up to the first empty one, as they are; their indentation of two is cut. */
void roff_example(const char *text);

/* "viseme-render(1)", and what follows it. */
void roff_page(const char *command, const char *after);

/* Section EXIT STATUS. */
void roff_exit_status(void);

#endif
