/* program/command.h - the commands: what each says of itself, and how it is run.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_COMMAND_H
#define PROGRAM_COMMAND_H

#include "program/options.h"

/* What each command says of itself. */
extern const command_help cmd_render_help, cmd_frames_help, cmd_infer_help, cmd_dump_help,
    cmd_features_help, cmd_export_help, cmd_inspect_help, cmd_compare_help, cmd_diagnose_help,
    cmd_sweep_help, cmd_bench_help, cmd_serve_help, cmd_verify_help, cmd_completion_help,
    cmd_manual_help;

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
int cmd_serve(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_manual(int argc, char **argv);

#endif
