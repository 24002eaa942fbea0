/* fuzz/lms.c - the landmarks of a frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "face/landmarks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int square[4];
    vis_error err = {0};
    target_check(landmarks_parse_square((const char *)data, size, "fuzzed.lms", square, NULL, &err),
                 &err);
    return 0;
}
