/* sides/side_internal.h - what the kinds of sides share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SIDES_SIDE_INTERNAL_H
#define SIDES_SIDE_INTERNAL_H

#include "sides/side.h"

#include "base/file.h"
#include "media/video_in.h"

/* A file of a folder. */
typedef struct side_file {
    char *name;     /* owned; within the folder */
    int64_t number; /* pictures: as in the name */
    int64_t first;  /* tensors: position of its first frame among all */
    int64_t rows;   /* tensors: frames in it */
} side_file;

typedef struct side_runner side_runner; /* of a checkpoint */

struct side {
    side_kind kind;
    char *path; /* as given; owned */
    side_file *file;
    int files;
    int64_t frames;
    bool folder;
    /* checkpoints */
    vis_model *model;
    side_runner *runner;
    /* tensors: the file that is open */
    int open_file;
    tensor held;
    file_map map;
    bool raw; /* *.bin with metadata.json */
    int raw_rank[2];
    int64_t raw_dim[2][TENSOR_MAX_RANK];
    /* pictures */
    video_reader *video;
    picture shown, input;
    char *prefix; /* of the series; owned */
};

/* Kinds of side: open_ fills a side whose path is set. */
vis_status side_open_tensors(side *s, vis_error *err);
vis_status side_open_pictures(side *s, vis_error *err);
vis_status side_open_video(side *s, int threads, vis_error *err);

/* Does the folder hold anything of the kind? */
vis_status side_find_tensors(const char *folder, bool *found, vis_error *err);
vis_status side_find_pictures(const char *folder, bool *found, vis_error *err);

vis_status side_get_tensor(side *s, int64_t i, side_frame *out, vis_error *err);
vis_status side_get_picture(side *s, int64_t i, side_frame *out, vis_error *err);
vis_status side_get_output(side *s, int64_t i, const feed_frame *fed, side_frame *out,
                           vis_error *err);
void side_runner_free(side_runner *r);

/* Lists the names of a folder that `wanted` says yes to (its number goes to *number), sorted by
 * number, then by name. Appends to s->file. */
vis_status side_list(side *s, bool (*wanted)(const side *s, const char *name, int64_t *number),
                     vis_error *err);

/* Which file of a side of tensors holds frame i. */
int side_file_of(const side *s, int64_t i);

/* The whole path of a file of the side; the caller's to free, NULL when out of memory. */
char *side_file_path(const side *s, const char *name);

#endif
