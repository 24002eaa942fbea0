/* cli/main.c - viseme COMMAND ...: finds the command and runs it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/report.h"
#include "viseme.h"

#include <stdio.h>
#include <string.h>

typedef struct command {
    const command_help *help;
    int (*run)(int argc, char **argv);
} command;

static const command commands[] = {
    {&cmd_render_help, cmd_render},     {&cmd_frames_help, cmd_frames},
    {&cmd_infer_help, cmd_infer},       {&cmd_dump_help, cmd_dump},
    {&cmd_features_help, cmd_features}, {&cmd_export_help, cmd_export},
    {&cmd_inspect_help, cmd_inspect},   {&cmd_compare_help, cmd_compare},
    {&cmd_diagnose_help, cmd_diagnose}, {&cmd_sweep_help, cmd_sweep},
    {&cmd_bench_help, cmd_bench},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void print_usage(FILE *out)
{
    fprintf(out,
            "viseme %s - lip-sync networks without Python\n\nUsage: viseme COMMAND [options]\n\n",
            vis_version());
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].help->name, commands[i].help->purpose);
    fprintf(out, "\nviseme COMMAND --help explains a command, with an example. viseme --version "
                 "prints the version.\n");
}

int main(int argc, char **argv)
{
    vis_silence_ffmpeg(); /* it would print what the error line says already */
    if (argc < 2) {
        fprintf(stderr, "viseme: a command is missing; see viseme --help\n");
        return 2;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("viseme %s\n", vis_version());
        return 0;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].help->name) == 0)
            return report_output(argv[1], commands[i].run(argc - 1, argv + 1));
    fprintf(stderr, "viseme: there is no command %s; see viseme --help\n", argv[1]);
    return 2;
}
