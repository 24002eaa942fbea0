/* live/presenter_internal.h - what sessions take of their presenter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PRESENTER_INTERNAL_H
#define LIVE_PRESENTER_INTERNAL_H

#include "live/bytes.h"
#include "live/idle_loop.h"
#include "live/presenter.h"
#include "live/video_encoder.h"

#include <pthread.h>

#define PRESENTER_LEAD                                                                             \
    2 /* frames by which the mouth comes in: few, since whoever listens waits for
                            them, and the mouth is hardly open before the first sound */
#define PRESENTER_SPARE_ENCODERS 4 /* kept for who speaks next: opening one takes milliseconds */

struct live_presenter {
    vis_context *context;
    char *name;
    vis_model *model, *encoder;
    vis_character *character;
    vis_composite composite;
    char *label; /* NULL: none */
    marker *marker;
    parent *parent;           /* of the footage; NULL: none */
    const char *model_sha256; /* the model's */
    int rows_ahead;           /* behind a frame's own, in its window */
    vis_log log;
    live_presenter_facts facts;
    live_bytes *silence; /* a packet of it */
    idle_loop *idle;     /* in H.264 */
    pthread_mutex_t lock;
    /* Under the lock: */
    idle_loop *idle_vp8; /* NULL: nobody has wanted it yet, */
    bool no_idle_vp8;    /* or it cannot be had */
    struct spare_encoders {
        video_encoder *encoder[PRESENTER_SPARE_ENCODERS];
        int count;
    } spare[VIDEO_KINDS];
};

/* A live stream that listens already. `look_ahead` as in vis_stream_options. */
vis_status presenter_stream(live_presenter *p, int look_ahead, bool no_rest, vis_stream **out,
                            vis_error *err);

/* That this process has used so far. */
double presenter_processor_seconds(void);

/* Pictures at rest, which all who take that kind share; NULL: everybody encodes for himself. */
idle_loop *presenter_idle(live_presenter *p, video_kind kind);

/* An encoder whose next picture must be asked for as a key; given back to be used again. */
vis_status presenter_take_encoder(live_presenter *p, video_kind kind, video_encoder **out,
                                  vis_error *err);
void presenter_give_encoder(live_presenter *p, video_encoder *e); /* NULL is fine */

#endif
