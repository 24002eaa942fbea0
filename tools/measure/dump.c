/* measure/dump.c - frame by frame: crop, visual tensor, window.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/dump.h"

#include "base/memory.h"
#include "base/status.h"
#include "face/crop.h"
#include "face/ping_pong.h"
#include "inside/filmed.h"
#include "inside/handles.h"
#include "measure/tensor_folder.h"

/* What a run holds. */
typedef struct dumper {
    const model_info *info;
    vis_character *character;
    vis_character_info footage;
    const dump_options *options;
    face_cropper *cropper;
    picture crop;
    window_source *windows;
    float *visual; /* [6, S, S] */
    float *window; /* [C, H, W] */
    tensor_folder_writer *folder;
    int64_t done;
} dumper;

static vis_status check_start(const dumper *d, vis_error *err)
{
    int64_t start = d->options->start;
    if (start < 0)
        return vis_fail(err, VIS_ERR_USAGE, "--start %lld: must not be negative", (long long)start);
    if (start >= d->footage.frames)
        return vis_fail(err, VIS_ERR_USAGE,
                        "%s: the footage has frames 0 to %d; %lld is not among them",
                        filmed_path(d->character), d->footage.frames - 1, (long long)start);
    return VIS_OK;
}

static vis_status open_windows(dumper *d, vis_features *features, vis_error *err)
{
    const model_info *info = d->info;
    if (vis_features_row_size(features) != info->row_size)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: hears %s features of %d numbers a row, not rows of %d", info->path,
                        audio_mode_name(info->mode), info->row_size,
                        vis_features_row_size(features));
    VIS_TRY(window_source_create(inside_rows(features), info->window_rows, d->options->start,
                                 &d->windows, err));
    d->window = aligned_calloc((size_t)window_source_size(d->windows), sizeof *d->window);
    return d->window ? VIS_OK : vis_fail_memory(err, "a feature window");
}

static vis_status open_cropper(dumper *d, vis_error *err)
{
    face_geometry geometry;
    resize_mode crop;
    VIS_TRY(face_geometry_for(d->info->image_size, &geometry, err));
    if (inside_interpolation(d->options->crop, &crop)) geometry.crop_mode = crop;
    VIS_TRY(face_cropper_create(&geometry, &d->cropper, err));
    size_t plane = (size_t)geometry.size * (size_t)geometry.size;
    d->visual = aligned_calloc(6 * plane, sizeof *d->visual);
    return d->visual ? VIS_OK : vis_fail_memory(err, "a visual tensor");
}

static vis_status open_folder(dumper *d, const char *path, vis_error *err)
{
    const int *audio = d->info->audio_shape, size = d->info->image_size;
    const tensor_folder_form form = {.visual = {6, size, size},
                                     .audio = {audio[0], audio[1], audio[2]},
                                     .start = d->options->start};
    return tensor_folder_create(path, &form, &d->folder, err);
}

/* The footage bounces over start ... last, as straight renderers show it. */
static vis_status add_frame(dumper *d, vis_error *err)
{
    int first = (int)d->options->start, rect[4];
    int n = ping_pong_index(d->done - 1, first, d->footage.frames);
    const picture *frame;
    VIS_TRY(filmed_frame(d->character, n, &frame, err));
    filmed_rect(d->character, n, rect);
    vis_status status = face_crop(d->cropper, frame, rect, &d->crop, d->visual, err);
    filmed_release(d->character, frame);
    VIS_TRY(status);
    VIS_TRY(tensor_folder_add(d->folder, d->visual, d->window, err));
    d->done++;
    return VIS_OK;
}

static vis_status add_frames(dumper *d, vis_features *features, vis_error *err)
{
    const dump_options *o = d->options;
    while (o->frames < 0 || d->done < o->frames) {
        bool got;
        VIS_TRY(window_source_next(d->windows, d->window, &got, err));
        if (!got) break;
        VIS_TRY(add_frame(d, err));
        int64_t rows = vis_features_count(features, NULL), total = -1;
        if (rows >= 0) total = rows - o->start;
        if (o->frames >= 0 && (total < 0 || o->frames < total)) total = o->frames;
        if (o->progress && !o->progress(o->progress_user, d->done, total))
            return vis_fail(err, VIS_ERR_CANCELLED, "stopped after %lld frames",
                            (long long)d->done);
    }
    if (d->done == 0)
        return vis_fail(err, VIS_ERR_USAGE, "--start %lld: the features have only %lld rows",
                        (long long)o->start, (long long)vis_features_count(features, NULL));
    return VIS_OK;
}

static vis_status run(dumper *d, vis_features *features, const char *folder, vis_error *err)
{
    VIS_TRY(check_start(d, err));
    VIS_TRY(open_windows(d, features, err));
    VIS_TRY(open_cropper(d, err));
    VIS_TRY(filmed_plan(d->character, (int)d->options->start, d->options->frames, err));
    VIS_TRY(open_folder(d, folder, err));
    VIS_TRY(add_frames(d, features, err));
    tensor_folder_writer *whole = d->folder;
    d->folder = NULL;
    return tensor_folder_finish(whole, err);
}

vis_status dump_write(const vis_model *m, vis_character *c, vis_features *features,
                      const dump_options *options, const char *folder, int64_t *frames,
                      vis_error *err)
{
    VIS_TRY(model_require_unet(inside_model(m), err));
    dumper d = {.info = &inside_model(m)->info, .character = c, .options = options};
    vis_character_get_info(c, &d.footage);
    vis_status status = run(&d, features, folder, err);
    *frames = d.done;
    tensor_folder_abort(d.folder);
    window_source_free(d.windows);
    face_cropper_destroy(d.cropper);
    picture_free(&d.crop);
    aligned_free(d.visual);
    aligned_free(d.window);
    return status;
}
