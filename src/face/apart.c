/* face/apart.c - all that is read of a character, against what is about to be written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/apart.h"

#include "base/file.h"

#include <stdlib.h>

static vis_status check_named(const char *folder, const char *name, const char *output,
                              vis_error *err)
{
    char *path = path_join(folder, name);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = file_check_apart(output, path, err);
    free(path);
    return status;
}

vis_status character_check_apart(const character_info *c, const char *output, vis_error *err)
{
    static const char *const names[] = {"full_body_img", "landmarks", "parsing",
                                        "crop_rectangles.json"};
    const char *inputs[] = {c->footage, c->features_ave, c->features_hubert, c->features_wenet,
                            c->audio,   c->crops_video,  c->faces_video,     c->masked_video};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        VIS_TRY(file_check_apart(output, inputs[i], err));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        VIS_TRY(check_named(c->path, names[i], output, err));
    return VIS_OK;
}
