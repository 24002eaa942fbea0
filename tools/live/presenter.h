/* live/presenter.h - a character ready to speak: footage, network and encoder, opened once whoever
 * talks to it, what it costs, and what of it all viewers share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_PRESENTER_H
#define LIVE_PRESENTER_H

#include "provenance/marker.h"
#include "viseme/viseme.h"

#include <stdbool.h>

/* May be used by any number of sessions and threads. */
typedef struct live_presenter live_presenter;

typedef struct live_presenter_options {
    const char *name;          /* as clients call it; [A-Za-z0-9._-], 1 to 64 */
    const char *character;     /* path */
    const char *model;         /* path */
    const char *audio_encoder; /* path; of ave networks required */
    vis_precision precision;
    bool exact;          /* composite as the Python pipeline does */
    int64_t cache_bytes; /* -1: the library's defaults */
    const char *label;   /* as in vis_stream_options */
    marker *marker; /* of recordings; it must outlive the presenter. NULL: they are not marked */
    vis_log log;    /* copied */
} live_presenter_options;

/* Opens all, paints a few frames to learn what one costs. `context` must outlive it. VIS_ERR_UNSUPPORTED
 * for networks that hear HuBERT, by name; else what opening says. */
vis_status live_presenter_open(vis_context *context, const live_presenter_options *options,
                               live_presenter **out, vis_error *err);
void live_presenter_close(live_presenter *p); /* no session may be left; NULL is fine */

typedef struct live_presenter_facts {
    const char *name;
    int width, height; /* of the footage; video that is sent is cut to even sides */
    int fps;           /* 25, or 20 for wenet */
    int frames;        /* of the footage */
    /* Processor time of a frame, encoding included, measured: one that speaks; one at rest, painted
     * and encoded for one viewer alone; one at rest of what all viewers share. */
    double speaking_ms, rest_ms, idle_ms;
    char codec[16]; /* of LIVE_H264, as WebCodecs and MSE name it: "avc1.42c01f" */
    vis_fast fast;
} live_presenter_facts;
const live_presenter_facts *live_presenter_get(const live_presenter *p);

/* How often what is kept was there when it was wanted. */
typedef struct live_presenter_caches {
    int64_t footage_hits, footage_misses; /* what the network keeps of each footage frame */
    int64_t rest_hits, rest_misses;       /* groups of pictures at rest that viewers share */
    size_t rest_bytes;                    /* that those take */
} live_presenter_caches;
void live_presenter_caches_get(live_presenter *p, live_presenter_caches *out);

#endif
