/* networks/audio_input.h - the picture-like shape in which each audio mode hands a window to the
 * network.
 *
 * Windows are features[i-h : i+h] reshaped row-major to [A, H, W]; a window has A*H*W / row_size
 * rows (docs/model-family.md, "Audio features").
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_AUDIO_INPUT_H
#define NETWORKS_AUDIO_INPUT_H

#include "networks/model_info.h"

typedef struct audio_input {
    audio_mode mode;
    int height, width; /* H, W of the network's input */
    int row_size;      /* numbers per feature row */
    int fps;           /* feature rows a second */
} audio_input;

/* The facts of AVE, HUBERT or WENET; NULL for the other modes. */
const audio_input *audio_input_of(audio_mode mode);

/* The mode whose input is H x W; AUDIO_NONE when there is none. */
audio_mode audio_input_find(int64_t height, int64_t width);

/* Does a network of those widths (c0..c4) take windows of that mode in `channels` channels? What
 * the family's authors and copies of their code have: ave c0 or 32; hubert the same, or 16; wenet
 * c2 or c3. */
bool audio_input_usual(audio_mode mode, int64_t channels, const int width[5]);

/* Do windows of `channels` channels hold feature rows of that mode, an even number as windows have
 * the same before and after their middle? */
bool audio_input_whole(audio_mode mode, int64_t channels);

/* VIS_ERR_MISMATCH: names the channels, and those that each mode would have. */
vis_status audio_input_refuse(const char *path, int64_t channels, const int width[5],
                              vis_error *err);

/* Fills audio_shape, window_rows, row_size and default_fps of a model whose audio input has
 * `channels` channels. window_rows is 0 when the input does not hold whole rows. */
void audio_input_describe(model_info *info, audio_mode mode, int64_t channels);

#endif
