/* live/admission.h - how much the machine can keep at full frame rate: by what was measured when
 * characters were opened, and by how many frames come late now.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_ADMISSION_H
#define LIVE_ADMISSION_H

#include "viseme/status.h"

#include <stdbool.h>

/* Processor seconds a second, all sessions together. Process-wide, any thread. */
typedef struct live_load {
    double capacity; /* what may be promised: processors, less a margin */
    double promised; /* to sessions that are open, and to those that speak */
    int sessions, speaking;
} live_load;
void live_admission_load(live_load *out);

/* Processors that may be used; 0: those that this process has. */
void live_admission_set(double processors, int max_sessions);

#endif
