/* base/exit_status.h - what our programs exit with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_EXIT_STATUS_H
#define BASE_EXIT_STATUS_H

#include "viseme/status.h"

/* 0 done, 1 the answer is no, 2 wrong usage, 3 bad input, 4 could not write, 5 out of resources,
 * stopped, or a fault of ours. */
static inline int exit_status(vis_status status)
{
    switch (status) {
    case VIS_OK:
        return 0;
    case VIS_NO:
        return 1;
    case VIS_ERR_USAGE:
        return 2;
    case VIS_ERR_OPEN:
    case VIS_ERR_FORMAT:
    case VIS_ERR_UNSUPPORTED:
    case VIS_ERR_MISMATCH:
        return 3;
    case VIS_ERR_WRITE:
        return 4;
    default:
        return 5;
    }
}

#endif
