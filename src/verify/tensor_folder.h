/* verify/tensor_folder.h - a folder of raw tensors: what one program saw, for another to repeat.
 *
 *   metadata.json      {"num_frames": N, "start_frame": K, "visual_shape": [N, 6, S, S],
 *                       "audio_shape": [N, C, H, W], "dtype": "float32"}
 *   visual_input.bin   little-endian float32, row-major, visual_shape
 *   audio_input.bin    the same, audio_shape
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef VERIFY_TENSOR_FOLDER_H
#define VERIFY_TENSOR_FOLDER_H

#include "base/file.h"
#include "base/tensor.h"

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

#endif
