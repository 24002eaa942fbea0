/* program/completion_fish.c - viseme completion fish.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/commands.h"
#include "program/completion.h"
#include "program/help.h"

#include <stdio.h>

static const char conditions[] =
    "\n"
    "function __viseme_runs --description 'Is this the command?'\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
    "end\n\n"
    "function __viseme_follows --description 'Do these words stand before, and no others?'\n"
    "    set -l words (commandline -opc)\n"
    "    set -e words[1]\n"
    "    test \"$words\" = \"$argv\"\n"
    "end\n\n"
    "complete -c viseme -f\n"
    "complete -c viseme -n __viseme_follows -l help -s h -d 'the commands'\n"
    "complete -c viseme -n __viseme_follows -l version -d 'the version'\n"
    "complete -c viseme -n __viseme_follows -a help -d 'what a command takes'\n";

/* A text within single quotes. */
static void put(const char *text)
{
    completion_put(text, "\\", "\\'");
}

/* As the next word of `viseme`, or of `viseme AFTER`. */
static void put_commands(const char *after)
{
    const command *c;
    for (int i = 0; (c = command_at(i)); i++) {
        printf("complete -c viseme -n '__viseme_follows %s' -a %s -d '", after, c->help->name);
        put(c->help->purpose);
        printf("'\n");
    }
}

static void begin(void)
{
    printf("# fish completion for viseme %s, as `viseme completion fish` prints it.\n%s",
           vis_version(), conditions);
    put_commands("");
    put_commands("help");
}

static void put_value(const option *o)
{
    switch (help_value_of(o)) {
    case HELP_FILE:
        printf(" -r -F");
        break;
    case HELP_FOLDER:
        printf(" -x -a '(__fish_complete_directories)'");
        break;
    case HELP_CHOICE:
        printf(" -x -a '%s'", o->choices);
        break;
    case HELP_ANY:
    case HELP_COMMAND:
        printf(" -x");
        break;
    }
}

static void put_option(const char *runs, const option *o)
{
    const char *letter = option_short(o);
    printf("complete -c viseme -n '__viseme_runs %s' -l %s", runs, o->name + 2);
    if (letter) printf(" -s %s", letter + 1);
    if (o->meta) put_value(o);
    printf(" -d '");
    put(o->help);
    printf("'\n");
}

static void put_lone(const char *runs, const option *o)
{
    help_value value = help_value_of(o);
    if (value == HELP_COMMAND)
        put_commands(runs);
    else if (value == HELP_CHOICE)
        printf("complete -c viseme -n '__viseme_follows %s' -a '%s'\n", runs, o->choices);
    else
        printf("complete -c viseme -n '__viseme_runs %s' -F\n", runs);
}

static void print_command(const option_page *page)
{
    const option *o, *lone = help_lone(page);
    printf("\n");
    for (int i = 0; (o = help_option(page, i)); i++)
        if (option_is_named(o)) put_option(page->help->name, o);
    if (lone) put_lone(page->help->name, lone);
}

static void end(void) {}

const shell completion_fish = {"fish", begin, print_command, end};
