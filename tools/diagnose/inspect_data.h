/* diagnose/inspect_data.h - is the fault in the footage and its features?
 *
 * Findings of stage FINDING_DATA:
 *   landmark-jitter  the face square trembles
 *   square-shape     squares cut off by the frame's edge, oblong, or far from their neighbours
 *   crop-side        the face was filmed with more pixels than the network paints
 *   frame-rate       the footage runs at another rate than the features
 *   length           footage and features are not equally long
 *
 * A face filmed with fewer pixels than the network paints is no finding: what is painted is reduced
 * to the size of the footage again, and nothing is lost that was filmed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_INSPECT_DATA_H
#define DIAGNOSE_INSPECT_DATA_H

#include "diagnose/finding.h"
#include "face/geometry.h"
#include "face/square_statistics.h"
#include "viseme/viseme.h"

/* What was measured, fault or not. */
typedef struct data_facts {
    int frames, width, height;
    double fps;                /* of the footage; 0 = unknown */
    int feature_fps;           /* of the features */
    int64_t feature_rows;      /* -1: unknown */
    square_statistics squares; /* in pixels of the frame */
    double jitter; /* the squares' jitter in pixels of the padded crop; NAN: too few frames, or
                      resampled footage, whose repeated frames look like trembling */
    double resample_psnr;   /* dB that a perfect network would reach at the size of the footage */
    double resample_detail; /* share of the finest detail (energy) that its pictures could have */
} data_facts;

/* Looks at the squares of all frames and at the pixels of some. `feature_rows` -1: unknown, its
 * length is not judged. `filmed_frame`'s errors; VIS_ERR_MEMORY. */
vis_status inspect_data(vis_character *c, const face_geometry *geometry, int64_t feature_rows,
                        int feature_fps, findings *list, data_facts *facts, vis_error *err);

#endif
