/* model/audio_input.c - table of the audio modes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/audio_input.h"

#include <string.h>

static const audio_input inputs[] = {
    {AUDIO_AVE, 16, 16, 512, 25},
    {AUDIO_HUBERT, 32, 32, 2 * 1024, 25},
    {AUDIO_WENET, 16, 32, 16 * 512, 20},
};

#define INPUT_COUNT (sizeof(inputs) / sizeof(inputs[0]))

const audio_input *audio_input_of(audio_mode mode)
{
    for (size_t i = 0; i < INPUT_COUNT; i++) {
        if (inputs[i].mode == mode) return &inputs[i];
    }
    return NULL;
}

audio_mode audio_input_find(int64_t height, int64_t width)
{
    for (size_t i = 0; i < INPUT_COUNT; i++) {
        if (inputs[i].height == height && inputs[i].width == width) return inputs[i].mode;
    }
    return AUDIO_NONE;
}

void audio_input_describe(model_info *info, audio_mode mode, int64_t channels)
{
    const audio_input *form = audio_input_of(mode);
    info->mode = mode;
    if (!form) return;
    int64_t numbers = channels * form->height * form->width;
    info->audio_shape[0] = (int)channels;
    info->audio_shape[1] = form->height;
    info->audio_shape[2] = form->width;
    info->window_rows = numbers % form->row_size == 0 ? (int)(numbers / form->row_size) : 0;
    info->row_size = form->row_size;
    info->default_fps = form->fps;
}

const char *audio_mode_name(audio_mode mode)
{
    switch (mode) {
    case AUDIO_NONE:
        return "none";
    case AUDIO_AVE:
        return "ave";
    case AUDIO_HUBERT:
        return "hubert";
    case AUDIO_WENET:
        return "wenet";
    case AUDIO_AVE_OR_HUBERT:
        return "ave or hubert";
    }
    return "?";
}

vis_status audio_mode_parse(const char *text, audio_mode *mode, vis_error *err)
{
    for (size_t i = 0; i < INPUT_COUNT; i++) {
        if (strcmp(text, audio_mode_name(inputs[i].mode)) == 0) {
            *mode = inputs[i].mode;
            return VIS_OK;
        }
    }
    return vis_fail(err, VIS_ERR_USAGE, "audio mode \"%s\" is none of ave, hubert, wenet", text);
}
