/* networks/audio_input.c - table of the audio modes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "networks/audio_input.h"

#include <stdio.h>
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

bool audio_input_usual(audio_mode mode, int64_t channels, const int width[5])
{
    switch (mode) {
    case AUDIO_AVE:
        return channels == width[0] || channels == 32;
    case AUDIO_HUBERT:
        return channels == width[0] || channels == 32 || channels == 16;
    case AUDIO_WENET:
        return channels == width[2] || channels == width[3] || channels == 128 || channels == 256;
    default:
        return false;
    }
}

bool audio_input_whole(audio_mode mode, int64_t channels)
{
    const audio_input *form = audio_input_of(mode);
    int64_t numbers = form ? channels * form->height * form->width : 0;
    return form && numbers > 0 && numbers % (2 * form->row_size) == 0;
}

/* "16, 32": the channels that a mode has, each once. */
static const char *usual_text(audio_mode mode, const int width[5], char *text, size_t size)
{
    const int wenet[] = {width[2], width[3], 128, 256}, others[] = {width[0], 32, 16};
    const int *list = mode == AUDIO_WENET ? wenet : others;
    int count = mode == AUDIO_WENET ? 4 : 3;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count && used < size; i++) {
        bool again = !audio_input_usual(mode, list[i], width);
        for (int k = 0; k < i; k++)
            again = again || list[k] == list[i];
        if (!again)
            used += (size_t)snprintf(text + used, size - used, "%s%d", used ? ", " : "", list[i]);
    }
    return text;
}

vis_status audio_input_refuse(const char *path, int64_t channels, const int width[5],
                              vis_error *err)
{
    char ave[48], hubert[48], wenet[48];
    return vis_fail(
        err, VIS_ERR_MISMATCH,
        "%s: its audio branch takes %lld channels, which is no known mode of a network "
        "with the widths %d %d %d %d %d: ave would have one of %s, hubert %s, wenet %s; if you "
        "know what it hears, say so with `audio_mode`",
        path, (long long)channels, width[0], width[1], width[2], width[3], width[4],
        usual_text(AUDIO_AVE, width, ave, sizeof ave),
        usual_text(AUDIO_HUBERT, width, hubert, sizeof hubert),
        usual_text(AUDIO_WENET, width, wenet, sizeof wenet));
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
