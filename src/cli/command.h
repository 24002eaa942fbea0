/* cli/command.h - what is known of each command.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

/* What each command says of itself. */
extern const command_help cmd_render_help, cmd_frames_help, cmd_infer_help, cmd_dump_help,
    cmd_features_help, cmd_export_help, cmd_inspect_help, cmd_compare_help, cmd_diagnose_help,
    cmd_sweep_help, cmd_bench_help, cmd_completion_help, cmd_manual_help;

/* Runs `viseme NAME ...`: argv[0] is NAME. Returns the exit status. */
int cmd_render(int argc, char **argv);
int cmd_frames(int argc, char **argv);
int cmd_infer(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_features(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_diagnose(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_manual(int argc, char **argv);

typedef struct command {
    const command_help *help;
    int (*run)(int argc, char **argv);
} command;

/* The commands in their order, from 0; NULL after the last. */
const command *command_at(int index);

/* NULL where there is none of that name. */
const command *command_find(const char *name);

/* Makes the command print what it takes, in that voice (cli/help.h). Returns its exit status. */
int command_explain(const command *c, const char *voice);

#endif
