/* measure/feature_table.h - all feature rows in memory, for those who want windows in any order.
 *
 * Renderers stream (audio/window.h); judges go back and forth.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_FEATURE_TABLE_H
#define MEASURE_FEATURE_TABLE_H

#include "viseme/viseme.h"

#define FEATURE_TABLE_MAX_BYTES ((size_t)1 << 30)

/* Zero-initialised is a valid empty table. */
typedef struct feature_table {
    int row_size;
    int64_t rows;
    float *data; /* [rows, row_size]; owned */
} feature_table;

/* Reads what is left of `features`. VIS_ERR_LIMIT beyond FEATURE_TABLE_MAX_BYTES, VIS_ERR_MEMORY,
 * and what reading says; `t` is then empty. */
vis_status feature_table_read(vis_features *features, feature_table *t, vis_error *err);
void feature_table_free(feature_table *t);

/* The window of frame i as audio/window.h defines it, rows outside the table zero, into
 * window[window_rows * row_size]. Any i. */
void feature_table_window(const feature_table *t, int64_t i, int window_rows, float *window);

#endif
