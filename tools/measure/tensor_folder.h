/* measure/tensor_folder.h - a folder of raw tensors: what one program saw, for another to repeat.
 *
 *   metadata.json      {"num_frames": N, "start_frame": K, "visual_shape": [N, 6, S, S],
 *                       "audio_shape": [N, C, H, W], "dtype": "float32"}
 *   visual_input.bin   little-endian float32, row-major, visual_shape
 *   audio_input.bin    the same, audio_shape
 *
 * metadata.json is written in one line, as Python's json.dump does it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEASURE_TENSOR_FOLDER_H
#define MEASURE_TENSOR_FOLDER_H

#include "base/file.h"
#include "base/tensor.h"

/* The files of a folder, metadata.json last: a folder with it is a whole one. */
enum { TENSOR_FOLDER_VISUAL, TENSOR_FOLDER_AUDIO, TENSOR_FOLDER_METADATA, TENSOR_FOLDER_FILES };
extern const char *const tensor_folder_names[TENSOR_FOLDER_FILES];

/* An opened folder; the tensors are views of mapped files. */
typedef struct tensor_folder {
    int64_t frames, start;
    int visual_rank, audio_rank;
    int64_t visual_dim[TENSOR_MAX_RANK], audio_dim[TENSOR_MAX_RANK];
    const float *visual, *audio;
    file_map visual_map, audio_map;
} tensor_folder;

/* VIS_ERR_OPEN, VIS_ERR_FORMAT (metadata), VIS_ERR_MISMATCH (a file is not as long as its shape
 * says). */
vis_status tensor_folder_open(const char *path, tensor_folder *out, vis_error *err);
void tensor_folder_close(tensor_folder *f);

/* Only what metadata.json says, from `size` bytes of text, into the fields of *out that hold
 * numbers; `name` is used in messages. VIS_ERR_FORMAT, VIS_ERR_UNSUPPORTED, VIS_ERR_MISMATCH. */
vis_status tensor_folder_parse(const void *text, size_t size, const char *name, tensor_folder *out,
                               vis_error *err);

/* A folder that is being written, frame by frame. */
typedef struct tensor_folder_writer tensor_folder_writer;

/* The shape of one frame's tensors, [planes or channels, height, width] each, and the number of the
 * first frame. */
typedef struct tensor_folder_form {
    int64_t visual[3], audio[3];
    int64_t start;
} tensor_folder_form;

/* Makes the folder and those above it. The tensors gather under temporary names.
 * VIS_ERR_WRITE, VIS_ERR_LIMIT (a shape without end), VIS_ERR_MEMORY. */
vis_status tensor_folder_create(const char *path, const tensor_folder_form *form,
                                tensor_folder_writer **out, vis_error *err);

/* Appends a frame: numbers of the shapes given. VIS_ERR_WRITE. */
vis_status tensor_folder_add(tensor_folder_writer *w, const float *visual, const float *audio,
                             vis_error *err);

/* Gives the three files their names, metadata.json last and an older one removed first, so that a
 * folder with metadata is a whole one. Releases the writer in any case. VIS_ERR_USAGE when nothing
 * was added, VIS_ERR_WRITE, VIS_ERR_MEMORY. */
vis_status tensor_folder_finish(tensor_folder_writer *w, vis_error *err);

/* Removes what was written, and the folder where it was made for this; NULL is fine. */
void tensor_folder_abort(tensor_folder_writer *w);

#endif
