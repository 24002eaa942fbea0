/* live/video_encoder.h - pictures into H.264 that any browser decodes as it comes, or into VP8 for
 * the few that do not.
 *
 * H.264 is constrained baseline, no frame later than the one it shows, one thread, each access unit Annex B
 * and begun by a delimiter; key pictures carry the parameter sets, which are the same of every
 * encoder of a size and rate, so that what one made can follow what another made, from a key on; so
 * it can in VP8.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_VIDEO_ENCODER_H
#define LIVE_VIDEO_ENCODER_H

#include "base/status.h"
#include "live/bytes.h"

#include <stdbool.h>

#define VIDEO_KEY_SECONDS 4 /* at least as often there is a key picture */

typedef enum video_kind { VIDEO_H264, VIDEO_VP8, VIDEO_KINDS } video_kind;

/* One thread at a time. */
typedef struct video_encoder video_encoder;

/* Pictures of width x height, cut to even sides. VIS_ERR_UNSUPPORTED: this FFmpeg has no libx264, or
 * no libvpx; VIS_ERR_MEMORY. */
vis_status video_encoder_open(video_kind kind, int width, int height, int fps, video_encoder **out,
                              vis_error *err);
bool video_encoder_has_vp8(void);
video_kind video_encoder_kind(const video_encoder *e);
void video_encoder_close(video_encoder *e); /* NULL is fine */

/* Bits a second that pictures from now on may have at most; 0, and more than that: as many as good
 * ones need. VP8 follows in steps, and begins each with a key. */
void video_encoder_bound(video_encoder *e, int64_t bits_per_second);

/* BGR rows `stride` bytes apart. `key`: as one asked for; *is_key as it came. *unit is the caller's
 * to release. */
vis_status video_encoder_frame(video_encoder *e, const uint8_t *pixels, int stride, bool key,
                               live_bytes **unit, bool *is_key, vis_error *err);

/* What a key picture's parameter sets say it is, as WebCodecs and MSE name it: "avc1.42c01f"; ""
 * where there are none. */
#define VIDEO_CODEC_NAME 16
void video_encoder_codec(const live_bytes *unit, char name[VIDEO_CODEC_NAME]);

#endif
