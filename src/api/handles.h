/* api/handles.h - what the public handles hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include "audio/features.h"
#include "face/character.h"
#include "media/resize.h"
#include "model/model.h"
#include "viseme.h"

struct vis_model {
    model *inner;
};

struct vis_features {
    feature_source *source;
    model *encoder;    /* where vis_features_open opened one; else NULL */
    thread_pool *pool; /* of the audio encoder; NULL for files */
    vis_log log;       /* the caller's, copied: the source keeps a pointer to it */
};

struct vis_character {
    character *inner;
};

/* Text -> audio mode; NULL -> AUDIO_NONE. */
vis_status api_audio_mode(const char *text, audio_mode *mode, vis_error *err);

/* The interpolation asked for into *mode; returns `mode`, or NULL for the family's default. */
const resize_mode *api_interpolation(vis_interpolation wanted, resize_mode *mode);

/* Bytes for what networks keep of footage frames: as asked, or (negative) the default. */
size_t api_kept_bytes(int64_t asked);

#endif
