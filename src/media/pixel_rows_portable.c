/* media/pixel_rows_portable.c - rows of pixels by what the compiler's baseline gives.
 * SPDX-License-Identifier: Apache-2.0 */
#define NAME portable
#include "media/pixel_rows_tmpl.h"
