/* tests/unit/base/machine.c - the files of a machine.
 * SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char machine_root[64];

int machine_setup(void **state)
{
    snprintf(machine_root, sizeof machine_root,
             "/tmp/viseme-test-XXXXXX"); /* a template of mkdtemp */
    return mkdtemp(machine_root) ? 0 : -1;
}

int machine_teardown(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", machine_root);
    return system(command);
}

void machine_tell(const char *path, const char *text)
{
    char whole[256], command[512];
    snprintf(whole, sizeof whole, "%s%s", machine_root, path);
    snprintf(command, sizeof command, "mkdir -p $(dirname %s)", whole);
    assert_int_equal(system(command), 0);
    FILE *f = fopen(whole, "w");
    assert_non_null(f);
    fprintf(f, "%s\n", text);
    assert_int_equal(fclose(f), 0);
}
