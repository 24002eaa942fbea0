/* diagnose/judge_search.h - what a search over contracts says, as findings.
 *
 *   every deviation that won   its own code (paint/contract.h)
 *   lag                        the sound belongs to other frames, by so many
 *   foreign-audio              the sound belongs to no frame of this footage
 *   unexplained                frames that no contract of this checkpoint makes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_JUDGE_SEARCH_H
#define DIAGNOSE_JUDGE_SEARCH_H

#include "diagnose/finding.h"
#include "diagnose/search.h"

/* rms levels by which the mouth must change with the sound before anything can be said of the
 * sound: 12 to 20 in the demo's networks, 5 in one that is nearly deaf. */
#define HEARING_LEVELS 6.0

/* After a search against filmed frames: what checkpoint and footage want, and whether the sound is
 * theirs. `fps` turns frames into seconds. */
vis_status judge_footage(const search_result *r, int fps, findings *list, vis_error *err);

/* Does none of what was tried make another program's frames? They are of another checkpoint, or say
 * something else than was given as their sound. */
bool search_unexplained(const search_result *r);

/* After a search against another program's frames: how it made them. */
vis_status judge_program(const search_result *r, int fps, findings *list, vis_error *err);

#endif
