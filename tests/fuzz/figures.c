/* fuzz/figures.c - statistics to be judged: JSON, CSV, or a summary of frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "compare/figures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    figures f = {0};
    vis_error err = {0};
    const char *path = target_file_open(data, size);
    vis_status status = figures_read(path, &f, &err);
    if (status == VIS_OK) status = figures_check(&f, &err);
    target_check(status, &err);
    for (int i = 1; i < f.count && status == VIS_OK; i++)
        (void)figures_judge(&f, i);
    figures_free(&f);
    target_file_close();
    return 0;
}
