/* The library's way with sizes, but for a fault: results and options are filled as far as the
 * library knows them, whatever room there is. What old_client then says is the proof that it would
 * find such a fault. SPDX-License-Identifier: Apache-2.0 */
#define api_give give_what_fits
#include "../../src/api/checks.c" /* NOLINT(bugprone-suspicious-include): all but one of it */
#undef api_give

void api_give(void *to, size_t size, const void *from, size_t own);

void api_give(void *to, size_t size, const void *from, size_t own)
{
    if (to) memcpy(to, from, own);
}
