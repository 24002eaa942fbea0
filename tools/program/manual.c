/* program/manual.c - viseme(1).
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/manual.h"

#include "program/commands.h"
#include "program/help.h"
#include "program/roff.h"

#include <stdio.h>

static const char opening[] =
    ".SH SYNOPSIS\n"
    ".B viseme\n"
    ".I COMMAND\n"
    ".RI [ options ]\n"
    ".br\n"
    ".B viseme help\n"
    ".RI [ COMMAND ]\n"
    ".br\n"
    ".B viseme \\-\\-version\n"
    ".SH DESCRIPTION\n"
    "Turns a lip-sync checkpoint, a filmed character and a voice recording into a finished\n"
    "talking video.\n"
    ".B viseme COMMAND \\-\\-help\n"
    "explains each command with an example, and so does its page,\n"
    ".BR viseme\\-COMMAND (1).\n";

static void print_commands(void)
{
    const command *c;
    roff_section("COMMANDS");
    for (int i = 0; (c = command_at(i)); i++) {
        printf(".TP\n");
        roff_page(c->help->name, "");
        roff_paragraphs(c->help->purpose);
    }
}

static void print_common(void)
{
    static const command_help any = {.name = ""};
    common_options unused;
    option_page page = {.help = &any};
    options_common(&any, &unused, page.common, &page.common_count);
    roff_section("OPTIONS OF ALL COMMANDS");
    for (int i = 0; i < page.common_count; i++)
        help_man_option(&page.common[i]);
}

void manual_print(void)
{
    const command *c;
    roff_begin(NULL, "lip-sync networks without Python");
    fputs(opening, stdout);
    print_commands();
    print_common();
    roff_exit_status();
    fputs(manual_chapters, stdout);
    roff_section("EXAMPLES");
    roff_example(command_at(0)->help->example);
    roff_section("SEE ALSO");
    for (int i = 0; (c = command_at(i)); i++)
        roff_page(c->help->name, command_at(i + 1) ? "," : "");
}
