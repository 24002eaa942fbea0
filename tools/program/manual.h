/* program/manual.h - viseme(1), the manual page of the program as a whole.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_MANUAL_H
#define PROGRAM_MANUAL_H

/* Prints it as roff on standard output. */
void manual_print(void);

/* Its sections that no table tells, as roff. */
extern const char manual_chapters[];

#endif
