/* fuzz/crop_rectangles.c - the face squares of a package.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "face/rectangles.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int(*squares)[4] = NULL, count = 0;
    vis_error err = {0};
    vis_status status =
        rectangles_parse((const char *)data, size, "fuzzed.json", &squares, &count, &err);
    target_check(status, &err);
    if (status == VIS_OK && (count < 1 || !squares)) abort();
    free(squares);
    return 0;
}
