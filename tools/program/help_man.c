/* program/help_man.c - viseme manual COMMAND: the page as roff, for man.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/help.h"
#include "program/roff.h"

#include <stdio.h>
#include <string.h>

/* A line of the usage that begins with the command's name is a way of its own to call it. */
static void print_synopsis(const command_help *help)
{
    size_t name = strlen(help->name);
    char line[256];
    roff_section("SYNOPSIS");
    for (const char *u = help->usage; *u; u += *u == '\n') {
        u += strspn(u, " ");
        bool own = strncmp(u, help->name, name) == 0;
        if (own && u != help->usage) printf(".br\n");
        if (own) printf("\\fBviseme ");
        if (own) roff_literal(help->name);
        if (own) printf("\\fR");
        u += own ? name : 0;
        snprintf(line, sizeof line, "%.*s", (int)strcspn(u, "\n"), u);
        roff_usage(line);
        putchar('\n');
        u += strlen(line);
    }
}

static void print_description(const command_help *help)
{
    const char *rest = strstr(help->example, "\n\n");
    roff_section("DESCRIPTION");
    roff_paragraphs(rest ? rest + 2 : help->purpose);
}

static void print_name(const option *o)
{
    const char *letter = option_short(o);
    printf(option_is_named(o) ? "\\fB" : "\\fI");
    if (letter) roff_literal(letter);
    if (letter) printf("\\fR, \\fB");
    roff_literal(o->name);
    printf("\\fR");
    if (!o->meta) return;
    printf(" \\fI");
    roff_literal(o->meta);
    printf("\\fR");
}

void help_man_option(const option *o)
{
    printf(".TP\n");
    print_name(o);
    putchar('\n');
    roff_paragraphs(o->help);
}

void help_man(const option_page *page)
{
    const option *o;
    roff_begin(page->help->name, page->help->purpose);
    print_synopsis(page->help);
    print_description(page->help);
    roff_section("OPTIONS");
    for (int i = 0; (o = help_option(page, i)); i++)
        help_man_option(o);
    roff_section("EXAMPLES");
    roff_example(page->help->example);
    roff_exit_status();
    roff_section("SEE ALSO");
    roff_page(NULL, "");
}
