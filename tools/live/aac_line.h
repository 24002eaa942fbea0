/* live/aac_line.h - a session's Opus packets as AAC, for where Opus is not taken.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_AAC_LINE_H
#define LIVE_AAC_LINE_H

#include "base/status.h"
#include "live/packet.h"

#include <libavformat/avformat.h>

typedef struct aac_line aac_line;

/* Adds its stream to `file`. VIS_ERR_UNSUPPORTED: this FFmpeg has no AAC or Opus; VIS_ERR_MEMORY. */
vis_status aac_line_open(AVFormatContext *file, AVStream **stream, aac_line **out, vis_error *err);
void aac_line_close(aac_line *l); /* NULL is fine */

/* Packets go to `give`, whose result other than VIS_OK ends it. Times count from `origin_us`. */
vis_status aac_line_add(aac_line *l, const live_packet *opus, int64_t origin_us,
                        vis_status (*give)(void *user, AVPacket *p, vis_error *err), void *user,
                        vis_error *err);

#endif
