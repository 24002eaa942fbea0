/* stream/stream.h - the one way from features to finished frames.
 *
 * A stream is a cursor: its position in the footage, its features, and the frames in flight. The
 * network, the footage and the threads are its scene's, and any number of streams share them.
 *
 *   features -> window ─┐
 *   footage  -> frame ──┴─> queued -> rendered by a worker -> pulled, in order
 *
 * Ring buffer. Slot states: free, queued (its window and its footage frame are there), rendering,
 * rendered. Workers fill and render; the caller that pulls only waits. An error is stored in its
 * slot, so that the one reported is that of the earliest frame.
 *
 * A live stream always gives a frame. Where it has no window to paint - it hears nothing, the rows
 * have not come yet or are over - the footage goes on with the mouth at rest (stream/presence.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include "audio/features.h"
#include "stream/frame_pool.h"
#include "stream/scene.h"

typedef struct stream stream;

typedef struct stream_options {
    int64_t start;     /* first output frame = first row of the features that are heard first */
    int64_t frames;    /* how many at most; -1: to the end of the features */
    int footage_first; /* the ping-pong runs over footage frames footage_first ... last */
    bool sequential;   /* output frame i on footage frame i, and back and forth beyond the last,
                          instead; footage_first is not used */
    bool any_output;   /* render what is no picture too (output_range_check) */
    bool rest;         /* where nothing is said the mouth rests, as far as the features' sound is
                          known (feature_source_spoken); not with tensors, which are of what is
                          heard */
    bool tensors;      /* frames carry the network's input and output */
    bool on_demand;    /* work only while somebody waits for a frame, so that its time is its own */
    int live;          /* not 0: there is always a frame; start 0, frames -1, without tensors. So
                          many frames lead in before row 0 */
    int look_ahead;    /* rows behind its own that a frame waits for (audio/window.h); -1: all */
    int depth;         /* frames in flight or waiting to be pulled, at most; 0: a default */
    const char *label; /* on every frame (stream/label.h); NULL: none */
} stream_options;

/* VIS_ERR_USAGE: start, footage_first or frames make no sense, or the label; VIS_ERR_MEMORY. */
vis_status stream_create(scene *sc, const stream_options *options, stream **out, vis_error *err);

/* Waits for workers that render for it. Frames that were pulled stay. NULL is fine. */
void stream_free(stream *s);

/* Begins to speak: `features`, unread before, which must outlive this speech: until stream_reset or
 * stream_free. VIS_ERR_MISMATCH: they are not what the network hears; VIS_ERR_USAGE: it speaks
 * already. A live stream may be pulled from meanwhile. */
vis_status stream_hear(stream *s, feature_source *features, vis_error *err);

/* How silence sounds to what will be heard: so a live stream paints the mouth at rest, until it
 * hears what has another silence; before, it is as it was filmed. VIS_ERR_MEMORY. */
vis_status stream_know_silence(stream *s, const feature_silence *silence, vis_error *err);

/* When the next frame is wanted (worker_pool_set_due). Any thread. */
void stream_set_due(stream *s, int64_t due);

/* The features have more rows now, or have come to their end. Any thread. */
void stream_wake(stream *s);

/* The next frame, the caller's to release; NULL after the last. Waits for it up to `timeout_ms`
 * milliseconds; negative: as long as one is in flight. VIS_AGAIN: none came, or the features have
 * no more rows yet. VIS_ERR_CANCELLED; what features, footage or rendering say, then for ever. One
 * thread at a time. */
vis_status stream_pull(stream *s, int timeout_ms, stream_frame **out, vis_error *err);

/* Falls silent at once: drops the frames in flight, and forgets the features. *row is the one
 * behind the last that was pulled. The footage, and the fading of a live stream's mouth, go on with the next frame. Also takes back a
 * cancellation. Not concurrently with stream_pull. */
void stream_reset(stream *s, int64_t *row);

/* Leaves out the next frames of a live stream that hears nothing. Not concurrently with
 * stream_pull. */
void stream_skip(stream *s, int64_t frames);

/* Whoever pulls stops with VIS_ERR_CANCELLED, now and until stream_reset. Any thread. */
void stream_cancel(stream *s);

/* Frames that the current features give in all, which may be an estimate; -1 while unknown. The
 * rows from `start` on, `frames` at most. */
int64_t stream_total(const stream *s);

#endif
