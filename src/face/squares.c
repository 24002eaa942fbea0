/* face/squares.c - the face squares of all frames of a character.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/squares.h"

#include "base/file.h"
#include "base/memory.h"
#include "face/geometry.h"
#include "face/landmarks.h"
#include "face/lips.h"
#include "face/rectangles.h"
#include "face/square_statistics.h"

#include <stdlib.h>

/* Which squares had to be clipped. */
typedef struct clipping {
    int count, first;
} clipping;

static vis_status clip(int square[4], int n, int width, int height, const char *where,
                       clipping *clipped, vis_error *err)
{
    bool changed;
    VIS_TRY(square_clip(square, width, height, &changed, where, err));
    if (changed && clipped->count++ == 0) clipped->first = n;
    return VIS_OK;
}

static void warn_clipped(const vis_log *log, const char *where, const clipping *clipped)
{
    if (clipped->count == 0) return;
    vis_warn(
        log,
        "%s: the face square leaves the picture at the right or bottom in %d frame%s (first: frame "
        "%d); it is cut off there and the face comes out stretched",
        where, clipped->count, clipped->count == 1 ? "" : "s", clipped->first);
}

/* What is suspicious about the landmarks that squares come from. */
typedef struct landmark_habits {
    outline_counts jaws;
    float *opening; /* [frames] of the lips */
    frame_numbers other_scheme, off_face;
    int points; /* of the first file of another scheme */
} landmark_habits;

static void add_habits(landmark_habits *h, int n, const int square[4], const landmarks_facts *f)
{
    double half = (square[2] - square[0]) / 2.0;
    h->opening[n] = f->opening;
    if (f->points == LANDMARKS_USUAL) outline_add(&h->jaws, f->jaw, square);
    if (f->points != LANDMARKS_USUAL) {
        if (h->other_scheme.count == 0) h->points = f->points;
        frame_numbers_add(&h->other_scheme, n);
    }
    /* Foreheads belong to the landmarks, not to the square: their mean may lie above it. */
    if (f->x < square[0] || f->x > square[2] || f->y < square[1] - half || f->y > square[3])
        frame_numbers_add(&h->off_face, n);
}

static void warn_habits(const landmark_habits *h, const char *folder, const vis_log *log)
{
    char text[FRAME_NUMBERS_TEXT];
    if (h->other_scheme.count > 0)
        vis_warn(log,
                 "%s: %s: %d points instead of %d; points 1, 31 and 52 make the face square, and "
                 "are elsewhere on the face in another scheme",
                 folder, frame_numbers_text(&h->other_scheme, text), h->points, LANDMARKS_USUAL);
    if (h->off_face.count > 0)
        vis_warn(log,
                 "%s: %s: the face square (from points 1, 31 and 52) lies beside the other "
                 "landmarks; they are of another scheme, or were detected wrongly",
                 folder, frame_numbers_text(&h->off_face, text));
}

static vis_status read_landmarks(const char *folder, int n, int width, int height, int square[4],
                                 clipping *clipped, landmark_habits *habits, vis_error *err)
{
    landmarks_facts facts = {0};
    char *path = text_format("%s/%d.lms", folder, n);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status;
    if (!path_is_file(path))
        status = vis_fail(err, VIS_ERR_OPEN,
                          "%s: no such file; frame %d has no landmarks: detect them", path, n);
    else
        status = landmarks_read_square(path, square, &facts, err);
    if (status == VIS_OK) add_habits(habits, n, square, &facts);
    if (status == VIS_OK) status = clip(square, n, width, height, path, clipped, err);
    free(path);
    return status;
}

/* Landmarks of frames that are not there hint at pictures that were lost. */
static vis_status warn_surplus(const char *folder, int count, const vis_log *log, vis_error *err)
{
    int *numbers, found;
    VIS_TRY(folder_numbers(folder, ".lms", &numbers, &found, err));
    int surplus = 0;
    while (surplus < found && numbers[found - 1 - surplus] >= count)
        surplus++;
    if (surplus > 0)
        vis_warn(
            log, "%s: landmarks for %d frame%s (%d to %d) that have no picture; they are ignored",
            folder, surplus, surplus == 1 ? "" : "s", numbers[found - surplus], numbers[found - 1]);
    free(numbers);
    return VIS_OK;
}

static vis_status read_all(const char *folder, int count, int width, int height, const vis_log *log,
                           int (*squares)[4], landmark_habits *habits, vis_error *err)
{
    clipping clipped = {0};
    for (int n = 0; n < count; n++)
        VIS_TRY(read_landmarks(folder, n, width, height, squares[n], &clipped, habits, err));
    warn_clipped(log, folder, &clipped);
    warn_habits(habits, folder, log);
    return VIS_OK;
}

static vis_status find_shape(const landmark_habits *h, int count, face_shape *shape, vis_error *err)
{
    *shape = (face_shape){calloc(1, sizeof *shape->outline),
                          calloc((size_t)count, sizeof *shape->closed)};
    if (!shape->outline || !shape->closed) return vis_fail_memory(err, "the shape of a face");
    if (!outline_of(&h->jaws, shape->outline)) {
        free(shape->outline);
        shape->outline = NULL;
    }
    if (!lips_closed(h->opening, count, shape->closed)) {
        free(shape->closed);
        shape->closed = NULL;
    }
    return VIS_OK;
}

