/* media/video_light.h - HDR and wide gamuts made into SDR of BT.709: from light to light.
 *
 * Colour values become the light that a screen shows (HLG: ITU-R BT.2100's OETF undone and its
 * system gamma for a screen of 1000 cd/m2; PQ: its EOTF; SDR: the power 2.4 of BT.1886), then
 * primaries are exchanged, highlights compressed, and BT.1886 undone. White paper, 203 cd/m2 in HDR
 * (BT.2408), is SDR's white before the compression: the curve of BT.2390 (5.4) from 1000 to 203
 * cd/m2, which leaves all below 91 alone. It works on the largest of R, G and B, so that hue and
 * saturation stay. What is outside BT.709's gamut is cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_VIDEO_LIGHT_H
#define MEDIA_VIDEO_LIGHT_H

#include "base/status.h"

#include <stdint.h>

/* Tables for one pair of primaries and transfer. Read by any number of threads. */
typedef struct video_light video_light;

/* Numbers as in media/video_tags.h, of colours that video_tags_converted. The caller's, released
 * with video_light_free (NULL is fine). VIS_ERR_MEMORY. */
vis_status video_light_create(int primaries, int transfer, video_light **out, vis_error *err);
void video_light_free(video_light *l);

/* rgb [count, 3], R, G, B of 16 bits, to bgr [count, 3]. */
void video_light_row(const video_light *l, const uint16_t *rgb, int count, uint8_t *bgr);

#endif
