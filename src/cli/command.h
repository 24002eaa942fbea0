/* cli/command.h - what main knows of each command.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/* Runs `viseme NAME ...`: argv[0] is NAME. Returns the exit status. */
int cmd_render(int argc, char **argv);
int cmd_frames(int argc, char **argv);
int cmd_infer(int argc, char **argv);
int cmd_features(int argc, char **argv);
int cmd_inspect(int argc, char **argv);

#endif
