/* tests/tools/odd_help.c - what a made-up command takes, explained with every character that means
 * something to a shell or to roff: odd_help text|man|bash|zsh|fish
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/completion.h"
#include "program/help.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    static const command_help help = {.name = "odd",
                                      .purpose = "of 'odd' [texts]: \\n, \"it\" & $HOME",
                                      .usage = "odd --odd HOW",
                                      .example = "  viseme odd --odd 'a \\ b' | cat -\n\n"
                                                 ".dots and \\backslashes begin this line\n"
                                                 "'and a quote this one: `x^2 ~ -1`\n",
                                      .plain = true};
    static const option table[] = {
        {"--odd", OPTION_TEXT, NULL, "HOW",
         "[a] 'b' \"c\" \\d $e `f`: g; #h * i? {j} <k> & ~l ^m %n !o\n.p -q --r-s\n't", "one two"},
        {"--other", OPTION_FLAG, NULL, NULL, "]:'\\"}};
    option_page page = {.help = &help, .own = table, .own_count = 2};
    const char *voice = strcmp(argv[1], "text") == 0 ? NULL : argv[1];
    const shell *s = voice ? completion_shell(voice) : NULL;
    if (s) s->begin();
    bool known = help_print(&page, voice);
    if (s) s->end();
    return known ? 0 : 2;
}
