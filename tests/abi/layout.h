/* tests/abi/layout.h - where the fields of public structures lie, as a header says; written by
 * headers.py layout.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/* A field, a structure, or an enumerator and its value. Tables end with a NULL. */
typedef struct layout {
    const char *name;
    size_t offset, size;
    bool grows; /* a later version may have more here */
} layout;

extern const layout kept_layout[];  /* what the kept header declares, compiled with it, ... */
extern const layout later_layout[]; /* ... and with today's; */
extern const layout today_layout[]; /* what today's declares */

#endif
