/* program/completion.c - the shells, and what their scripts share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/completion.h"

#include <stdio.h>
#include <string.h>

const shell *completion_shell(const char *name)
{
    static const shell *const all[] = {&completion_bash, &completion_zsh, &completion_fish};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(name, all[i]->name) == 0) return all[i];
    return NULL;
}

void completion_put(const char *text, const char *escaped, const char *quote)
{
    for (; *text; text++) {
        if (strchr(escaped, *text)) putchar('\\');
        if (*text == '\'')
            fputs(quote, stdout);
        else
            putchar(*text == '\n' ? ' ' : *text);
    }
}
