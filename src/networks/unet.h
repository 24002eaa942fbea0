/* networks/unet.h - the lip-sync U-Nets, built from the weights of a checkpoint.
 *
 * The architecture is in docs/model-family.md ("Networks"): an image encoder of inverted residuals
 * ([N, 6, S, S]), an audio branch ([N, A, H, W] -> [N, c4, 10, 10]), their fusion, and a decoder
 * with skips, S = 320 (five levels) or 160 (four). Channel counts are read from the weights.
 *
 * What tells the audio modes apart in the weights: the first two blocks of the audio branch end in
 * c1 and c2 channels for ave and hubert, in c3 and c3 for wenet. Between ave and hubert only
 * conv3's stride differs, which no weight shows; but A = 16 input channels beside c0 != 16 is
 * Ultralight's hubert, since ave has A = c0, or 32 in edited copies. Forks that have other numbers
 * of channels are of no mode that could be told: theirs must be given.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_UNET_H
#define NETWORKS_UNET_H

#include "formats/state_dict.h"
#include "networks/model_info.h"

typedef struct unet_facts {
    int levels;         /* 5: the 328 model, 4: the 160 model */
    int width[5];       /* c0..c4 */
    int audio_channels; /* A */
    unsigned modes;     /* bit 1 << audio_mode for each mode that the shapes allow; 0: of a fork */
    int64_t parameters;
    int missing; /* keys that the file lacks */
} unet_facts;

/* Does this look like a U-Net of the family (by the names of its parts)? */
bool unet_recognise(const state_dict *dict);

/* Checks every key and shape and fills *facts: on VIS_ERR_MISMATCH only `levels` and `missing`.
 * Errors name the file (`path`) and what is wrong. */
vis_status unet_check(state_dict *dict, const char *path, const vis_log *log, unet_facts *facts,
                      vis_error *err);

/* Builds the graph for a mode (AVE, HUBERT or WENET) that facts->modes allows, or any for a fork;
 * inputs "input"
 * [-1, 6, S, S] and "audio" [-1, A, H, W], output "output" [-1, 3, S, S]. The weights move out of
 * `dict`. */
vis_status unet_build(state_dict *dict, const unet_facts *facts, audio_mode mode, graph **out,
                      vis_error *err);

#endif
