/* diagnose/resample_loss.c - down to the crop, back up, and the difference.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/resample_loss.h"

#include "measure/metrics.h"

#include <math.h>

#define REACH 2 /* of the blur, in pixels */

void resample_loss_free(resample_loss *loss)
{
    picture_free(&loss->crop);
    picture_free(&loss->back);
    *loss = (resample_loss){0};
}

/* Brightness of a pixel (BT.601), in 1/1000. */
static int luma(const uint8_t *pixel)
{
    return 114 * pixel[0] + 587 * pixel[1] + 299 * pixel[2];
}

/* What a pixel has beyond the 5 x 5 binomial blur around it (sigma 1). */
static double detail_at(const picture *p, int x, int y)
{
    static const int tap[2 * REACH + 1] = {1, 4, 6, 4, 1};
    int64_t sum = 0;
    for (int j = -REACH; j <= REACH; j++) {
        const uint8_t *row = p->data + (size_t)(y + j) * (size_t)p->stride + 3 * (size_t)x;
        for (int i = -REACH; i <= REACH; i++)
            sum += (int64_t)tap[j + REACH] * tap[i + REACH] * luma(row + 3 * (ptrdiff_t)i);
    }
    const uint8_t *centre = p->data + (size_t)y * (size_t)p->stride + 3 * (size_t)x;
    return (double)(256 * (int64_t)luma(centre) - sum) / 256e3;
}

static double detail_energy(const picture *p)
{
    double energy = 0;
    for (int y = REACH; y < p->height - REACH; y++)
        for (int x = REACH; x < p->width - REACH; x++) {
            double d = detail_at(p, x, y);
            energy += d * d;
        }
    return energy;
}

static vis_status enlarge(resample_loss *loss, const face_geometry *g, int width, int height,
                          vis_error *err)
{
    resize_plan *plan;
    VIS_TRY(picture_reserve(&loss->back, width, height, err));
    VIS_TRY(resize_plan_create(g->paste_mode, g->crop, g->crop, width, height, 3, &plan, err));
    resize_run(plan, loss->crop.data, loss->crop.stride, loss->back.data, loss->back.stride);
    resize_plan_destroy(plan);
    return VIS_OK;
}

vis_status resample_loss_add(resample_loss *loss, const face_geometry *geometry,
                             face_cropper *cropper, const picture *frame, const int rect[4],
                             vis_error *err)
{
    VIS_TRY(face_crop(cropper, frame, rect, &loss->crop, NULL, err));
    /* the square within the frame, not a picture that owns anything */
    picture filmed = {.width = rect[2] - rect[0],
                      .height = rect[3] - rect[1],
                      .stride = frame->stride,
                      .data = frame->data + (size_t)rect[1] * (size_t)frame->stride +
                              3 * (size_t)rect[0]};
    VIS_TRY(enlarge(loss, geometry, filmed.width, filmed.height, err));
    int64_t pixels = (int64_t)filmed.width * filmed.height;
    loss->pixels += pixels;
    loss->squared += (double)pixels * metric_mse(&filmed, &loss->back, region_of(&filmed));
    loss->detail_before += detail_energy(&filmed);
    loss->detail_after += detail_energy(&loss->back);
    return VIS_OK;
}

double resample_loss_psnr(const resample_loss *loss)
{
    return loss->pixels ? metric_psnr(loss->squared / (double)loss->pixels) : NAN;
}

double resample_loss_detail(const resample_loss *loss)
{
    if (!loss->pixels) return NAN;
    return loss->detail_before > 0 ? loss->detail_after / loss->detail_before : 1;
}
