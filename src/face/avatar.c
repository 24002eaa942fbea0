/* face/avatar.c - the face squares of an avatar of LiveTalking.
 *
 * Format: coords.pkl beside full_imgs/00000000.png, ... and face_imgs/: a pickle of one list with
 * four whole numbers a frame, plain or NumPy's. Its Ultralight avatars hold (x1, y1, x2, y2) with
 * right and bottom outside, which is this family's square; its Wav2Lip avatars (y1, y2, x1, x2),
 * the box of another face detector. Nothing in the file says which, and both can make sense. Where
 * both do, face_imgs/ decides: its first picture was cut out by the right one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/squares.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/file_kind.h"
#include "base/memory.h"
#include "face/geometry.h"
#include "formats/pickle.h"
#include "media/picture.h"
#include "media/resize.h"

#include <stdlib.h>
#include <string.h>

#define COORDS_MAX_FILE (64u << 20) /* bytes; a million frames */

typedef enum coords_order { COORDS_X1_Y1_X2_Y2, COORDS_Y1_Y2_X1_X2 } coords_order;

static void reorder(const int four[4], coords_order order, int square[4])
{
    static const int from[2][4] = {{0, 1, 2, 3}, {2, 0, 3, 1}};
    for (int i = 0; i < 4; i++)
        square[i] = four[from[order][i]];
}

static vis_status read_four(const pickle_value *v, int index, const char *path, int four[4],
                            vis_error *err)
{
    bool sound = (v->type == PICKLE_TUPLE || v->type == PICKLE_LIST) && v->items.count == 4;
    for (int i = 0; sound && i < 4; i++) {
        const pickle_value *number = v->items.at[i];
        sound = number->type == PICKLE_INT && number->integer >= -SQUARE_MAX_COORDINATE &&
                number->integer <= SQUARE_MAX_COORDINATE;
        if (sound) four[i] = (int)number->integer;
    }
    if (sound) return VIS_OK;
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: entry %d: expected four whole numbers, (x1, y1, x2, y2); make the avatar "
                    "again with LiveTalking's genavatar",
                    path, index);
}

static vis_status read_list(const pickle_value *list, const char *path, int count, int (*fours)[4],
                            vis_error *err)
{
    if (list->type != PICKLE_LIST && list->type != PICKLE_TUPLE)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: holds no list of rectangles", path);
    if (list->items.count != count)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: %d rectangles but there are %d pictures in " AVATAR_PICTURES
                        "; both must come from the same footage",
                        path, list->items.count, count);
    for (int i = 0; i < count; i++)
        VIS_TRY(read_four(list->items.at[i], i, path, fours[i], err));
    return VIS_OK;
}

/* The pickle's numbers as they stand. */
static vis_status read_coords(const char *path, int count, int (*fours)[4], vis_error *err)
{
    pickle_arena *arena = NULL;
    const pickle_value *root = NULL;
    buffer bytes;
    buffer_init(&bytes, COORDS_MAX_FILE);
    vis_status status = file_read(path, &bytes, err);
    file_kind kind = file_kind_of(bytes.data, bytes.size);
    if (status == VIS_OK && kind != FILE_PICKLE) status = file_kind_refuse(kind, path, err);
    if (status == VIS_OK) status = pickle_arena_create(&arena, err);
    if (status == VIS_OK)
        status = pickle_read(arena, bytes.data, bytes.size, path, 0, &root, NULL, err);
    if (status == VIS_OK) status = read_list(root, path, count, fours, err);
    pickle_arena_free(arena);
    buffer_free(&bytes);
    return status;
}

/* Does every frame hold its rectangle, read in that order? */
static bool order_fits(const int (*fours)[4], int count, coords_order order, int width, int height)
{
    for (int n = 0; n < count; n++) {
        int square[4];
        reorder(fours[n], order, square);
        if (square_clip(square, width, height, NULL, "", NULL) != VIS_OK) return false;
    }
    return true;
}

/* How far a rectangle of the frame, made as large as `face`, is from it: the mean over all bytes;
 * negative when it could not be made. */
