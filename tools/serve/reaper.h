/* serve/reaper.h - a thread that closes sessions, since that waits for their own threads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_REAPER_H
#define SERVE_REAPER_H

#include "serve/place.h"

typedef struct reaper reaper;

vis_status reaper_open(reaper **out, vis_error *err);

/* Takes a place over; never waits. */
void reaper_take(reaper *r, place *p);

/* How many it has that are not closed. */
int reaper_waiting(reaper *r);

/* Waits until all are closed. NULL is fine. */
void reaper_close(reaper *r);

#endif
