/* measure/json_figures.h - measured numbers as JSON, which knows no infinity and no NaN.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_JSON_FIGURES_H
#define MEASURE_JSON_FIGURES_H

#include <jansson.h>
#include <stdint.h>

/* The number, or null where it is not finite. The caller's to release; NULL when out of memory. */
json_t *json_figure(double value);

/* A list of them. */
json_t *json_figures(const double *values, int64_t count);

#endif
