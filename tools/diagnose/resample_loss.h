/* diagnose/resample_loss.h - what a face loses on its way down to the network's size and back.
 *
 * Even a network that paints perfectly paints S x S pixels. The filmed square is resized to the
 * padded crop and back with the geometry's modes and compared with itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_RESAMPLE_LOSS_H
#define DIAGNOSE_RESAMPLE_LOSS_H

#include "face/crop.h"

#include <stdint.h>

/* Sums over the squares added so far. Zero-initialised is empty. */
typedef struct resample_loss {
    int64_t pixels;
    double squared;       /* of differences of 8-bit values, the mean over channels, times pixels */
    double detail_before; /* energy of the finest detail, as filmed */
    double detail_after;  /* and after the way there and back */
    picture crop, back;   /* scratch */
} resample_loss;

void resample_loss_free(resample_loss *loss);

/* Adds the square `rect` of a frame; `cropper` is of the geometry. As face_crop fails. */
vis_status resample_loss_add(resample_loss *loss, const face_geometry *geometry,
                             face_cropper *cropper, const picture *frame, const int rect[4],
                             vis_error *err);

/* dB; INFINITY where nothing was lost, NAN where nothing was added. */
double resample_loss_psnr(const resample_loss *loss);

/* Energy of detail finer than a Gaussian of sigma 1 pixel of the frame, after / before; 1 where
 * there was none. */
double resample_loss_detail(const resample_loss *loss);

#endif
