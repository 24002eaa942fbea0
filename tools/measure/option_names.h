/* measure/option_names.h - the library's options by the names that the program has for them.
 *
 * The library's messages name its options as viseme.h does: `audio_mode`. On the command line that
 * is --audio-mode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_OPTION_NAMES_H
#define MEASURE_OPTION_NAMES_H

/* In place; the length stays. */
void option_names_translate(char *message);

#endif
