/* paint/blocks.h - mean colours of 8 x 8 blocks: pictures without their fine detail.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_BLOCKS_H
#define PAINT_BLOCKS_H

#include "measure/metrics.h"

#define BLOCK_SIDE 8 /* pixels */

/* Blocks from the top left corner of a region, row by row; partial ones are left out. */
typedef struct block_grid {
    int x, y; /* of the first block, in the picture */
    int columns, rows, count;
} block_grid;

block_grid block_grid_of(region r);

/* Mean B, G, R of each block, in levels, into means [count][3]. */
void block_means(const block_grid *grid, const picture *p, float *means);

/* Brightness of a colour in levels: 0.299 R + 0.587 G + 0.114 B (BT.601). */
static inline float block_luma(const float bgr[3])
{
    return 0.114f * bgr[0] + 0.587f * bgr[1] + 0.299f * bgr[2];
}

#endif
