/* render/sample.c - see sample.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/sample.h"

#include "base/memory.h"
#include "face/crop.h"

#include <stdint.h>
#include <string.h>

/* About normal, of mean 0 and standard deviation 1: a sum of twelve even ones. */
static float noise(uint32_t *state)
{
    float sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * 1664525u + 1013904223u;
        sum += (float)(*state >> 8) / (float)(1u << 24);
    }
    return sum;
}

/* AVE features come out of a ReLU; the others have both signs. */
static void fill_audio(float *audio, size_t count, bool positive)
{
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        float x = noise(&state);
        audio[i] = positive ? (x > 0 ? 2 * x : 0) : x;
    }
}

static vis_status crop_first(const model *m, character *c, float *visual, vis_error *err)
{
    face_geometry geometry;
    face_cropper *cropper;
    const picture *filmed;
    picture crop = {0};
    int rect[4];
    VIS_TRY(face_geometry_for(m->info.image_size, &geometry, err));
    VIS_TRY(face_cropper_create(&geometry, &cropper, err));
    vis_status status = character_frame(c, 0, &filmed, err);
    if (status == VIS_OK) {
        character_rect(c, 0, rect);
        status = face_crop(cropper, filmed, rect, &crop, visual, err);
        character_release(c, filmed);
    }
    picture_free(&crop);
    face_cropper_destroy(cropper);
    return status;
}

static void repeat(float *data, size_t count, int batch)
{
    for (int i = 1; i < batch; i++)
        memcpy(data + (size_t)i * count, data, count * sizeof *data);
}

vis_status network_sample_create(const model *m, character *c, int batch, network_sample *out,
                                 vis_error *err)
{
    const model_info *info = &m->info;
    size_t visual = FACE_VISUAL_PLANES * (size_t)info->image_size * (size_t)info->image_size;
    size_t audio =
        (size_t)info->audio_shape[0] * (size_t)info->audio_shape[1] * (size_t)info->audio_shape[2];
    out->visual = aligned_calloc(visual * (size_t)batch, sizeof *out->visual);
    out->audio = aligned_calloc(audio * (size_t)batch, sizeof *out->audio);
    if (!out->visual || !out->audio) return vis_fail_memory(err, "a sample frame");
    VIS_TRY(crop_first(m, c, out->visual, err));
    fill_audio(out->audio, audio, info->mode == AUDIO_AVE);
    repeat(out->visual, visual, batch);
    repeat(out->audio, audio, batch);
    return VIS_OK;
}

void network_sample_free(network_sample *s)
{
    aligned_free(s->visual);
    aligned_free(s->audio);
    *s = (network_sample){0};
}
