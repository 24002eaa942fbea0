/* media/pixel_rows.c - chooses a table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "media/pixel_rows.h"

const pixel_rows *pixel_rows_for(cpu_isa isa)
{
#if defined(__x86_64__)
    if (isa >= CPU_AVX2) return &pixel_rows_avx2;
#endif
    (void)isa;
    return &pixel_rows_portable;
}

const pixel_rows *pixel_rows_best(void)
{
    return pixel_rows_for(cpu_best());
}
