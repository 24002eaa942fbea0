/* api/checks.c - pointers that are missing, numbers out of range.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/checks.h"

#include "api/handles.h"
#include "base/status.h"

#include <string.h>

#define SIZE_MAX_SENSIBLE 65536 /* of a structure: more was never one */

vis_status api_given(const void *pointer, const char *what, vis_error *err)
{
    if (pointer) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s: missing (NULL)", what);
}

vis_status api_in_range(const char *name, int64_t value, int64_t min, int64_t max, vis_error *err)
{
    if (value >= min && value <= max) return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE, "%s %lld: choose %lld to %lld", name, (long long)value,
                    (long long)min, (long long)max);
}

vis_status api_check_drawing(const api_drawing *d, vis_error *err)
{
    VIS_TRY(api_in_range("vis_interpolation crop", d->crop, 0, VIS_AREA, err));
    VIS_TRY(api_in_range("vis_interpolation paste", d->paste, 0, VIS_AREA, err));
    return api_in_range("vis_composite", d->composite, 0, VIS_EXACT, err);
}

vis_status api_check_model(int checkpoint, vis_precision precision, vis_error *err)
{
    VIS_TRY(api_in_range("`checkpoint`", checkpoint, -1, INT32_MAX, err));
    return api_in_range("vis_precision", precision, 0, VIS_FAST, err);
}

void api_give(void *to, size_t size, const void *from, size_t own)
{
    if (!to) return;
    memcpy(to, from, size < own ? size : own);
    if (size > own) memset((char *)to + own, 0, size - own);
}

vis_status api_take(const void *given, void *own, size_t own_size, const char *name, vis_error *err)
{
    if (!given) return VIS_OK;
    size_t size;
    memcpy(&size, given, sizeof size); /* the first field of each */
    if (size <= sizeof size || size > SIZE_MAX_SENSIBLE)
        return vis_fail(err, VIS_ERR_USAGE, "%s: not filled; begin with %s_defaults()", name, name);
    const char *bytes = given;
    for (size_t i = own_size; i < size; i++)
        if (bytes[i])
            return vis_fail(err, VIS_ERR_UNSUPPORTED,
                            "%s: asks for something that viseme %s does not know", name,
                            VISEME_VERSION);
    memcpy(own, given, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof own_size);
    return VIS_OK;
}

const resize_mode *api_interpolation(vis_interpolation wanted, resize_mode *mode)
{
    switch (wanted) {
    case VIS_INTERPOLATION_DEFAULT:
        return NULL;
    case VIS_LINEAR:
        *mode = RESIZE_LINEAR;
        return mode;
    case VIS_CUBIC:
        *mode = RESIZE_CUBIC;
        return mode;
    case VIS_AREA:
        *mode = RESIZE_AREA;
        return mode;
    }
    return NULL;
}
