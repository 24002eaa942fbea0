/* fuzz/npy.c - an array as NumPy saves it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "base/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tensor t;
    vis_error err = {0};
    target_check(npy_parse(data, size, "fuzzed.npy", &t, &err), &err);
    tensor_free(&t);
    return 0;
}
