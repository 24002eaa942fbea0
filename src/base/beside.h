/* base/beside.h - calls made ahead of their turn on a thread of their own, and reported in turn.
 *
 * What has several things to open is done sooner when they are opened side by side. Which error and
 * which warnings the caller hears must not depend on who was faster: the outcome of a call and all
 * that it warned of are held back until the caller asks for it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BESIDE_H
#define BASE_BESIDE_H

#include "base/log.h"
#include "base/status.h"

#define BESIDE_MAX_CALLS 8

typedef struct beside beside;

/* One call. What it opens may keep `log`, which lives as long as the beside. */
typedef vis_status (*beside_call)(void *argument, const vis_log *log, vis_error *err);

/* Starts making `count` calls with one argument, one after the other; a NULL among them counts as
 * made. Behind one that fails none is made any more, nor any when no thread could be started: those
 * are made when they are asked for. `log` (may be NULL) is copied. VIS_ERR_MEMORY. */
vis_status beside_start(const beside_call *calls, int count, void *argument, const vis_log *log,
                        beside **out, vis_error *err);

/* The outcome of call `i`, once it is made; hands on its warnings first. From then on it warns
 * straight to the log. To be asked for once each, by one thread. */
vis_status beside_collect(beside *b, int i, vis_error *err);

/* Waits for the call that is being made; the rest is not made, and what was not asked for is not
 * reported. Whatever the calls opened must be closed first if it may still warn, yet not before
 * beside_stop. NULL is fine. */
void beside_stop(beside *b);
void beside_free(beside *b);

#endif
