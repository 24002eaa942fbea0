/* base/choices.c - finding a word among choices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/choices.h"

#include <stdio.h>
#include <string.h>

int choices_find(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0; *choices; i++) {
        size_t this_one = strcspn(choices, " ");
        if (this_one == length && memcmp(choices, word, length) == 0) return i;
        choices += this_one;
        choices += strspn(choices, " ");
    }
    return -1;
}

vis_status choices_fail(const char *choices, const char *option, const char *word, vis_error *err)
{
    char all[256] = "";
    const char *last = strrchr(choices, ' ');
    for (size_t used = 0; *choices && used + 4 < sizeof all; used = strlen(all)) {
        const char *between = used == 0 ? "" : choices - 1 == last ? " or " : ", ";
        int length = (int)strcspn(choices, " ");
        snprintf(all + used, sizeof all - used, "%s%.*s", between, length, choices);
        choices += length + (choices[length] == ' ');
    }
    return vis_fail(err, VIS_ERR_USAGE, "%s %s: choose %s", option, word, all);
}
