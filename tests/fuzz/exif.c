/* fuzz/exif.c - which way up a photograph says it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "media/picture_codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int orientation = exif_orientation(data, size);
    if (orientation < 1 || orientation > 8) abort();
    return 0;
}
