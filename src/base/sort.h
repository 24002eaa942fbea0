/* base/sort.h - sorts indices by what they stand for.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SORT_H
#define BASE_SORT_H

#include <stddef.h>

/* Below, equal to or above zero as a comes before, beside or behind b. */
typedef int (*sort_order)(int a, int b, const void *context);

/* In place, without memory of its own, in n log n steps at the worst. Equals come in any order, but
 * in the same one each time. qsort_r, which could do it, has another shape on each system. */
void sort_indices(int *index, size_t n, sort_order order, const void *context);

#endif
