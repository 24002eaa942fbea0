/* face/square_files.c - where a character's folder keeps its face squares.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/square_files.h"

#include "base/file.h"
#include "base/status.h"
#include "face/squares.h"

#include <stdlib.h>

typedef vis_status (*squares_reader)(const char *path, int count, int width, int height,
                                     const vis_log *log, int (**squares)[4], vis_error *err);

typedef struct square_file {
    const char *name;
    bool is_folder;
    squares_reader read;
} square_file;

static const square_file landmarks = {"landmarks", true, squares_from_landmarks};
static const square_file files[] = {
    {"crop_rectangles.json", false, squares_from_rectangles},
    {"cache/crop_rectangles.json", false, squares_from_rectangles},
    {"crop_rects.json", false, squares_from_rectangles},
    {"cache/crop_rects.json", false, squares_from_rectangles},
};

/* folder/name when it is there, else *path is NULL. The caller's to free. */
static vis_status find(const char *folder, const square_file *f, char **path, vis_error *err)
{
    *path = path_join(folder, f->name);
    if (!*path) return vis_fail_memory(err, "a file name");
    if (f->is_folder ? path_is_folder(*path) : path_is_file(*path)) return VIS_OK;
    free(*path);
    *path = NULL;
    return VIS_OK;
}

static vis_status refuse(const char *folder, bool landmarks_first, vis_error *err)
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
                             int height, const vis_log *log, int (**squares)[4], vis_error *err)
{
    enum { FILES = sizeof files / sizeof *files };
    *squares = NULL;
    for (int i = 0; i <= FILES; i++) {
        const square_file *f = i == (landmarks_first ? 0 : FILES) ? &landmarks
                               : landmarks_first                  ? &files[i - 1]
                                                                  : &files[i];
        char *path;
        VIS_TRY(find(folder, f, &path, err));
        if (!path) continue;
        vis_status status = f->read(path, count, width, height, log, squares, err);
        free(path);
        return status;
    }
    return refuse(folder, landmarks_first, err);
}
