/* measure/tensor_folder_write.c - a folder of raw tensors, frame by frame, whole or not at all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/tensor_folder.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the files hold the tensors' own bytes");

/* In the order in which they get their names. */
enum {
    VISUAL = TENSOR_FOLDER_VISUAL,
    AUDIO = TENSOR_FOLDER_AUDIO,
    METADATA = TENSOR_FOLDER_METADATA,
    PARTS = TENSOR_FOLDER_FILES
};

typedef struct part {
    char *path, *temporary; /* owned */
    FILE *file;             /* NULL when it is closed */
} part;

struct tensor_folder_writer {
    char *folder; /* owned */
    bool made;    /* it was not there before */
    tensor_folder_form form;
    size_t visual_count, audio_count; /* numbers of one frame */
    int64_t frames;                   /* added so far */
    part part[PARTS];
};

static vis_status fail_write(const part *p, vis_error *err)
{
    return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "%s: cannot be written: %s", p->path,
                    strerror(errno));
}

static vis_status open_part(part *p, const char *folder, const char *name, vis_error *err)
{
    p->path = path_join(folder, name);
    p->temporary = p->path ? file_temporary_name(p->path) : NULL;
    if (!p->temporary) return vis_fail_memory(err, "a file name");
    VIS_TRY(file_check_output(p->path, err));
    p->file = fopen(p->temporary, "wbe");
    return p->file ? VIS_OK : fail_write(p, err);
}

static void release(tensor_folder_writer *w)
{
    for (int i = 0; i < PARTS; i++) {
        free(w->part[i].path);
        free(w->part[i].temporary);
    }
    free(w->folder);
    free(w);
}

void tensor_folder_abort(tensor_folder_writer *w)
{
    if (!w) return;
    for (int i = 0; i < PARTS; i++) {
        part *p = &w->part[i];
        if (p->file) (void)fclose(p->file);
        file_discard(p->temporary); /* where it has not got its name */
    }
    if (w->made) rmdir(w->folder); /* stays where something else lies in it by now */
    release(w);
}

static vis_status count_numbers(const int64_t dim[3], size_t *count, vis_error *err)
{
    int64_t numbers;
    if (!shape_count(dim, 3, &numbers) || numbers < 1 || numbers > INT64_MAX / 4)
        return vis_fail(err, VIS_ERR_LIMIT, "a frame of %lld x %lld x %lld numbers",
                        (long long)dim[0], (long long)dim[1], (long long)dim[2]);
    *count = (size_t)numbers;
    return VIS_OK;
}

static vis_status set_up(tensor_folder_writer *w, const char *path, vis_error *err)
{
    VIS_TRY(count_numbers(w->form.visual, &w->visual_count, err));
    VIS_TRY(count_numbers(w->form.audio, &w->audio_count, err));
    w->folder = text_copy(path, strlen(path));
    if (!w->folder) return vis_fail_memory(err, "a folder name");
    bool there = path_is_folder(path);
    VIS_TRY(folder_make(path, err));
    w->made = !there;
    for (int i = 0; i < PARTS; i++)
        VIS_TRY(open_part(&w->part[i], path, tensor_folder_names[i], err));
    return VIS_OK;
}

vis_status tensor_folder_create(const char *path, const tensor_folder_form *form,
                                tensor_folder_writer **out, vis_error *err)
{
    *out = NULL;
    tensor_folder_writer *w = calloc(1, sizeof *w);
    if (!w) return vis_fail_memory(err, "a folder of tensors");
    w->form = *form;
    vis_status status = set_up(w, path, err);
    if (status == VIS_OK)
        *out = w;
    else
        tensor_folder_abort(w);
    return status;
}

static vis_status append(part *p, const float *numbers, size_t count, vis_error *err)
{
    return fwrite(numbers, sizeof *numbers, count, p->file) == count ? VIS_OK : fail_write(p, err);
}

vis_status tensor_folder_add(tensor_folder_writer *w, const float *visual, const float *audio,
                             vis_error *err)
{
    VIS_TRY(append(&w->part[VISUAL], visual, w->visual_count, err));
    VIS_TRY(append(&w->part[AUDIO], audio, w->audio_count, err));
    w->frames++;
    return VIS_OK;
}

static vis_status write_metadata(tensor_folder_writer *w, vis_error *err)
{
    const int64_t visual[] = {w->frames, w->form.visual[0], w->form.visual[1], w->form.visual[2]};
    const int64_t audio[] = {w->frames, w->form.audio[0], w->form.audio[1], w->form.audio[2]};
    char visual_text[128], audio_text[128];
    int wrote = fprintf(w->part[METADATA].file,
                        "{\"num_frames\": %lld, \"start_frame\": %lld, \"visual_shape\": %s, "
                        "\"audio_shape\": %s, \"dtype\": \"float32\"}",
                        (long long)w->frames, (long long)w->form.start,
                        shape_text(visual, 4, visual_text, sizeof visual_text),
                        shape_text(audio, 4, audio_text, sizeof audio_text));
    return wrote > 0 ? VIS_OK : fail_write(&w->part[METADATA], err);
}

static vis_status close_parts(tensor_folder_writer *w, vis_error *err)
{
    for (int i = 0; i < PARTS; i++) {
        FILE *file = w->part[i].file;
        w->part[i].file = NULL;
        if (fclose(file) != 0) return fail_write(&w->part[i], err);
    }
    return VIS_OK;
}

static vis_status commit_parts(tensor_folder_writer *w, vis_error *err)
{
    const part *metadata = &w->part[METADATA];
    for (int i = 0; i < PARTS; i++)
        VIS_TRY(file_check_output(w->part[i].path, err));
    if (unlink(metadata->path) != 0 && errno != ENOENT) return fail_write(metadata, err);
    for (int i = 0; i < PARTS; i++)
        VIS_TRY(file_commit(w->part[i].temporary, w->part[i].path, err));
    return VIS_OK;
}

vis_status tensor_folder_finish(tensor_folder_writer *w, vis_error *err)
{
    vis_status status = VIS_OK;
    if (w->frames == 0) status = vis_fail(err, VIS_ERR_USAGE, "%s: no frames", w->folder);
    if (status == VIS_OK) status = write_metadata(w, err);
    if (status == VIS_OK) status = close_parts(w, err);
    if (status == VIS_OK) status = commit_parts(w, err);
    if (status == VIS_OK)
        release(w);
    else
        tensor_folder_abort(w);
    return status;
}
