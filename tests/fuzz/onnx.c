/* fuzz/onnx.c - an ONNX file: its bytes, its nodes in order, their shapes, constants folded, and
 * which network it is. External data are looked for in external/, which the corpus knows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 0x08) target_open_model(EXTERNAL "/fuzzed.onnx", data, size);
    return 0;
}
