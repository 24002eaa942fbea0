/* program/gmp_reserve.h - signing does not abort the program where memory runs out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_GMP_RESERVE_H
#define PROGRAM_GMP_RESERVE_H

/* GMP, in which GnuTLS calculates with keys, prints a line and aborts where a request for memory
 * fails. From now on a small reserve gives what malloc does not, enough for what is being signed;
 * the next request of somebody who can say so fails soon enough. To be called once, before any
 * other thread is there. */
void gmp_reserve_set_up(void);

#endif
