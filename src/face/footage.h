/* face/footage.h - where frames come from: numbered pictures, or a video.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FACE_FOOTAGE_H
#define FACE_FOOTAGE_H

#include "base/log.h"
#include "base/status.h"
#include "media/picture.h"
#include "media/video_in.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum footage_kind { FOOTAGE_PICTURES, FOOTAGE_VIDEO } footage_kind;

/* Zero-initialised is a valid empty one. Everything is owned. */
typedef struct footage {
    footage_kind kind;
    int count;         /* source frames */
    int width, height; /* as delivered, rim included */
    double fps;        /* 0 = unknown */
    char *path;        /* the folder of the pictures, or the video */
    int digits;        /* at least, of a picture's number in its name */
    uint8_t *suffixes; /* [count] pictures: which suffix each has */
    char *parsing;     /* folder of the parsing masks, or NULL */
    video_reader *reader;
    int rim;         /* pixels to replicate around each video frame */
    bool lost;       /* the last read failed: where the reader stands is not sure */
    picture scratch; /* a video frame before its rim is added */
} footage;

/* Pictures N.jpg, N.jpeg or N.png of a folder, N = 0, 1, ... without gaps, written with at least
 * `digits` digits; the size is the first one's. Where a number has several, .jpg goes first (as in
 * the originals), with a warning. VIS_ERR_OPEN, VIS_ERR_LIMIT, VIS_ERR_MEMORY, and what
 * picture_size says. */
vis_status footage_open_pictures(footage *f, const char *folder, int digits, const vis_log *log,
                                 vis_error *err);

/* A video; `threads` as for video_reader_open, which says what can fail. */
vis_status footage_open_video(footage *f, const char *path, int rim, int threads, vis_error *err);

/* Wants N.png for each frame in that folder, as large as the frame. VIS_ERR_OPEN where one is
 * missing. */
vis_status footage_open_parsing(footage *f, const char *folder, vis_error *err);

void footage_close(footage *f);

/* Decodes source frame `index` into `out` (valid or empty), and its parsing mask, if there is one,
 * into *keep (NULL or [height, width] from an earlier call; allocated when NULL). Of pictures any
 * number of threads may load at once, of a video one. VIS_ERR_MISMATCH for a frame of another size;
 * else what picture_read and video_reader_read say. */
vis_status footage_load(footage *f, int index, picture *out, uint8_t **keep, vis_error *err);

#endif
