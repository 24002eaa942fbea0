/* program/frame_pictures.c - planes to pixels, and their names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/frame_pictures.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

void frame_pictures_free(frame_pictures *p)
{
    free(p->pixels);
    *p = (frame_pictures){0};
}

static vis_status reserve(frame_pictures *p, int size, vis_error *err)
{
    if (p->size == size) return VIS_OK;
    frame_pictures_free(p);
    p->pixels = malloc((size_t)size * (size_t)size * 2 * 3);
    if (!p->pixels) return vis_fail_memory(err, "a picture");
    p->size = size;
    return VIS_OK;
}

/* planes [3, S, S] in [0, 1] -> the left (column 0) or right (column S) half of the double picture.
 * Inputs are whole pixels / 255 and are rounded back; outputs are truncated, as when they are
 * pasted. */
static void put_planes(frame_pictures *p, const float *planes, int column, float rounding)
{
    int size = p->size;
    size_t plane = (size_t)size * (size_t)size;
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            for (int c = 0; c < 3; c++) {
                float v =
                    planes[(size_t)c * plane + (size_t)y * (size_t)size + (size_t)x] * 255.0f +
                    rounding;
                v = v > 0 ? v : 0; /* NaN too */
                p->pixels[((size_t)y * 2 * (size_t)size + (size_t)(column + x)) * 3 + (size_t)c] =
                    (uint8_t)(v < 255.0f ? v : 255.0f);
            }
}

static vis_status write_named(const char *folder, const char *kind, int number,
                              const uint8_t *pixels, int width, int height, int stride,
                              vis_error *err)
{
    char *path = text_format("%s/%s_%04d.png", folder, kind, number);
    if (!path) return vis_fail_memory(err, "a file name");
    vis_status status = vis_write_png(path, pixels, width, height, stride, err);
    free(path);
    return status;
}

vis_status frame_pictures_write(frame_pictures *p, const char *folder, int number,
                                const vis_frame *f, vis_error *err)
{
    int size = f->image_size;
    VIS_TRY(reserve(p, size, err));
    put_planes(p, f->visual, 0, 0.5f);
    put_planes(p, f->output, size, 0);
    VIS_TRY(write_named(folder, "output_frame", number, f->pixels, f->width, f->height, f->stride,
                        err));
    VIS_TRY(write_named(folder, "input_face", number, p->pixels, size, size, 6 * size, err));
    return write_named(folder, "comparison", number, p->pixels, 2 * size, size, 6 * size, err);
}
