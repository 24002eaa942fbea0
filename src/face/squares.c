/* face/squares.c - the face squares of all frames of a character.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/squares.h"

#include "base/file.h"
#include "base/memory.h"
#include "face/landmarks.h"
#include "face/rectangles.h"
#include "face/square.h"

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

static vis_status read_landmarks(const char *folder, int n, int width, int height, int square[4],
                                 clipping *clipped, vis_error *err)
{
    char *path = text_format("%s/%d.lms", folder, n);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status;
    if (!path_is_file(path))
        status = vis_fail(err, VIS_ERR_OPEN,
                          "%s: no such file; frame %d has no landmarks: detect them", path, n);
    else
        status = landmarks_read_square(path, square, err);
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

vis_status squares_from_landmarks(const char *folder, int count, int width, int height,
                                  const vis_log *log, int (**squares)[4], vis_error *err)
{
    *squares = NULL;
    VIS_TRY(warn_surplus(folder, count, log, err));
    int(*list)[4] = calloc((size_t)count, sizeof *list);
    if (!list) return vis_fail_memory(err, "face squares");
    clipping clipped = {0};
    vis_status status = VIS_OK;
    for (int n = 0; status == VIS_OK && n < count; n++)
        status = read_landmarks(folder, n, width, height, list[n], &clipped, err);
    if (status != VIS_OK) {
        free(list);
        return status;
    }
    warn_clipped(log, folder, &clipped);
    *squares = list;
    return VIS_OK;
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
