/* base/sort.c - a heap.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/sort.h"

/* Lets index[at] sink until nothing below it in the heap comes behind it. */
static void sink(int *index, size_t at, size_t n, sort_order order, const void *context)
{
    const int value = index[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && order(index[child], index[child + 1], context) < 0) child++;
        if (order(value, index[child], context) >= 0) break;
        index[at] = index[child];
    }
    index[at] = value;
}

void sort_indices(int *index, size_t n, sort_order order, const void *context)
{
    for (size_t at = n / 2; at-- > 0;)
        sink(index, at, n, order, context);
    for (size_t left = n; left-- > 1;) {
        const int last = index[0];
        index[0] = index[left];
        index[left] = last;
        sink(index, 0, left, order, context);
    }
}
