/* paint/blocks.c - mean colours of 8 x 8 blocks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/blocks.h"

#include <string.h>

block_grid block_grid_of(region r)
{
    int columns = r.width / BLOCK_SIDE, rows = r.height / BLOCK_SIDE;
    return (block_grid){r.x, r.y, columns, rows, columns * rows};
}

/* Sums of one row of pixels, block by block, onto sums [columns][3]; exact in float. */
static void add_row(const uint8_t *pixels, int columns, float *sums)
{
    for (int i = 0; i < columns; i++, sums += 3, pixels += (ptrdiff_t)3 * BLOCK_SIDE) {
        int b = 0, g = 0, r = 0;
        for (int x = 0; x < BLOCK_SIDE; x++) {
            b += pixels[3 * x];
            g += pixels[3 * x + 1];
            r += pixels[3 * x + 2];
        }
        sums[0] += (float)b;
        sums[1] += (float)g;
        sums[2] += (float)r;
    }
}

void block_means(const block_grid *grid, const picture *p, float *means)
{
    size_t row_size = (size_t)grid->columns * 3;
    memset(means, 0, (size_t)grid->rows * row_size * sizeof *means);
    for (int y = 0; y < grid->rows * BLOCK_SIDE; y++) {
        const uint8_t *row =
            p->data + (ptrdiff_t)(grid->y + y) * p->stride + (ptrdiff_t)grid->x * 3;
        add_row(row, grid->columns, means + (size_t)(y / BLOCK_SIDE) * row_size);
    }
    for (size_t i = 0; i < (size_t)grid->rows * row_size; i++)
        means[i] /= BLOCK_SIDE * BLOCK_SIDE;
}
