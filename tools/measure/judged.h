/* measure/judged.h - which compositing the judges look at, in JSON and in words.
 *
 * They judge what the network paints, and so paste all of it: what render's seamless way keeps
 * filmed would hide its faults.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_JUDGED_H
#define MEASURE_JUDGED_H

#define JUDGED_COMPOSITE "exact"
#define JUDGED_WORDS "judged: all that the network paints, composited exactly (render --exact)"

#endif
