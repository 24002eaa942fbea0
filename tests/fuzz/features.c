/* fuzz/features.c - a file of speech features, read row by row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "audio/features.h"

#include <stdlib.h>

#define MAX_ROWS 16

static void read_rows(feature_source *s)
{
    bool got = true;
    vis_error err = {0};
    float *row = malloc((size_t)feature_source_row_size(s) * sizeof *row);
    if (!row) abort();
    for (int i = 0; i < MAX_ROWS && got; i++) {
        vis_status status = feature_source_next(s, row, &got, &err);
        target_check(status, &err);
        if (status != VIS_OK) break;
    }
    (void)feature_source_silent(s);
    free(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feature_source *s = NULL;
    vis_error err = {0};
    const char *path = target_file_open(data, size);
    vis_status status = feature_source_open_file(input_path(path), AUDIO_NONE, 0, &s, &err);
    target_check(status, &err);
    if (status == VIS_OK) read_rows(s);
    feature_source_close(s);
    target_file_close();
    return 0;
}
