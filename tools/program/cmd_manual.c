/* program/cmd_manual.c - viseme manual.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"
#include "program/command.h"
#include "program/commands.h"
#include "program/manual.h"
#include "program/options.h"
#include "program/report.h"

const command_help cmd_manual_help = {
    .name = "manual",
    .purpose = "the manual page of viseme, or of a command",
    .usage = "manual [COMMAND]",
    .example =
        "  viseme manual render | man -l -\n"
        "  viseme manual >~/.local/share/man/man1/viseme.1\n\n"
        "Prints roff, which man, groff and mandoc read. `make install` puts all pages where\n"
        "`man viseme` and `man viseme-render` find them.\n",
    .plain = true,
};

typedef struct arguments {
    const char *command;
    common_options common;
    bool done;
} arguments;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        {"COMMAND", OPTION_TEXT, &a->command, NULL, "of which; else of viseme as a whole"}};
    return options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_manual_help,
                         &a->common, NULL, &a->done, err);
}

static vis_status print(const char *name, vis_error *err)
{
    const command *c = name ? command_find(name) : NULL;
    if (name && !c)
        return vis_fail(err, VIS_ERR_USAGE, "there is no command %s; see viseme --help", name);
    if (c)
        command_explain(c, "man");
    else
        manual_print();
    return VIS_OK;
}

int cmd_manual(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {0};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = print(a.command, &err);
    return report_status("manual", status, &err);
}
