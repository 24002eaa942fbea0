/* program/completion_bash.c - viseme completion bash.
 *
 * bash cuts words at '=', so that --name=value comes as three; names of files are left to readline,
 * which knows how they are quoted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "program/commands.h"
#include "program/completion.h"
#include "program/help.h"

#include <stdio.h>

static const char parts[] = "\n"
                            "_viseme_nothing() {\n"
                            "    compopt +o default 2>/dev/null\n"
                            "}\n\n"
                            "_viseme_folders() {\n"
                            "    compopt +o default -o dirnames 2>/dev/null\n"
                            "}\n\n"
                            "_viseme_choose() {\n"
                            "    local IFS=$' \\t\\n'\n"
                            "    _viseme_nothing\n"
                            "    COMPREPLY=($(compgen -P \"$prefix\" -W \"$1\" -- \"$word\"))\n"
                            "}\n\n"
                            "# Completes a word that begins as an option does; true for another.\n"
                            "_viseme_is_lone() {\n"
                            "    [[ $word == -* ]] || return 0\n"
                            "    _viseme_choose \"$1\"\n"
                            "    return 1\n"
                            "}\n\n";

static const char whole[] =
    "_viseme() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} prefix=\n"
    "    COMPREPLY=()\n"
    "    if [[ $word == '=' ]]; then\n"
    "        word=\n"
    "    elif [[ $before == '=' ]]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    elif [[ $word == --*=* ]]; then\n"
    "        before=${word%%=*} word=${word#*=} prefix=$before=\n"
    "    fi\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _viseme_choose \"$_viseme_commands help --help --version\"\n"
    "    elif declare -F \"_viseme_command_${COMP_WORDS[1]}\" >/dev/null; then\n"
    "        \"_viseme_command_${COMP_WORDS[1]}\"\n"
    "    else\n"
    "        _viseme_nothing\n"
    "    fi\n"
    "}\n\n"
    "complete -o default -F _viseme viseme\n";

static void begin(void)
{
    const command *c;
    printf("# bash completion for viseme %s, as `viseme completion bash` prints it.\n\n"
           "_viseme_commands='",
           vis_version());
    for (int i = 0; (c = command_at(i)); i++)
        printf("%s%s", i ? " " : "", c->help->name);
    printf("'\n%s_viseme_command_help() {\n    _viseme_choose \"$_viseme_commands\"\n}\n\n", parts);
}

/* The call that completes the option's value, or a lone word. */
static void put_value(const option *o)
{
    switch (help_value_of(o)) {
    case HELP_ANY:
        printf("_viseme_nothing");
        break;
    case HELP_FILE:
        printf(":");
        break;
    case HELP_FOLDER:
        printf("_viseme_folders");
        break;
    case HELP_CHOICE:
        printf("_viseme_choose '%s'", o->choices);
        break;
    case HELP_COMMAND:
        printf("_viseme_choose \"$_viseme_commands\"");
        break;
    }
}

static void put_option(const option *o)
{
    const char *letter = option_short(o);
    if (!option_is_named(o) || !o->meta) return;
    printf("    %s%s%s) ", letter ? letter : "", letter ? " | " : "", o->name);
    put_value(o);
    printf(" ;;\n");
}

static void put_names(const option_page *page)
{
    const option *o;
    const char *space = "";
    putchar('\'');
    for (int i = 0; (o = help_option(page, i)); i++) {
        if (!option_is_named(o)) continue;
        printf("%s%s", space, o->name);
        space = " ";
    }
    putchar('\'');
}

static void print_command(const option_page *page)
{
    const option *o, *lone = help_lone(page);
    printf("_viseme_command_%s() {\n    case $before in\n", page->help->name);
    for (int i = 0; (o = help_option(page, i)); i++)
        put_option(o);
    printf("    *) %s ", lone ? "_viseme_is_lone" : "_viseme_choose");
    put_names(page);
    if (lone) printf(" && ");
    if (lone) put_value(lone);
    printf(" ;;\n    esac\n}\n\n");
}

static void end(void)
{
    fputs(whole, stdout);
}

const shell completion_bash = {"bash", begin, print_command, end};
