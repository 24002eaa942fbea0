/* face/frame_decoder.h - the prefetching decoder of a character's footage.
 *
 *   frame source  numbered pictures or a video, decoded by number      frame_source.c
 *   schedule      who will need which frame when                       frame_cache.c
 *   frame cache   decoded frames within a byte budget                  frame_cache.c
 *   frame decoder threads that fill the cache by the schedule          frame_decoder.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_FRAME_DECODER_H
#define FACE_FRAME_DECODER_H

#include "base/log.h"
#include "base/status.h"
#include "media/picture.h"
#include "media/video_in.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- frame source ---- */

#define FRAME_SOURCE_MAX (1 << 22) /* frames; 46 hours */

typedef enum source_kind { SOURCE_PICTURES, SOURCE_VIDEO } source_kind;

/* Zero-initialised is a valid empty one. Everything is owned. */
typedef struct frame_source {
    source_kind kind;
    int count;         /* frames */
    int width, height; /* as delivered, border included */
    double fps;        /* 0 = unknown */
    char *path;        /* the folder of the pictures, or the video */
    int digits;        /* at least, of a picture's number in its name */
    uint8_t *suffixes; /* [count] pictures: which suffix each has */
    char *masks;       /* folder of the parsing masks, or NULL */
    video_reader *reader;
    int border;      /* pixels to replicate around each video frame */
    bool lost;       /* the last read failed: where the reader stands is not sure */
    picture scratch; /* a video frame before its border is added */
} frame_source;

/* Pictures N.jpg, N.jpeg or N.png of a folder, N = 0, 1, ... without gaps, written with at least
 * `digits` digits; the size is the first one's. Where a number has several, .jpg goes first (as in
 * the originals), with a warning. VIS_ERR_OPEN, VIS_ERR_LIMIT, VIS_ERR_MEMORY, and what
 * picture_size says. */
vis_status frame_source_open_pictures(frame_source *f, const char *folder, int digits,
                                      const vis_log *log, vis_error *err);

/* A video; `threads` as for video_reader_open, which says what can fail. */
vis_status frame_source_open_video(frame_source *f, const char *path, int border, int threads,
                                   vis_error *err);

/* Wants N.png for each frame in that folder, as large as the frame. VIS_ERR_OPEN where one is
 * missing. */
vis_status frame_source_open_masks(frame_source *f, const char *folder, vis_error *err);

void frame_source_close(frame_source *f);

/* Decodes source frame `index` into `out` (valid or empty), and its parsing mask, if there is one,
 * into *keep (NULL or [height, width] from an earlier call; allocated when NULL). Pictures may be
 * read by any number of threads at once, a video by one. VIS_ERR_MISMATCH for a frame of another
 * size; else what picture_read and video_reader_read say. */
vis_status frame_source_read(frame_source *f, int index, picture *out, uint8_t **keep,
                             vis_error *err);

/* ---- schedule ----
 *
 * Two numberings: `n` counts the character's frames, `index` those of the source. They differ only
 * where footage is resampled in time; then several n may show one index, and some index none.
 * Positions count output frames along a plan. */

/* What a reader will ask for: ping_pong_index(i, first, frames) for i = cursor, cursor + 1, ... */
typedef struct plan {
    int first;          /* the ping-pong runs over first .. frames-1 */
    int64_t cursor;     /* position of the frame that will be asked for next */
    int64_t end;        /* position behind the last one */
    int64_t likely_end; /* where it will probably end, when `end` is not known; INT64_MAX */
    struct plan *next;  /* in the schedule's list */
} plan;

typedef struct schedule {
    int frames;              /* n in [0, frames) */
    int sources;             /* index in [0, sources) */
    int *source_of;          /* [frames] n -> index, ascending */
    int *first_of, *last_of; /* [sources] index -> the n that show it; first > last when none */
    plan *plans;             /* of all current readers; theirs */
} schedule;

/* `sources` frames recorded at `step` source frames an output frame (1 = as they are): n shows
 * index floor(n * step + 1/2), the nearest in time. VIS_ERR_LIMIT beyond FRAME_SOURCE_MAX,
 * VIS_ERR_MEMORY. */
vis_status schedule_create(schedule *s, int sources, double step, vis_error *err);
void schedule_free(schedule *s);

/* A plan counts from the one to the other; either is fine at any time. */
void schedule_add(schedule *s, plan *p);
void schedule_remove(schedule *s, plan *p);

