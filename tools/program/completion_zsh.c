/* program/completion_zsh.c - viseme completion zsh: specifications for zsh's own _arguments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "program/commands.h"
#include "program/completion.h"
#include "program/help.h"

#include <stdio.h>

static const char whole[] =
    "_viseme() {\n"
    "    local curcontext=$curcontext state line piece\n"
    "    typeset -A opt_args\n"
    "    _arguments -C \\\n"
    "        '(- *)'{-h,--help}'[the commands]' \\\n"
    "        '(- *)--version[the version]' \\\n"
    "        '(-): :->command' \\\n"
    "        '(-)*:: :->argument' && return\n"
    "    piece=_viseme_command_$words[1]\n"
    "    if [[ $state == command ]]; then\n"
    "        _viseme_commands 'help:what a command takes'\n"
    "    elif (( $+functions[$piece] )); then\n"
    "        $piece\n"
    "    fi\n"
    "}\n\n"
    "# Loaded by its name the first time that viseme is completed, or read in by source.\n"
    "if [[ $funcstack[1] == _viseme ]]; then\n"
    "    _viseme \"$@\"\n"
    "else\n"
    "    compdef _viseme viseme\n"
    "fi\n";

/* A text within single quotes. */
static void put(const char *text, const char *escaped)
{
    completion_put(text, escaped, "'\\''");
}

static void begin(void)
{
    const command *c;
    printf("#compdef viseme\n# zsh completion for viseme %s, as `viseme completion zsh` prints "
           "it.\n\n_viseme_commands() {\n    local -a commands=(\n",
           vis_version());
    for (int i = 0; (c = command_at(i)); i++) {
        printf("        '%s:", c->help->name);
        put(c->help->purpose, "\\");
        printf("'\n");
    }
    printf("        \"$@\"\n    )\n    _describe -t commands command commands\n}\n\n"
           "_viseme_command_help() {\n    _arguments '1:COMMAND:_viseme_commands'\n}\n\n");
}

/* ":what it is:what completes it" of a value or a lone word. */
static void put_value(const option *o)
{
    putchar(':');
    put(option_is_named(o) ? o->meta : o->name, "\\:");
    putchar(':');
    switch (help_value_of(o)) {
    case HELP_ANY:
        break;
    case HELP_FILE:
        printf("_files");
        break;
    case HELP_FOLDER:
        printf("_path_files -/");
        break;
    case HELP_CHOICE:
        printf("(%s)", o->choices);
        break;
    case HELP_COMMAND:
        printf("_viseme_commands");
        break;
    }
}

/* One name shuts the other out, and itself unless it may come again; after --help comes nothing. */
static void put_name(const option *o)
{
    const char *letter = option_short(o), *equals = o->meta ? "=" : "";
    const char *again = o->kind == OPTION_TEXTS ? "*" : "";
    if (!letter)
        printf("'%s%s%s", again, o->name, equals);
    else if (o->kind == OPTION_HELP)
        printf("'(- *)'{%s,%s}'", letter, o->name);
    else if (*again)
        printf("'*'{%s,%s%s}'", letter, o->name, equals);
    else
        printf("'(%s %s)'{%s,%s%s}'", letter, o->name, letter, o->name, equals);
}

static void put_option(const option *o)
{
    printf(" \\\n        ");
    if (option_is_named(o)) {
        put_name(o);
        putchar('[');
        put(o->help, "\\[]:");
        putchar(']');
        if (o->meta) put_value(o);
    } else {
        printf(o->kind == OPTION_TEXTS ? "'*" : "'1");
        put_value(o);
    }
    putchar('\'');
}

static void print_command(const option_page *page)
{
    const option *o, *lone = help_lone(page);
    printf("_viseme_command_%s() {\n    _arguments", page->help->name);
    for (int i = 0; (o = help_option(page, i)); i++)
        if (option_is_named(o)) put_option(o);
    if (lone) put_option(lone);
    printf("\n}\n\n");
}

static void end(void)
{
    fputs(whole, stdout);
}

const shell completion_zsh = {"zsh", begin, print_command, end};
