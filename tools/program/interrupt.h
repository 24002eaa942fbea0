/* program/interrupt.h - signals that ask the program to stop: SIGINT, SIGTERM, SIGHUP.
 *
 * A thread of its own waits for them, so that what they cause is ordinary code. Work that shows its
 * progress asks interrupt_seen, ends in good order and keeps what it can. SIGINT again, a second or
 * more after the first signal, and the first one for other commands, ends the program at once:
 * temporaries are removed, one line is said, the exit status is 5; but a video whose painting is
 * over is finished all the same. A signal that was ignored when the program began (nohup) stays so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_INTERRUPT_H
#define PROGRAM_INTERRUPT_H

#include <stdbool.h>

/* Once, before any other thread is started. `command` must live on. */
void interrupt_watch(const char *command);

/* From now on the first signal does no more than make interrupt_seen true. */
void interrupt_by_asking(void);

/* The same, and a second one, a second or more after the first, does no more than make
 * interrupt_insisted true: for work that ends in two steps. */
void interrupt_by_asking_twice(void);

/* Has there been a signal? And another, by who waited in vain? Any thread. */
bool interrupt_seen(void);
bool interrupt_insisted(void);

#endif
