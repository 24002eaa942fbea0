/* viseme/version.h - which version of viseme these headers belong to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef VISEME_VERSION_H
#define VISEME_VERSION_H

#define VIS_VERSION_MAJOR 0
#define VIS_VERSION_MINOR 2
#define VIS_VERSION_PATCH 0

/* As one number that can be compared: 0x000200. vis_version() gives that of the library that runs.
 */
#define VIS_VERSION ((VIS_VERSION_MAJOR << 16) | (VIS_VERSION_MINOR << 8) | VIS_VERSION_PATCH)
#define VIS_VERSION_TEXT "0.2.0"

#endif
