/* speech/espeak_voices.h - which voices the espeak-ng of this machine has.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SPEECH_ESPEAK_VOICES_H
#define SPEECH_ESPEAK_VOICES_H

#include "base/status.h"

#include <stdbool.h>

typedef struct espeak_voices {
    char **names;    /* languages, sorted: "de", "en-us"; NULL behind the last */
    char **variants; /* what may follow a name and '+': "f3"; likewise */
} espeak_voices;

/* Asks the library, which must have been started and be idle. VIS_ERR_MEMORY. */
vis_status espeak_voices_list(espeak_voices *out, vis_error *err);
void espeak_voices_free(espeak_voices *v);

/* Is it a name, or NAME+VARIANT? Nothing else goes to the library: it would look for a file of
 * whatever name it is given. */
bool espeak_voices_have(const espeak_voices *v, const char *voice);

#endif
