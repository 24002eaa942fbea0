/* serve/cast.h - the characters that are there, and how all their sessions went.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_CAST_H
#define SERVE_CAST_H

#include "live/presenter.h"
#include "live/session.h"
#include "serve/histogram.h"
#include "serve/settings.h"

/* Totals of sessions that are over, and what is counted as it happens. Service thread. */
typedef struct cast_totals {
    int64_t opened, failed, refused, frames, painted, late, slipped, dropped;
    histogram first_frame, interrupt;
} cast_totals;

typedef struct cast_member {
    live_presenter *presenter;
    const live_presenter_facts *facts;
    cast_totals totals;
} cast_member;

typedef struct cast {
    vis_context *context;
    marker *marker; /* of all recordings */
    cast_member member[SERVE_MAX_CHARACTERS];
    int members;
} cast;

/* Opens every character. To be closed also on failure. The message names the character. */
vis_status cast_open(const serve_settings *settings, const vis_log *log, cast *out, vis_error *err);
void cast_close(cast *c);

/* NULL: the first; NULL where there is none of that name. */
cast_member *cast_find(cast *c, const char *name);

/* Adds what a session came to that ends now. */
void cast_totals_add(cast_totals *t, const live_session_figures *f);

#endif
