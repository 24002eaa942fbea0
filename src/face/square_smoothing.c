/* face/square_smoothing.c - a triangular mean over time, mirrored at the ends.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/square_smoothing.h"

#include "base/memory.h"
#include "face/ping_pong.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Index i beyond the ends turns back, as footage that bounces does. */
static int mirrored(int i, int count)
{
    return ping_pong_index(abs(i) - 1, 0, count);
}

static bool jumps(const int a[4], const int b[4])
{
    int side = a[2] - a[0];
    for (int k = 0; k < 4; k++)
        if (4 * abs(a[k] - b[k]) > side) return true;
    return false;
}

/* How far the mean around frame n may reach to both sides. */
static int reach_of(const int (*squares)[4], int count, int n, int half)
{
    for (int away = 1; away <= half; away++)
        for (int side = -1; side <= 1; side += 2)
            if (jumps(squares[mirrored(n + side * (away - 1), count)],
                      squares[mirrored(n + side * away, count)]))
                return away - 1;
    return half;
}

/* Corner and size are rounded, not both corners, so that the size does not tremble either. */
static void smooth_one(const int (*squares)[4], int count, int n, int half, int out[4])
{
    int reach = reach_of(squares, count, n, half);
    double sum[4] = {0}, weights = 0;
    int right = 0, bottom = 0; /* never exceeded, whatever is rounded */
    for (int k = -reach; k <= reach; k++) {
        const int *s = squares[mirrored(n + k, count)];
        double weight = reach + 1 - abs(k);
        const int parts[4] = {s[0], s[1], s[2] - s[0], s[3] - s[1]};
        for (int i = 0; i < 4; i++)
            sum[i] += weight * parts[i];
        weights += weight;
        right = s[2] > right ? s[2] : right;
        bottom = s[3] > bottom ? s[3] : bottom;
    }
    int mean[4];
    for (int i = 0; i < 4; i++)
        mean[i] = (int)lround(sum[i] / weights);
    out[0] = mean[0];
    out[1] = mean[1];
    out[2] = mean[0] + mean[2] < right ? mean[0] + mean[2] : right;
    out[3] = mean[1] + mean[3] < bottom ? mean[1] + mean[3] : bottom;
}

vis_status squares_smooth(int (*squares)[4], int count, int half, vis_error *err)
{
    size_t bytes;
    int(*filmed)[4];
    if (!size_mul((size_t)count, sizeof *filmed, &bytes) || !(filmed = malloc(bytes)))
        return vis_fail_memory(err, "face squares");
    memcpy(filmed, squares, bytes);
    for (int n = 0; n < count; n++)
        smooth_one((const int(*)[4])filmed, count, n, half, squares[n]);
    free(filmed);
    return VIS_OK;
}
