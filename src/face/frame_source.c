/* face/frame_source.c - the frame source: numbered pictures, or a video.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/frame_decoder.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SUFFIXES 3
static const char *const suffix_names[SUFFIXES] = {".jpg", ".jpeg", ".png"};

/* "<folder>/<index><suffix>", the index with at least so many digits; release with free. */
static char *numbered_path(const char *folder, int digits, int index, const char *suffix)
{
    return text_format("%s/%0*d%s", folder, digits, index, suffix);
}

static vis_status require_file(const char *folder, int digits, int index, const char *suffix,
                               const char *why, vis_error *err)
{
    char *path = numbered_path(folder, digits, index, suffix);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = VIS_OK;
    if (!path_is_file(path))
        status = vis_fail(err, VIS_ERR_OPEN, "%s: no such file; %s", path, why);
    free(path);
    return status;
}

/* The numbers found for each suffix, ascending. */
typedef struct listing {
    int *numbers[SUFFIXES];
    int counts[SUFFIXES];
} listing;

/* Fills suffixes[n] for n = 0, 1, ..., count-1; *doubled is the first number with two pictures.
 */
static vis_status merge_listing(const char *folder, const listing *l, uint8_t *suffixes, int *count,
                                int *doubled, vis_error *err)
{
    int at[SUFFIXES] = {0}, n = 0;
    *doubled = -1;
    for (;; n++) {
        int found = 0, smallest = -1;
        for (int s = SUFFIXES - 1; s >= 0; s--) {
            if (at[s] == l->counts[s]) continue;
            int number = l->numbers[s][at[s]];
            if (smallest < 0 || number < smallest) smallest = number;
            if (number != n) continue;
            at[s]++;
            found++;
            suffixes[n] = (uint8_t)s;
        }
        if (found > 1 && *doubled < 0) *doubled = n;
        if (found) continue;
        *count = n;
        if (smallest < 0) return VIS_OK;
        return vis_fail(err, VIS_ERR_OPEN,
                        "%s: there is no picture %d but there is a %d; the frames must be numbered "
                        "0, 1, 2, ... without gaps",
                        folder, n, smallest);
    }
}

static vis_status list_pictures(frame_source *f, listing *l, const vis_log *log, vis_error *err)
{
    size_t total = 0;
    for (int s = 0; s < SUFFIXES; s++) {
        VIS_TRY(folder_numbers(f->path, suffix_names[s], &l->numbers[s], &l->counts[s], err));
        total += (size_t)l->counts[s];
    }
    if (total == 0)
        return vis_fail(err, VIS_ERR_OPEN,
                        "%s: holds no frames; they must be named 0.jpg, 1.jpg, ... (or .png)",
                        f->path);
    if (total > FRAME_SOURCE_MAX)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: holds %zu pictures; at most %d are taken", f->path,
                        total, FRAME_SOURCE_MAX);
    f->suffixes = calloc(total, 1);
    if (!f->suffixes) return vis_fail_memory(err, "a list of frames");
    int doubled;
    VIS_TRY(merge_listing(f->path, l, f->suffixes, &f->count, &doubled, err));
    if (doubled >= 0)
        vis_warn(log,
                 "%s: picture %d (and maybe others) is there as JPEG and as PNG; the JPEG is used",
                 f->path, doubled);
    return VIS_OK;
}

vis_status frame_source_open_pictures(frame_source *f, const char *folder, int digits,
                                      const vis_log *log, vis_error *err)
{
    *f = (frame_source){.kind = SOURCE_PICTURES, .digits = digits};
    f->path = text_copy(folder, strlen(folder));
    if (!f->path) return vis_fail_memory(err, "a folder name");
    listing l = {0};
    vis_status status = list_pictures(f, &l, log, err);
    for (int s = 0; s < SUFFIXES; s++)
        free(l.numbers[s]);
    for (int n = 0; status == VIS_OK && n < f->count; n++)
        status = require_file(
            folder, digits, n, suffix_names[f->suffixes[n]],
            digits > 1 ? "the names of an avatar's frames have eight digits: 00000000.png"
                       : "frames are named by the bare number: 0.jpg, not 0000.jpg or 0.JPG",
            err);
    char *first = NULL;
    if (status == VIS_OK) {
        first = numbered_path(folder, digits, 0, suffix_names[f->suffixes[0]]);
        status = first ? picture_size(first, &f->width, &f->height, err)
                       : vis_fail_memory(err, "a file name");
    }
    free(first);
    if (status != VIS_OK) frame_source_close(f);
    return status;
}

vis_status frame_source_open_video(frame_source *f, const char *path, int border, int threads,
                                   vis_error *err)
{
    *f = (frame_source){.kind = SOURCE_VIDEO, .border = border};
    f->path = text_copy(path, strlen(path));
    if (!f->path) return vis_fail_memory(err, "a file name");
    vis_status status = video_reader_open(path, threads, &f->reader, err);
    if (status == VIS_OK) {
        const video_info *info = video_reader_info(f->reader);
        f->width = info->width + 2 * border;
        f->height = info->height + 2 * border;
        if (info->fps_num > 0 && info->fps_den > 0) f->fps = (double)info->fps_num / info->fps_den;
        if (info->frames < 1)
            status = vis_fail(err, VIS_ERR_FORMAT, "%s: the video holds no frames", path);
        else if (info->frames > FRAME_SOURCE_MAX)
            status = vis_fail(err, VIS_ERR_LIMIT, "%s: holds %lld frames; at most %d are taken",
                              path, (long long)info->frames, FRAME_SOURCE_MAX);
        else
            f->count = (int)info->frames;
    }
    if (status != VIS_OK) frame_source_close(f);
    return status;
}

