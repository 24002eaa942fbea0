/* api/render_inputs.h - what a whole job reads, opened side by side.
 *
 * The checkpoint is opened on the caller's thread, all else beside it. What fails first in the
 * order checkpoint, features, character, sound track is told, and warnings come in that order, as
 * if they were opened one after the other.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef API_RENDER_INPUTS_H
#define API_RENDER_INPUTS_H

#include "api/handles.h"
#include "base/beside.h"
#include "media/spooled_pipe.h"
#include "stream/soundtrack.h"

typedef struct render_inputs {
    const vis_render_options *options;
    checkpoint_source checkpoint;
    speech_source speech;
    buffer checkpoint_bytes, encoder_bytes; /* what callers hand in without a file: */
    spool audio, rows;
    int fps; /* of the video */
    vis_model *model;
    vis_features *features;
    vis_character *character;
    soundtrack *sound;  /* NULL: no `audio`; and before render_inputs_sound */
    spooled_pipe *pipe; /* the sound, when it comes through one */
    beside *ahead;
} render_inputs;

/* The options with a name for everything that is given, a path or what a vis_io is called, so that
 * from then on a name says that there is one. VIS_ERR_USAGE where both are given. */
vis_status render_inputs_name(vis_render_options *options, vis_error *err);

/* Opens all but the sound track, which may still be on its way. `in` is to be closed whatever came
 * of it; the options, which render_inputs_name was given, must outlive it. Errors are those of the parts; VIS_ERR_USAGE for options that
 * do not go with them. */
vis_status render_inputs_open(const vis_render_options *options, render_inputs *in, vis_error *err);

/* Waits for the sound track. To be called once, after render_inputs_open. */
vis_status render_inputs_sound(render_inputs *in, vis_error *err);

void render_inputs_close(render_inputs *in);

#endif
