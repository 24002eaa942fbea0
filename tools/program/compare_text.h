/* program/compare_text.h - a comparison in words and tables, for people.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_COMPARE_TEXT_H
#define PROGRAM_COMPARE_TEXT_H

#include "compare/compare.h"
#include "compare/figures.h"

/* Prints the verdict, the figures over all, the frames (`all`: every one; else at most
 * COMPARE_ROWS, the ones furthest apart), and where two networks part. */
#define COMPARE_ROWS 20
void compare_text_print(const comparison *c, verdict required, bool all);

/* Prints the judgement of columns of statistics; false when one is not consistent. */
bool figures_text_print(const figures *f);
bool figures_all_consistent(const figures *f);

#endif
