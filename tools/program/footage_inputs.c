/* program/footage_inputs.c - checkpoint, character, features.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/footage_inputs.h"

#include "base/file.h"
#include "base/status.h"
#include "inside/render_rules.h"

#include <stdlib.h>

vis_status footage_inputs_open(const footage_options *o, const vis_log *log, footage_inputs *in,
                               vis_error *err)
{
    vis_model_options m = {.size = sizeof m,
                           .audio_mode = o->mode,
                           .checkpoint = o->checkpoint,
                           .precision = o->precision,
                           .log = *log};
    VIS_TRY(vis_model_open(o->model, &m, &in->model, err));
    vis_model_info info;
    vis_model_get_info(in->model, &info);
    vis_character_options c = vis_character_options_defaults();
    c.fps = info.default_fps;
    c.resample_footage = o->resample;
    c.parsing = o->parsing;
    c.threads = (o->threads + 3) / 4; /* 0 stays the default: a quarter of all */
    c.log = *log;
    VIS_TRY(vis_character_open(o->character, &c, &in->character, err));
    return vis_features_open_own(in->model, in->character, &o->speech, o->threads, log,
                                 &in->features, err);
}

vis_status footage_inputs_check_folder(const footage_inputs *in, const char *folder, vis_error *err)
{
    char *first = path_join(folder, "0.png");
    if (!first) return vis_fail_memory(err, "a file name");
    vis_status status = render_check_apart(in->character, first, err);
    free(first);
    return status;
}

void footage_inputs_close(footage_inputs *in)
{
    vis_features_close(in->features);
    vis_character_close(in->character);
    vis_model_close(in->model);
    *in = (footage_inputs){0};
}