static double distance(const picture *frame, const int square[4], const picture *face)
{
    resize_plan *plan = NULL;
    picture cut = {0};
    int width = square[2] - square[0], height = square[3] - square[1];
    double sum = -1;
    if (picture_reserve(&cut, face->width, face->height, NULL) == VIS_OK &&
        resize_plan_create(RESIZE_LINEAR, width, height, face->width, face->height, 3, &plan,
                           NULL) == VIS_OK) {
        resize_run(plan,
                   frame->data + (ptrdiff_t)square[1] * frame->stride + (ptrdiff_t)3 * square[0],
                   frame->stride, cut.data, cut.stride);
        sum = 0;
        for (int y = 0; y < face->height; y++)
            for (int x = 0; x < 3 * face->width; x++)
                sum += abs(cut.data[(ptrdiff_t)y * cut.stride + x] -
                           face->data[(ptrdiff_t)y * face->stride + x]);
    }
    resize_plan_destroy(plan);
    picture_free(&cut);
    return sum;
}

/* Which order cut out the first picture of face_imgs/; Ultralight's when there is none. */
static coords_order order_by_face(const char *folder, const int four[4])
{
    char *frame_path = text_format("%s/" AVATAR_PICTURES "/%0*d.png", folder, AVATAR_DIGITS, 0);
    char *face_path = text_format("%s/face_imgs/%0*d.png", folder, AVATAR_DIGITS, 0);
    picture frame = {0}, face = {0};
    coords_order order = COORDS_X1_Y1_X2_Y2;
    if (frame_path && face_path && path_is_file(face_path) &&
        picture_read(frame_path, &frame, NULL) == VIS_OK &&
        picture_read(face_path, &face, NULL) == VIS_OK) {
        double far[2] = {-1, -1};
        for (int o = 0; o < 2; o++) {
            int square[4];
            reorder(four, (coords_order)o, square);
            if (square_clip(square, frame.width, frame.height, NULL, "", NULL) == VIS_OK)
                far[o] = distance(&frame, square, &face);
        }
        if (far[1] >= 0 && far[1] < far[0]) order = COORDS_Y1_Y2_X1_X2;
    }
    picture_free(&frame);
    picture_free(&face);
    free(frame_path);
    free(face_path);
    return order;
}

static coords_order choose_order(const char *folder, const int (*fours)[4], int count, int width,
                                 int height)
{
    bool first = order_fits(fours, count, COORDS_X1_Y1_X2_Y2, width, height);
    bool second = order_fits(fours, count, COORDS_Y1_Y2_X1_X2, width, height);
    if (first && second) return order_by_face(folder, fours[0]);
    return second ? COORDS_Y1_Y2_X1_X2 : COORDS_X1_Y1_X2_Y2;
}

static vis_status read_squares(const char *folder, const char *path, int count, int width,
                               int height, const vis_log *log, int (*list)[4], vis_error *err)
{
    VIS_TRY(read_coords(path, count, list, err));
    coords_order order = choose_order(folder, (const int(*)[4])list, count, width, height);
    if (order == COORDS_Y1_Y2_X1_X2)
        vis_warn(log,
                 "%s: holds (y1, y2, x1, x2), as Wav2Lip avatars do: boxes of another face "
                 "detector, not the squares that this model was trained on; make the avatar again "
                 "with LiveTalking's ultralight/genavatar.py",
                 path);
    for (int n = 0; n < count; n++) {
        int four[4];
        memcpy(four, list[n], sizeof four);
        reorder(four, order, list[n]);
    }
    return squares_check(list, count, width, height, path, log, err);
}

vis_status avatar_find(const char *folder, bool *there, vis_error *err)
{
    char *pictures = path_join(folder, AVATAR_PICTURES), *coords = path_join(folder, "coords.pkl");
    bool named = pictures && coords;
    *there = named && path_is_folder(pictures) && path_is_file(coords);
    free(pictures);
    free(coords);
    return named ? VIS_OK : vis_fail_memory(err, "a file name");
}

vis_status squares_of_avatar(const char *folder, int count, int width, int height,
                             const vis_log *log, int (**squares)[4], vis_error *err)
{
    *squares = NULL;
    char *path = path_join(folder, "coords.pkl");
    int(*list)[4] = calloc((size_t)count, sizeof *list);
    vis_status status = path && list
                            ? read_squares(folder, path, count, width, height, log, list, err)
                            : vis_fail_memory(err, "face squares");
    free(path);
    if (status == VIS_OK)
        *squares = list;
    else
        free(list);
    return status;
}