vis_status frame_source_open_masks(frame_source *f, const char *folder, vis_error *err)
{
    for (int n = 0; n < f->count; n++)
        VIS_TRY(require_file(folder, 1, n, ".png",
                             "face parsing needs one mask a frame; make them or do without", err));
    f->masks = text_copy(folder, strlen(folder));
    return f->masks ? VIS_OK : vis_fail_memory(err, "a folder name");
}

void frame_source_close(frame_source *f)
{
    free(f->path);
    free(f->suffixes);
    free(f->masks);
    video_reader_close(f->reader);
    picture_free(&f->scratch);
    *f = (frame_source){0};
}

static vis_status check_size(const frame_source *f, const picture *p, int border, const char *path,
                             int index, vis_error *err)
{
    int width = f->width - 2 * border, height = f->height - 2 * border;
    if (p->width == width && p->height == height) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: frame %d is %d x %d pixels but frame 0 is %d x %d; all must be equal",
                    path, index, p->width, p->height, width, height);
}

static vis_status load_picture(const frame_source *f, int index, picture *out, vis_error *err)
{
    char *path = numbered_path(f->path, f->digits, index, suffix_names[f->suffixes[index]]);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = picture_read(path, out, err);
    if (status == VIS_OK) status = check_size(f, out, 0, path, index, err);
    free(path);
    return status;
}

/* source [h, w] -> out [h + 2 border, w + 2 border], the edge pixels replicated */
static vis_status add_border(const picture *source, int border, picture *out, vis_error *err)
{
    VIS_TRY(picture_reserve(out, source->width + 2 * border, source->height + 2 * border, err));
    for (int y = 0; y < out->height; y++) {
        int from = y < border ? 0 : y - border < source->height ? y - border : source->height - 1;
        const uint8_t *row = source->data + (size_t)from * (size_t)source->stride;
        uint8_t *to = out->data + (size_t)y * (size_t)out->stride;
        for (int x = 0; x < border; x++) {
            memcpy(to + 3 * x, row, 3);
            memcpy(to + 3 * (border + source->width + x), row + 3 * (source->width - 1), 3);
        }
        memcpy(to + 3 * border, row, 3 * (size_t)source->width);
    }
    return VIS_OK;
}

static vis_status load_video(frame_source *f, int index, picture *out, vis_error *err)
{
    bool there = !f->lost && video_reader_position(f->reader) == index;
    f->lost = true; /* until this read has succeeded */
    if (!there) VIS_TRY(video_reader_seek(f->reader, index, err));
    picture *into = f->border ? &f->scratch : out;
    bool got = false;
    VIS_TRY(video_reader_read(f->reader, into, &got, err));
    if (!got)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: ends before frame %d of %d", f->path, index,
                        f->count);
    f->lost = false;
    VIS_TRY(check_size(f, into, f->border, f->path, index, err));
    return f->border ? add_border(into, f->border, out, err) : VIS_OK;
}

/* mask [height, width] of colours -> keep [height, width]: (0, 0, 255) and (255, 255, 255), B, G,
 * R, stay as filmed */
static void keep_from_mask(const picture *mask, uint8_t *keep)
{
    for (int y = 0; y < mask->height; y++) {
        const uint8_t *row = mask->data + (size_t)y * (size_t)mask->stride;
        uint8_t *out = keep + (size_t)y * (size_t)mask->width;
        for (int x = 0; x < mask->width; x++) {
            uint8_t b = row[3 * x], g = row[3 * x + 1], r = row[3 * x + 2];
            out[x] = r == 255 && b == g && (b == 0 || b == 255);
        }
    }
}

static vis_status load_parsing(const frame_source *f, int index, uint8_t **keep, vis_error *err)
{
    char *path = numbered_path(f->masks, 1, index, ".png");
    if (!path) return vis_fail_memory(err, "a file name");
    picture mask = {0};
    vis_status status = picture_read(path, &mask, err);
    if (status == VIS_OK && (mask.width != f->width || mask.height != f->height))
        status =
            vis_fail(err, VIS_ERR_MISMATCH,
                     "%s: the mask is %d x %d pixels but the frames are %d x %d; make it from the "
                     "frame itself",
                     path, mask.width, mask.height, f->width, f->height);
    if (status == VIS_OK && !*keep) {
        *keep = malloc((size_t)f->width * (size_t)f->height);
        if (!*keep) status = vis_fail_memory(err, "a parsing mask");
    }
    if (status == VIS_OK) keep_from_mask(&mask, *keep);
    picture_free(&mask);
    free(path);
    return status;
}

vis_status frame_source_read(frame_source *f, int index, picture *out, uint8_t **keep,
                             vis_error *err)
{
    if (f->kind == SOURCE_VIDEO)
        VIS_TRY(load_video(f, index, out, err));
    else
        VIS_TRY(load_picture(f, index, out, err));
    return f->masks ? load_parsing(f, index, keep, err) : VIS_OK;
}
