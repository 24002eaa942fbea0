/* render/output_range.c - see output_range.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/output_range.h"

#include "media/pixel_rows.h"

#include <math.h>

#define ROUNDING 1e-3f
#define FAR 0.5f /* beyond [0, 1]: no picture in this range any more */

/* The finite ones one by one, when there are others among them. */
static output_range among_broken(const float *values, int64_t count)
{
    output_range r = {INFINITY, -INFINITY, 0};
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            r.broken++;
            continue;
        }
        r.min = fminf(r.min, values[i]);
        r.max = fmaxf(r.max, values[i]);
    }
    if (r.broken == count) r.min = r.max = 0;
    return r;
}

output_range output_range_of(const float *values, int64_t count)
{
    output_range r = {0};
    if (count > 0 && pixel_rows_best()->range(values, count, &r.min, &r.max)) return r;
    return among_broken(values, count);
}

bool output_range_leaves(const output_range *r)
{
    return r->min < -ROUNDING || r->max > 1 + ROUNDING;
}

vis_status output_range_check(const output_range *r, const char *model, int footage, vis_error *err)
{
    if (r->broken)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: %lld of the numbers that the network paints footage frame %d with are "
                        "NaN or infinite; the checkpoint is broken: take another one (viseme "
                        "diagnose looks for the layer)",
                        model, (long long)r->broken, footage);
    if (r->min < -FAR || r->max > 1 + FAR)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: paints footage frame %d with numbers from %g to %g; this family's lie "
                        "in [0, 1]: export the network without a scaling of its own (/ 255, * 255) "
                        "and with its sigmoid",
                        model, footage, (double)r->min, (double)r->max);
    return VIS_OK;
}