/* The source frame at a position of a plan. */
int schedule_at(const schedule *s, const plan *p, int64_t position);

/* In how many frames `index` will be needed (0: it is the next), by whoever needs it first;
 * PING_PONG_NEVER when no plan shows it again, or only behind the likely end that the plan's cursor
 * has not passed. Without any plan that of all footage from position 0 on counts. */
int64_t schedule_next_use(const schedule *s, int index);

/* Notes that frame n is being asked for: the plan's cursor goes behind its next position, unless n
 * was shown shortly before (several threads, or a repeated read). */
void schedule_advance(const schedule *s, plan *p, int n);

/* ---- frame cache ----
 *
 * The frame needed last is evicted first. No function locks: whoever shares a cache among threads
 * holds a lock around every call. */

typedef enum slot_state { SLOT_EMPTY, SLOT_DECODING, SLOT_READY } slot_state;

/* `frame` stands first: an acquired picture is its slot. */
typedef struct frame_slot {
    picture frame;
    uint8_t *keep; /* [height, width] of the parsing mask, or NULL */
    int index;     /* source frame; -1 while empty */
    int refs;      /* readers that hold the frame */
    slot_state state;
} frame_slot;

typedef struct frame_cache {
    const schedule *schedule;
    size_t capacity; /* slots that fit the budget, at least 1 */
    size_t count, allocated;
    frame_slot **slots;
    frame_slot **slot_of; /* [sources], NULL where not cached */
    int *waiters;         /* [sources] callers that wait for the frame: it is not evicted */
} frame_cache;

/* A cache for frames of `frame_bytes` bytes each. `s` must outlive it. VIS_ERR_MEMORY. */
vis_status frame_cache_create(frame_cache *c, const schedule *s, size_t frame_bytes, size_t budget,
                              vis_error *err);
void frame_cache_free(frame_cache *c);

/* The slot that holds or will hold the frame, or NULL. */
frame_slot *frame_cache_find(const frame_cache *c, int index);

/* A slot for a frame that is not cached, in state DECODING. An empty or new slot, or that of the
 * frame needed last, provided that it is needed later than this one. With `must` any slot not in
 * use will do, and beyond the budget a new one: then NULL means out of memory, else that there is
 * no room. */
frame_slot *frame_cache_reserve(frame_cache *c, int index, bool must);

/* How many frames needed within `uses` frames from now could be taken in, counted up to `max`. */
size_t frame_cache_room(const frame_cache *c, int64_t uses, size_t max);

void frame_cache_publish(frame_slot *slot);                 /* DECODING -> READY */
void frame_cache_discard(frame_cache *c, frame_slot *slot); /* DECODING -> empty, on failure */

/* Drops a reference; beyond the budget the slot is freed with the last one. */
void frame_cache_release(frame_cache *c, frame_slot *slot);

/* ---- frame decoder ----
 *
 * Pictures are decoded by several threads, and by the caller itself when it needs one at once. A
 * video is decoded by one thread; where the schedule runs backward, in blocks of half the cache, so
 * that a block costs one pass from its key frame on. */

typedef struct frame_decoder frame_decoder;

/* Takes over neither; both must outlive it and be left alone until frame_decoder_destroy, except
 * for what the functions below do. `threads` >= 1. VIS_ERR_MEMORY. */
vis_status frame_decoder_create(frame_source *f, schedule *s, size_t cache_bytes, int threads,
                                frame_decoder **out, vis_error *err);
void frame_decoder_destroy(frame_decoder *d); /* NULL is fine */

/* Sets a plan, which is the caller's and which nobody else touches until frame_decoder_remove, and
 * begins to decode. There may be any number; what is needed first is decoded first. */
void frame_decoder_plan(frame_decoder *d, plan *p, int first, int64_t begin, int64_t length);

/* Sets where a plan that nobody has followed yet will probably end. */
void frame_decoder_expect(frame_decoder *d, plan *p, int64_t length);

/* The plan counts no more; one that was never set is fine. */
void frame_decoder_remove(frame_decoder *d, plan *p);

/* The picture of frame n (a number of the schedule's), referenced until frame_decoder_release;
 * waits for it. `p`: whose plan it belongs to; NULL: none. A frame's error is stored and reported
 * again. Any thread. */
vis_status frame_decoder_acquire(frame_decoder *d, plan *p, int n, const picture **frame,
                                 vis_error *err);
void frame_decoder_release(frame_decoder *d, const picture *frame);

#endif
