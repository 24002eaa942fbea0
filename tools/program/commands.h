/* program/commands.h - all commands in a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_COMMANDS_H
#define PROGRAM_COMMANDS_H

#include "program/options.h"

typedef struct command {
    const command_help *help;
    int (*run)(int argc, char **argv);
} command;

/* The commands in their order, from 0; NULL after the last. */
const command *command_at(int index);

/* NULL where there is none of that name. */
const command *command_find(const char *name);

/* Makes the command print what it takes, in that voice (program/help.h). Returns its exit status. */
int command_explain(const command *c, const char *voice);

#endif
