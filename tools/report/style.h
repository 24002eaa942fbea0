/* report/style.h - how pages and plots look: the colours by light and by dark, and the rules.
 *
 * Rules name colours as CSS variables, var(--NAME). A page defines the variables twice, for light
 * and for dark; a drawing that stands alone gets the light colours in their place, since few
 * viewers of SVG know variables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

#include "report/markup.h"

extern const char style_of_pages[];
extern const char style_of_plots[];

/* The definitions of the variables, for a page. */
void style_colors(markup *m);

/* Rules with the light colours in place of the variables. */
void style_light(markup *m, const char *rules);

#endif
