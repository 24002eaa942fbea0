/* media/video_index.c - which frames a video stream holds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/video_index.h"

#include "base/memory.h"
#include "media/ffmpeg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FPS_MAX 1e5 /* beyond, a mean rate is taken as it is */

typedef struct packet_times {
    int64_t pts, dts;
    bool key;
} packet_times;

typedef struct packet_list {
    packet_times *items;
    int64_t count, capacity;
    int64_t seen; /* packets of the stream, those without a frame included */
} packet_list;

static vis_status append(packet_list *list, packet_times item, const char *path, vis_error *err)
{
    if (list->count == VIDEO_MAX_FRAMES)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: more than %lld frames", path, VIDEO_MAX_FRAMES);
    if (list->count == list->capacity) {
        int64_t capacity = list->capacity ? list->capacity * 2 : 1024;
        packet_times *items = realloc(list->items, (size_t)capacity * sizeof *items);
        if (!items) return vis_fail_memory(err, "the frame index");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return VIS_OK;
}

/* Does this packet become a frame that is shown? Edit lists discard some; VP8 has frames that only
 * serve as references, told by the show_frame bit (RFC 6386, 9.1). */
static bool is_shown(const AVPacket *packet, enum AVCodecID codec)
{
    if (packet->flags & AV_PKT_FLAG_DISCARD) return false;
    return codec != AV_CODEC_ID_VP8 || packet->size < 1 || (packet->data[0] & 0x10);
}

static vis_status collect(AVFormatContext *file, const AVStream *stream, const char *path,
                          packet_list *list, vis_error *err)
{
    AVPacket *packet = av_packet_alloc();
    if (!packet) return vis_fail_memory(err, "a packet");
    enum AVCodecID codec = stream->codecpar->codec_id;
    vis_status status = VIS_OK;
    int rc = 0;
    while (status == VIS_OK && (rc = av_read_frame(file, packet)) >= 0) {
        if (packet->stream_index == stream->index) {
            list->seen++;
            bool key = packet->flags & AV_PKT_FLAG_KEY;
            if (packet->flags & AV_PKT_FLAG_CORRUPT)
                status = vis_fail(err, VIS_ERR_FORMAT,
                                  "%s: frame %lld is cut short or damaged; the file is not whole",
                                  path, (long long)list->count);
            else if (is_shown(packet, codec))
                status = append(list, (packet_times){packet->pts, packet->dts, key}, path, err);
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (status == VIS_OK && rc != AVERROR_EOF)
        return ffmpeg_fail(err, VIS_ERR_FORMAT, path, "the file is damaged", rc);
    return status;
}

/* MP4's index says how many packets there should be; other containers' counts are mere hints. */
static vis_status check_complete(const AVFormatContext *file, const AVStream *stream,
                                 const char *path, const packet_list *list, vis_error *err)
{
    int64_t expected = stream->nb_frames;
    if (strstr(file->iformat->name, "mp4") && list->seen < expected)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: holds %lld of the %lld frames in its index; the file is not whole",
                        path, (long long)list->seen, (long long)expected);
    if (list->count == 0)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: the video stream holds no frames", path);
    return VIS_OK;
}

/* A recording cut out of a broadcast starts with frames that nothing can be decoded from: those
 * before the first key frame and those shown before it. */
static void drop_undecodable(packet_list *list)
{
    int64_t first = 0;
    while (first < list->count && !list->items[first].key)
        first++;
    if (first == list->count) return;
    int64_t start = list->items[first].pts, kept = 0;
    for (int64_t i = first; i < list->count; i++)
        if (start == AV_NOPTS_VALUE || list->items[i].pts == AV_NOPTS_VALUE ||
            list->items[i].pts >= start)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

static int by_pts(const void *a, const void *b)
{
    int64_t x = ((const packet_times *)a)->pts, y = ((const packet_times *)b)->pts;
    return x < y ? -1 : x > y;
}

/* Orders the packets by time; false when some have no time or share one. */
static bool order(packet_list *list)
{
    for (int64_t i = 0; i < list->count; i++)
        if (list->items[i].pts == AV_NOPTS_VALUE) return false;
    qsort(list->items, (size_t)list->count, sizeof *list->items, by_pts);
    for (int64_t i = 1; i < list->count; i++)
        if (list->items[i].pts == list->items[i - 1].pts) return false;
    return true;
}

static vis_status fill(const packet_list *list, video_index *out, vis_error *err)
{
    size_t count = (size_t)list->count;
    out->pts = calloc(count, sizeof *out->pts);
    out->keys = calloc(count, sizeof *out->keys);
    out->key_dts = calloc(count, sizeof *out->key_dts);
    if (!out->pts || !out->keys || !out->key_dts) return vis_fail_memory(err, "the frame index");
    for (size_t i = 0; i < count; i++) {
        const packet_times *item = &list->items[i];
        out->pts[i] = item->pts;
        if (!item->key) continue;
        out->keys[out->key_count] = item->pts;
        out->key_dts[out->key_count++] = item->dts != AV_NOPTS_VALUE ? item->dts : item->pts;
    }
    return VIS_OK;
}

vis_status video_index_build(AVFormatContext *file, const AVStream *stream, const char *path,
                             video_index *out, vis_error *err)
{
    memset(out, 0, sizeof *out);
    packet_list list = {0};
    vis_status status = collect(file, stream, path, &list, err);
    if (status == VIS_OK) status = check_complete(file, stream, path, &list, err);
    if (status == VIS_OK) {
        drop_undecodable(&list);
        out->count = list.count;
        out->by_time = order(&list);
        if (out->by_time) status = fill(&list, out, err);
    }
    free(list.items);
    if (status != VIS_OK) video_index_free(out);
    return status;
}

void video_index_free(video_index *index)
{
    free(index->pts);
    free(index->keys);
    free(index->key_dts);
    memset(index, 0, sizeof *index);
}

/* The last place with values[i] <= value, -1 when all are greater. */
static int64_t last_not_after(const int64_t *values, int64_t count, int64_t value)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (values[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

int64_t video_index_find(const video_index *index, int64_t pts)
{
    int64_t i = last_not_after(index->pts, index->count, pts);
    return i >= 0 && index->pts[i] == pts ? i : -1;
}

int64_t video_index_key_before(const video_index *index, int64_t frame)
{
    return last_not_after(index->keys, index->key_count, index->pts[frame]);
}

/* From one frame to a later one, in units of the time base: more than int64_t holds, maybe. */
static double units_between(const video_index *index, int64_t from, int64_t to)
{
    return (double)((uint64_t)index->pts[to] - (uint64_t)index->pts[from]);
}

/* Do all times lie within a tenth of a frame (and one tick, for coarse time bases) of the grid? */
static bool on_grid(const video_index *index, AVRational rate, AVRational base)
{
    if (rate.num <= 0 || rate.den <= 0) return false;
    double tick = av_q2d(base), period = (double)rate.den / rate.num;
    for (int64_t i = 0; i < index->count; i++) {
        double time = units_between(index, 0, i) * tick;
        if (fabs(time - (double)i * period) > 0.1 * period + tick) return false;
    }
    return true;
}

AVRational video_index_rate(const video_index *index, const AVStream *stream, bool *variable)
{
    AVRational named[] = {stream->avg_frame_rate, stream->r_frame_rate};
    AVRational fallback = named[0].num > 0 ? named[0] : named[1];
    if (fallback.num <= 0 || fallback.den <= 0) fallback = (AVRational){25, 1};
    *variable = false;
    if (!index->by_time || index->count < 2) return fallback;
    for (size_t i = 0; i < 2; i++)
        if (on_grid(index, named[i], stream->time_base)) return named[i];

    double seconds = units_between(index, 0, index->count - 1) * av_q2d(stream->time_base);
    double mean = (double)(index->count - 1) / seconds;
    if (mean < FPS_MAX) {
        AVRational common[] = {{(int)lrint(mean), 1}, {(int)lrint(mean * 1.001) * 1000, 1001}};
        for (size_t i = 0; i < 2; i++)
            if (on_grid(index, common[i], stream->time_base)) return common[i];
    }
    *variable = true;
    AVRational rate = av_d2q(mean, 1 << 20);
    return rate.num > 0 && rate.den > 0 ? rate : fallback;
}
