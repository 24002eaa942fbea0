/* program/help.c - the voices, and what they share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/help.h"

#include "program/completion.h"

#include <string.h>

bool help_print(const option_page *page, const char *voice)
{
    void (*speak)(const option_page *) = help_text;
    if (voice) {
        const shell *s = completion_shell(voice);
        speak = strcmp(voice, "man") == 0 ? help_man : s ? s->command : NULL;
    }
    if (speak) speak(page);
    return speak != NULL;
}

help_value help_value_of(const option *o)
{
    const char *kind = option_is_named(o) ? o->meta : o->name;
    if (o->choices) return HELP_CHOICE;
    if (!kind) return HELP_ANY; /* of a flag */
    if (strcmp(kind, "COMMAND") == 0) return HELP_COMMAND;
    if (strcmp(kind, "DIR") == 0) return HELP_FOLDER;
    bool file = strcmp(kind, "FILE") == 0 || strcmp(kind, "PATH") == 0;
    return file || !option_is_named(o) ? HELP_FILE : HELP_ANY;
}

const option *help_option(const option_page *page, int index)
{
    if (index < page->own_count) return &page->own[index];
    index -= page->own_count;
    return index < page->common_count ? &page->common[index] : NULL;
}

const option *help_lone(const option_page *page)
{
    static const option file = {"FILE", OPTION_TEXT, NULL, NULL, "a file"};
    for (int i = page->own_count - 1; i >= 0; i--)
        if (!option_is_named(&page->own[i])) return &page->own[i];
    return page->lone_file ? &file : NULL;
}
