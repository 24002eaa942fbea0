/* program/help_text.c - viseme COMMAND --help: the page for people at a terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/help.h"

#include <stdio.h>

static void print_option(const option *o)
{
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", o->name, o->meta ? " " : "", o->meta ? o->meta : "");
    printf("  %-24s ", left);
    for (const char *c = o->help; *c; c++) {
        putchar(*c);
        if (*c == '\n') printf("%27s", "");
    }
    putchar('\n');
}

void help_text(const option_page *page)
{
    const command_help *help = page->help;
    const option *o;
    printf("viseme %s - %s\n\nUsage: viseme %s\n\n", help->name, help->purpose, help->usage);
    for (int i = 0; (o = help_option(page, i)); i++)
        print_option(o);
    printf("\nExample:\n%s\nExit status: %s\n", help->example, EXIT_STATUSES);
}
