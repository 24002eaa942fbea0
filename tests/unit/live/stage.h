/* tests/unit/live/stage.h - a presenter of a small character, and sessions whose time the test makes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef LIVE_STAGE_H
#define LIVE_STAGE_H

#include "../cmocka_all.h"
#include "live/admission.h"
#include "live/session_internal.h"

#include <stdbool.h>

#define STAGE_FPS 25
#define STAGE_FRAME_US 40000
#define STAGE_FRAME_SAMPLES 1920

/* cmocka's setup and teardown for a group of tests; program_arguments first. */
extern const char *stage_network;
int stage_open(void **state);
int stage_close(void **state);

live_presenter *stage_presenter(void);
vis_context *stage_context(void);

/* A path in the stage's folder, valid until the next call. */
const char *stage_path(const char *name);

/* One more session, whose time stands still until stage_go. Its first frame is made already, for
 * nobody. */
typedef struct stage_session stage_session;
stage_session *stage_begin(live_session_options options);
void stage_end(stage_session *t);
void stage_close_session(stage_session *t); /* what came stays until stage_end */
live_session *stage_of(stage_session *t);

/* Time goes on by so many frames; what comes is kept. */
void stage_go(stage_session *t, int frames);
/* The same, and nothing is fetched. */
void stage_go_blind(stage_session *t, int frames);
/* Until the event came as often, 10 s at most. */
void stage_go_until(stage_session *t, live_event_kind kind, int times);

/* What came so far, in order. */
int stage_count(const stage_session *t);
const live_packet *stage_packet(const stage_session *t, int i);

/* The n-th packet of a kind, or NULL; of events of one. */
const live_packet *stage_media(const stage_session *t, live_packet_kind kind, int n);
const live_packet *stage_event(const stage_session *t, live_event_kind kind, int n);
int stage_count_of(const stage_session *t, live_packet_kind kind);

/* Something like speech: `count` samples, loud and never 0. */
float *stage_noise(int count, uint32_t seed);

/* All of it at once. */
void stage_say(stage_session *t, const char *id, const float *samples, int count, int rate);

#endif
