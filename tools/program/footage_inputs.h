/* program/footage_inputs.h - what commands that walk over a character's footage open: checkpoint,
 * character, features.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_FOOTAGE_INPUTS_H
#define PROGRAM_FOOTAGE_INPUTS_H

#include "program/options.h"

/* As the options say. */
typedef struct footage_options {
    const char *model, *character, *mode;
    vis_speech speech;
    int checkpoint;
    vis_precision precision;
    bool parsing, resample;
    int threads;
} footage_options;

/* Zero-initialised is valid and empty. */
typedef struct footage_inputs {
    vis_model *model;
    vis_character *character;
    vis_features *features;
} footage_inputs;

/* Opens all three; where no speech is given, the character's own features. To be closed also on
 * failure. `log` must outlive them. */
vis_status footage_inputs_open(const footage_options *options, const vis_log *log,
                               footage_inputs *in, vis_error *err);

/* VIS_ERR_USAGE where pictures written into that folder would stand among those of the character,
 * or replace them. */
vis_status footage_inputs_check_folder(const footage_inputs *in, const char *folder,
                                       vis_error *err);

void footage_inputs_close(footage_inputs *in);

#endif
