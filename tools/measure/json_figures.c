/* measure/json_figures.c - numbers or null.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/json_figures.h"

#include "base/json.h"

#include <math.h>

json_t *json_figure(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_figures(const double *values, int64_t count)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_add(&list, json_figure(values[i]));
    return list;
}
