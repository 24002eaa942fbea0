/* fuzz/metadata.c - metadata.json of a folder of raw tensors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "measure/tensor_folder.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tensor_folder f = {0};
    vis_error err = {0};
    vis_status status = tensor_folder_parse(data, size, "metadata.json", &f, &err);
    target_check(status, &err);
    if (status == VIS_OK && (f.frames < 1 || f.visual_dim[0] != f.frames)) abort();
    return 0;
}
