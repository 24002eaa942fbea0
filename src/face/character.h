/* face/character.h - a filmed character: its frames, where the face is in each, and what lies
 * beside.
 *
 * A dataset folder holds full_body_img/N.jpg|png and landmarks/N.lms for N = 0, 1, ..., optionally
 * parsing/N.png, aud_*.npy, aud.wav. An avatar folder of LiveTalking holds full_imgs/ and
 * coords.pkl (face/avatar.c). A package folder holds full_body_video.mp4 and crop_rectangles.json
 * (or what face/squares.h names), optionally the videos derived from them and aud_ave.npy. A
 * package that has only its crops (crops_328_video.mp4, or rois_320_video.mp4 /
 * face_regions_320.mp4) is taken for a character whose frame is the 328 x 328 crop; an edge of 4
 * pixels is replicated around 320 x 320.
 *
 * Frames are prefetched in the order that character_plan announced and cached within a byte budget;
 * those that will be needed last are evicted first, so that footage played backward comes from
 * memory or, of videos, from one decoding pass a block. Any order and any budget give the right
 * frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_CHARACTER_H
#define FACE_CHARACTER_H

#include "base/log.h"
#include "base/status.h"
#include "face/outline.h"
#include "media/picture.h"
#include "media/video_in.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum character_kind {
    CHARACTER_DATASET, /* pictures and landmarks */
    CHARACTER_PACKAGE, /* video and rectangles */
    CHARACTER_AVATAR,  /* LiveTalking's pictures and rectangles */
    CHARACTER_CROPS,   /* a package with nothing but its crops: nothing to paste into */
} character_kind;

typedef struct character_options {
    size_t cache_bytes;    /* for decoded frames; at least those acquired, plus one, are cached */
    int threads;           /* that prefetch; 0 = a default that leaves the processors free */
    double fps;            /* rate of the output, which video footage must have; 0 = any will do */
    bool resample_footage; /* show the source frame nearest in time instead of refusing */
    bool parsing;          /* parsing/N.png is wanted; an error where one is missing */
    int smooth;            /* squares are means over so many frames to both sides; 0: as they are */
    vis_log log;           /* takes the warnings of character_open */
} character_options;

/* 512 MiB or a sixteenth of the memory that is free, default threads, 25 fps, no resampling, no
 * parsing, no log. */
character_options character_defaults(void);

/* Paths are whole, NULL where there is no such file. */
typedef struct character_info {
    character_kind kind;
    int frames;        /* N, as numbered here: after resampling */
    int width, height; /* pixels, of every frame */
    double fps;        /* of the footage itself; 0 = unknown (pictures) */
    bool resampled;
    const char *path;            /* the folder */
    const char *footage;         /* full_body_img or full_imgs folder, or the video that is read */
    const char *features_ave;    /* aud_ave.npy, else aud_ave.bin */
    const char *features_hubert; /* aud_hu.npy */
    const char *features_wenet;  /* aud_wenet.npy */
    const char *audio;           /* aud.wav, else audio.wav */
    const char *crops_video;     /* crops_328_video.mp4 */
    const char *faces_video;     /* rois_320_video.mp4, else face_regions_320.mp4 */
    const char *masked_video;    /* model_inputs_video.mp4, else masked_regions_320.mp4 */
} character_info;

/* An open character. character_frame, character_release and the read-only functions may be
 * called by any number of threads at once. */
typedef struct character character;

/* Lists the folder, reads all landmarks or rectangles, checks every square against the frame size
 * (squares that leave the frame at the right or bottom are clipped, with one warning; others that
 * are suspicious are warned of too, face/square_statistics.h), and reads one picture header or
 * scans the video. `opt` may be NULL for the defaults. VIS_ERR_OPEN (no such folder, a file
 * missing, gaps in the numbering), VIS_ERR_FORMAT (a damaged file), VIS_ERR_MISMATCH (frames and
 * squares do not belong together, an empty or negative square, a frame rate other than asked for),
 * VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status character_open(const char *path, const character_options *opt, character **out,
                          vis_error *err);

/* Stops decoding and releases everything; no frame may be held any more. NULL is fine. */
void character_close(character *c);

/* Belongs to the character. */
const character_info *character_facts(const character *c);

/* What is known of its footage when that is a video, NULL for pictures. Belongs to the character.
 */
const video_info *character_video(const character *c);

/* The square of frame n (0 <= n < frames): x1, y1, x2, y2, clipped to the frame. */
void character_rect(const character *c, int n, int rect[4]);

/* How far its lower face reaches, relative to the square, in nearly all frames; NULL where only
 * rectangles or landmarks of another scheme are known. Belongs to the character. */
const face_outline *character_outline(const character *c);

/* How far the mouth that was filmed in frame n may be shown where nothing is said: 1 where it is
 * closed, 0 where it is open or nothing is known of it (face/lips.h). */
float character_mouth_closed(const character *c, int n);

/* Announces the order in which frames will be asked for: ping_pong_index(i, first, frames) (see
 * face/ping_pong.h) for i = begin, begin + 1, ..., `length` of them (-1: no end known), and begins
 * to decode. Frames may be asked for in another order; then they come later. VIS_ERR_USAGE when
 * `first` is not a frame, begin < -1 or length < -1. */
vis_status character_plan(character *c, int first, int64_t begin, int64_t length, vis_error *err);

/* A reader of the footage with an order of its own: all readers share one cache, in which what is
 * needed first stays, and prefetching serves each. One thread at a time; the
 * character must outlive it. character_plan and character_frame are those of the character's own.
 */
typedef struct character_cursor character_cursor;
vis_status character_cursor_open(character *c, character_cursor **out, vis_error *err);
void character_cursor_close(character_cursor *r); /* frames may still be held; NULL is fine */
vis_status character_cursor_plan(character_cursor *r, int first, int64_t begin, int64_t length,
                                 vis_error *err);
/* Of a plan just announced without a known end: that it will probably be `length` frames long (-1:
 * not even that). Frames that do not come back within them are not cached. */
void character_cursor_expect(character_cursor *r, int64_t length);
vis_status character_cursor_frame(character_cursor *r, int n, const picture **frame,
                                  vis_error *err);

/* Acquires frame n; *frame stays valid and unchanged until it is released with character_release,
 * once for each call. Waits until it is decoded. VIS_ERR_USAGE when n is not a frame; what
 * decoding says otherwise, file and frame named; VIS_ERR_MISMATCH for a frame of another size. */
vis_status character_frame(character *c, int n, const picture **frame, vis_error *err);
void character_release(character *c, const picture *frame); /* NULL is fine */

/* Which pixels of a frame stay as they are: [height, width], 1 = keep, 0 = may be painted.
 * NULL unless the option `parsing` was given. Valid as long as the frame, which must be one that
 * character_frame gave. */
const uint8_t *character_parsing(const picture *frame);

/* Results must not replace what a character is made of: VIS_ERR_USAGE where `output` is a file that
 * is read of the character, or would lie in one of its folders of numbered files. */
vis_status character_check_apart(const character_info *c, const char *output, vis_error *err);

#endif
