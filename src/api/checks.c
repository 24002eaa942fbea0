/* api/checks.c - pointers that are missing, numbers out of range.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"

#include "base/status.h"

vis_status api_given(const void *pointer, const char *what, vis_error *err)
{
    if (pointer) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s: missing (NULL)", what);
}

vis_status api_in_range(const char *name, int64_t value, int64_t least, int64_t most,
                        vis_error *err)
{
    if (value >= least && value <= most) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s %lld: choose %lld to %lld", name, (long long)value,
                    (long long)least, (long long)most);
}

vis_status api_check_resizing(vis_interpolation crop, vis_interpolation paste, vis_error *err)
{
    VIS_TRY(api_in_range("vis_interpolation crop", crop, 0, VIS_AREA, err));
    return api_in_range("vis_interpolation paste", paste, 0, VIS_AREA, err);
}

vis_status api_check_model(int checkpoint, vis_precision precision, vis_error *err)
{
    VIS_TRY(api_in_range("--checkpoint", checkpoint, -1, INT32_MAX, err));
    return api_in_range("vis_precision", precision, 0, VIS_FAST, err);
}
