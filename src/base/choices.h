/* base/choices.h - values of which one is chosen, as one text of words: "linear cubic area".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_CHOICES_H
#define BASE_CHOICES_H

#include "base/status.h"

/* Where a word stands among the choices, from 0; -1: it is none of them. */
int choices_find(const char *choices, const char *word);

/* VIS_ERR_USAGE, "OPTION WORD: choose linear, cubic or area". */
vis_status choices_fail(const char *choices, const char *option, const char *word, vis_error *err);

#endif
