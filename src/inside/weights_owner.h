/* inside/weights_owner.h - whose weights are in a file that would not open as a model?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INSIDE_WEIGHTS_OWNER_H
#define INSIDE_WEIGHTS_OWNER_H

#include "base/status.h"

#include <stdbool.h>

/* What the weights of a .pth turn out to be. */
typedef struct weights_owner {
    bool pth;    /* else all below is false */
    bool unet;   /* a lip-sync U-Net's, by the names of its parts */
    bool fits;   /* and all of them are there, in their shapes */
    int missing; /* keys that are not */
} weights_owner;

/* Reads `path` (of a folder: its highest N.pth). Files that are no .pth are nobody's. What opening
 * and reading say; VIS_ERR_MEMORY. */
vis_status weights_owner_find(const char *path, weights_owner *out, vis_error *err);

#endif
