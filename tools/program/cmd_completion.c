/* program/cmd_completion.c - viseme completion.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"
#include "program/command.h"
#include "program/commands.h"
#include "program/completion.h"
#include "program/options.h"
#include "program/report.h"

const command_help cmd_completion_help = {
    .name = "completion",
    .purpose = "a script that makes bash, zsh or fish complete what viseme takes",
    .usage = "completion bash|zsh|fish",
    .example =
        "  viseme completion bash >~/.local/share/bash-completion/completions/viseme\n"
        "  viseme completion zsh >~/.zfunc/_viseme   # and fpath+=~/.zfunc before compinit\n"
        "  viseme completion fish >~/.config/fish/completions/viseme.fish\n\n"
        "The folder must be there; a shell started after that completes commands, options, files\n"
        "and the values that an option knows. `make install` puts all three where shells look.\n",
    .plain = true,
};

typedef struct arguments {
    const char *shell;
    common_options common;
    bool done;
} arguments;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        {"SHELL", OPTION_TEXT, &a->shell, NULL, "bash, zsh or fish", COMPLETION_SHELLS}};
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_completion_help,
                          &a->common, NULL, &a->done, err));
    return a->done ? VIS_OK : option_required(a->shell, "SHELL", &cmd_completion_help, err);
}

static void print(const shell *s)
{
    const command *c;
    s->begin();
    for (int i = 0; (c = command_at(i)); i++)
        command_explain(c, s->name);
    s->end();
}

int cmd_completion(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {0};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) print(completion_shell(a.shell));
    return report_status("completion", status, &err);
}
