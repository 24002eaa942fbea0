/* live/admission_promise.h - what sessions are promised of the machine, and give back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_ADMISSION_PROMISE_H
#define LIVE_ADMISSION_PROMISE_H

#include "live/admission.h"

/* `cost`: processor seconds a second. VIS_ERR_LIMIT where they could not be kept; the first session
 * and the first that speaks are always let in. Each is given back once with the same cost. */
vis_status live_promise_session(double cost, vis_error *err);
void live_promise_session_end(double cost);

/* A frame was sent that had to be painted, in time or not. Where many come late whatever was
 * measured, nobody may speak beside those who do. */
void live_promise_kept(bool in_time);

/* What speaking costs beyond being there. */
vis_status live_promise_speech(double cost, vis_error *err);
void live_promise_speech_end(double cost);

#endif
