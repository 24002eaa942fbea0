/* program/commands.c - the commands, in the order in which they are listed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/commands.h"

#include "program/command.h"

#include <stdio.h>
#include <string.h>

static const command commands[] = {
    {&cmd_render_help, cmd_render},     {&cmd_frames_help, cmd_frames},
    {&cmd_infer_help, cmd_infer},       {&cmd_dump_help, cmd_dump},
    {&cmd_features_help, cmd_features}, {&cmd_export_help, cmd_export},
    {&cmd_inspect_help, cmd_inspect},   {&cmd_compare_help, cmd_compare},
    {&cmd_diagnose_help, cmd_diagnose}, {&cmd_sweep_help, cmd_sweep},
    {&cmd_bench_help, cmd_bench},       {&cmd_serve_help, cmd_serve},
    {&cmd_verify_help, cmd_verify},     {&cmd_completion_help, cmd_completion},
    {&cmd_manual_help, cmd_manual},
};

const command *command_at(int index)
{
    return index < (int)(sizeof commands / sizeof *commands) ? &commands[index] : NULL;
}

const command *command_find(const char *name)
{
    const command *c;
    for (int i = 0; (c = command_at(i)); i++)
        if (strcmp(name, c->help->name) == 0) break;
    return c;
}

int command_explain(const command *c, const char *voice)
{
    char name[32], asking[32];
    snprintf(name, sizeof name, "%s", c->help->name);
    snprintf(asking, sizeof asking, "--help%s%s", voice ? "=" : "", voice ? voice : "");
    char *asked[] = {name, asking, NULL};
    return c->run(2, asked);
}
