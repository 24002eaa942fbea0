/* measure/feature_table.c - feature rows read to their end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/feature_table.h"

#include "base/status.h"

#include <stdlib.h>
#include <string.h>

/* Room for twice as many rows, or for a first few. */
static vis_status grow(feature_table *t, int64_t *capacity, vis_error *err)
{
    int64_t rows = *capacity ? 2 * *capacity : 256;
    size_t bytes = (size_t)rows * (size_t)t->row_size * sizeof(float);
    if (bytes / 2 > FEATURE_TABLE_MAX_BYTES)
        return vis_fail(err, VIS_ERR_LIMIT,
                        "more than %lld feature rows; cut the recording into shorter ones",
                        (long long)*capacity);
    float *larger = realloc(t->data, bytes);
    if (!larger) return vis_fail_memory(err, "the features");
    t->data = larger;
    *capacity = rows;
    return VIS_OK;
}

static vis_status read_rows(vis_features *features, feature_table *t, vis_error *err)
{
    int64_t capacity = 0;
    for (bool got = true; got; t->rows += got) {
        if (t->rows == capacity) VIS_TRY(grow(t, &capacity, err));
        float *row = t->data + (size_t)t->rows * (size_t)t->row_size;
        VIS_TRY(vis_features_next(features, row, &got, err));
    }
    return VIS_OK;
}

vis_status feature_table_read(vis_features *features, feature_table *t, vis_error *err)
{
    *t = (feature_table){.row_size = vis_features_row_size(features)};
    vis_status status = read_rows(features, t, err);
    if (status != VIS_OK) feature_table_free(t);
    return status;
}

void feature_table_free(feature_table *t)
{
    free(t->data);
    *t = (feature_table){0};
}

void feature_table_window(const feature_table *t, int64_t i, int window_rows, float *window)
{
    size_t size = (size_t)t->row_size;
    for (int k = 0; k < window_rows; k++) {
        int64_t row = i - window_rows / 2 + k;
        float *to = window + (size_t)k * size;
        if (row >= 0 && row < t->rows)
            memcpy(to, t->data + (size_t)row * size, size * sizeof *to);
        else
            memset(to, 0, size * sizeof *to);
    }
}
