/* What the kept header declares lies in today's where it lay, byte for byte.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit/cmocka_all.h"
#include "layout.h"

#include <string.h>

static void everything_lies_where_it_lay(void **state)
{
    for (const layout *kept = kept_layout, *later = later_layout; kept->name; kept++, later++) {
        assert_string_equal(kept->name, later->name);
        if (kept->offset != later->offset)
            fail_msg("%s: from %zu to %zu", kept->name, kept->offset, later->offset);
        if (kept->grows ? kept->size > later->size : kept->size != later->size)
            fail_msg("%s: %zu bytes became %zu", kept->name, kept->size, later->size);
    }
}

/* A later field would lie in the padding, of which nobody knows what an older program left there.
 */
static void options_do_not_end_in_padding(void **state)
{
    const layout *tables[] = {kept_layout, today_layout};
    for (int i = 0; i < 2; i++)
        for (const layout *each = tables[i]; each->name; each++)
            if (strstr(each->name, ": padding") && each->size)
                fail_msg("%s: %zu bytes; put the smaller fields before the larger ones, or fill up",
                         each->name, each->size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_lies_where_it_lay),
        cmocka_unit_test(options_do_not_end_in_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