vis_status squares_from_landmarks(const char *folder, int count, int width, int height,
                                  const vis_log *log, int (**squares)[4], face_shape *shape,
                                  vis_error *err)
{
    *squares = NULL;
    *shape = (face_shape){0};
    VIS_TRY(warn_surplus(folder, count, log, err));
    int(*list)[4] = calloc((size_t)count, sizeof *list);
    float *opening = calloc((size_t)count, sizeof *opening);
    landmark_habits *habits = calloc(1, sizeof *habits);
    vis_status status = VIS_OK;
    if (!list || !opening || !habits) status = vis_fail_memory(err, "face squares");
    if (status == VIS_OK) {
        habits->opening = opening;
        status = read_all(folder, count, width, height, log, list, habits, err);
    }
    if (status == VIS_OK) status = find_shape(habits, count, shape, err);
    if (status == VIS_OK)
        *squares = list;
    else
        free(list);
    free(opening);
    free(habits);
    return status;
}

/* Two numbers that differ by no more than a square's sides may. */
static bool alike(int a, int b)
{
    return a > 0 && b > 0 && abs(a - b) <= SQUARE_OBLONG_SHARE * a;
}

/* Every rectangle a square when it is read as x, y, width, height, and hardly one as two corners:
 * that is no chance. */
static vis_status refuse_sizes(const int (*list)[4], int count, const char *path, vis_error *err)
{
    int corners = 0;
    for (int n = 0; n < count; n++) {
        if (!alike(list[n][2], list[n][3])) return VIS_OK;
        corners += alike(list[n][2] - list[n][0], list[n][3] - list[n][1]);
    }
    if (count == 0 || 2 * corners > count) return VIS_OK;
    const int *r = list[0];
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s: holds x, y, width, height, it seems (frame 0: %d, %d, %d, %d); corners "
                    "are wanted: write [x, y, x + width, y + height], here [%d, %d, %lld, %lld]",
                    path, r[0], r[1], r[2], r[3], r[0], r[1], (long long)r[0] + r[2],
                    (long long)r[1] + r[3]);
}

vis_status squares_check(int (*squares)[4], int count, int width, int height, const char *path,
                         const vis_log *log, vis_error *err)
{
    clipping clipped = {0};
    for (int n = 0; n < count; n++) {
        char *where = text_format("%s: frame %d", path, n);
        if (!where) return vis_fail_memory(err, "face squares");
        vis_status status = clip(squares[n], n, width, height, where, &clipped, err);
        free(where);
        VIS_TRY(status);
    }
    warn_clipped(log, path, &clipped);
    return VIS_OK;
}

vis_status squares_from_rectangles(const char *path, int count, int width, int height,
                                   const vis_log *log, int (**squares)[4], vis_error *err)
{
    *squares = NULL;
    int(*list)[4];
    int found;
    VIS_TRY(rectangles_read(path, &list, &found, err));
    vis_status status = VIS_OK;
    if (found != count)
        status =
            vis_fail(err, VIS_ERR_MISMATCH,
                     "%s: %d rectangles but the video has %d frames; both must come from the same "
                     "footage",
                     path, found, count);
    if (status == VIS_OK) status = refuse_sizes((const int(*)[4])list, count, path, err);
    if (status == VIS_OK) status = squares_check(list, count, width, height, path, log, err);
    if (status != VIS_OK) {
        free(list);
        return status;
    }
    *squares = list;
    return VIS_OK;
}

vis_status squares_of_whole_frames(int count, int width, int height, int (**squares)[4],
                                   vis_error *err)
{
    *squares = calloc((size_t)count, sizeof **squares);
    if (!*squares) return vis_fail_memory(err, "face squares");
    for (int n = 0; n < count; n++) {
        (*squares)[n][2] = width;
        (*squares)[n][3] = height;
    }
    return VIS_OK;
}

static const char landmarks_folder[] = "landmarks";
static const char *const rectangle_files[] = {"crop_rectangles.json", "cache/crop_rectangles.json",
                                              "crop_rects.json", "cache/crop_rects.json"};

/* folder/name when it is there, else *path is NULL. The caller's to free. */
static vis_status find_squares(const char *folder, const char *name, char **path, vis_error *err)
{
    *path = path_join(folder, name);
    if (!*path) return vis_fail_memory(err, "a file name");
    if (name == landmarks_folder ? path_is_folder(*path) : path_is_file(*path)) return VIS_OK;
    free(*path);
    *path = NULL;
    return VIS_OK;
}

static vis_status refuse_folder(const char *folder, bool landmarks_first, vis_error *err)
{
    return vis_fail(err, VIS_ERR_OPEN,
                    landmarks_first
                        ? "%s: the pictures have no face squares: there is neither landmarks/ "
                          "(N.lms for each picture) nor crop_rectangles.json"
                        : "%s: the video has no face squares: there is neither "
                          "crop_rectangles.json, here or in cache/, nor crop_rects.json, nor "
                          "landmarks/",
                    folder);
}

vis_status squares_of_folder(const char *folder, bool landmarks_first, int count, int width,
                             int height, const vis_log *log, int (**squares)[4], face_shape *shape,
                             vis_error *err)
{
    enum { FILES = sizeof rectangle_files / sizeof *rectangle_files };
    *squares = NULL;
    *shape = (face_shape){0};
    for (int i = 0; i <= FILES; i++) {
        const char *name = i == (landmarks_first ? 0 : FILES) ? landmarks_folder
                           : landmarks_first                  ? rectangle_files[i - 1]
                                                              : rectangle_files[i];
        char *path;
        VIS_TRY(find_squares(folder, name, &path, err));
        if (!path) continue;
        vis_status status =
            name == landmarks_folder
                ? squares_from_landmarks(path, count, width, height, log, squares, shape, err)
                : squares_from_rectangles(path, count, width, height, log, squares, err);
        free(path);
        return status;
    }
    return refuse_folder(folder, landmarks_first, err);
}
